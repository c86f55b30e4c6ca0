/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that somebody else keeps for a moment when this process dies. */
#include "xlnk-private.h"

gboolean
xlnk_memory_keep (XlnkMemory *self, GError **error)
{
  XlnkAllocator *allocator = self->allocator;
  XlnkBackend *backend = allocator->backend;
  if (!allocator->keeper || allocator->keeps_all || !backend->impl->get_keeper)
    return TRUE;
  gint fd = backend->impl->get_keeper (backend, &self->extent, error);
  if (fd < 0
      || !allocator->keeper->keep (
          allocator->keeper_data, allocator->n_kept + 1, fd, error))
    return FALSE;
  self->kept = ++allocator->n_kept;
  return TRUE;
}

void
xlnk_memory_forget (XlnkMemory *self)
{
  const XlnkKeeper *keeper = self->allocator->keeper;
  if (keeper && self->kept != 0)
    keeper->forget (self->allocator->keeper_data, self->kept);
  self->kept = 0;
}

/* With the lock: one descriptor for all there will be. */
static gboolean
keeper_keep_all (XlnkAllocator *self, GError **error)
{
  XlnkBackend *backend = self->backend;
  if (!self->keeper || !backend->impl->get_keeper)
    return TRUE;
  gint fd = backend->impl->get_keeper (backend, NULL, error);
  if (fd < 0)
    return TRUE;
  self->keeps_all =
      self->keeper->keep (self->keeper_data, ++self->n_kept, fd, error);
  return self->keeps_all;
}

gboolean
xlnk_allocator_set_keeper (XlnkAllocator *self, const XlnkKeeper *keeper,
    gpointer data, GError **error)
{
  g_mutex_lock (&self->lock);
  self->keeper = keeper;
  self->keeper_data = data;
  self->keeps_all = FALSE;
  gboolean ok = keeper_keep_all (self, error);
  if (!ok)
    self->keeper = NULL;
  g_mutex_unlock (&self->lock);
  return ok;
}
