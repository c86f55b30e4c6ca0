/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boards: texts to backends, and the boards that are open in this process. */
#define VDMA_LOG_TOPIC VDMA_LOG_TOPIC_BOARD

#include "board-discover.h"
#include "board-hardware.h"

#include <string.h>

#include "vdma-error.h"
#include "vdma-log.h"
#include "vdma-suggest.h"

/* ---- what there is: a new kind of board is a row here ---- */

static const BoardImpl *const board_kinds[] = {
  &board_sim_kind,
  &board_uio_kind,
  &board_mem_kind,
  &board_hwh_kind,
};

/* What auto takes where no hardware is found. */
static const BoardImpl *const board_fallback = &board_sim_kind;

static const gchar *
board_kind_at (gconstpointer data, guint index)
{
  return index == 0 ? "auto"
         : index - 1 < G_N_ELEMENTS (board_kinds)
             ? board_kinds[index - 1]->prefix
             : NULL;
}

const gchar *
board_get_devices_help (void)
{
  static gsize once;
  static gchar *help;
  if (g_once_init_enter (&once)) {
    g_autoptr (GString) text = g_string_new (
        "auto: the hardware that is there; where there is none, the simulated "
        "board");
    for (guint i = 0; i < G_N_ELEMENTS (board_kinds); i++)
      g_string_append_printf (
          text, "\n%s: %s", board_kinds[i]->syntax, board_kinds[i]->help);
    help = g_strdup (text->str);
    g_once_init_leave (&once, 1);
  }
  return help;
}

/* ---- texts ---- */

static void
board_address_clear (BoardAddress *address)
{
  g_free (address->text);
  g_free (address->target);
  g_free (address->options);
  g_free (address->name);
  board_hardware_free (address->hardware);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BoardAddress, board_address_clear)

static void
board_set_unknown_error (const gchar *text, const gchar *word, GError **error)
{
  const gchar *near = vdma_suggest (word, board_kind_at, NULL);
  g_autofree gchar *hint =
      near ? g_strdup_printf (" Did you mean '%s'?", near) : g_strdup ("");
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "unknown device '%s'.%s Devices are:\n%s", text, hint,
      board_get_devices_help ());
}

/* Finds the row of a text's first word, which ends at ':', '@' or '?'. A device
 * file is a UIO device's. */
static gboolean
board_find_kind (const gchar *text, const gchar **rest, BoardAddress *address,
    GError **error)
{
  gsize length = strcspn (text, ":@?");
  g_autofree gchar *word = g_strndup (text, length);
  *rest = text + length;

  if (g_str_has_prefix (text, "/dev/")) {
    *rest = text;
    address->impl = &board_uio_kind;
    return TRUE;
  }
  if (g_str_equal (text, "auto")) {
    address->impl = board_fallback;
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (board_kinds); i++) {
    gboolean fits = **rest != '@' || board_kinds[i] == &board_uio_kind;
    if (fits && g_str_equal (word, board_kinds[i]->prefix)) {
      address->impl = board_kinds[i];
      return TRUE;
    }
  }
  board_set_unknown_error (text, word, error);
  return FALSE;
}

/* Texts end up in messages, which are UTF-8. */
static gboolean
board_check_text (const gchar *what, const gchar *text, GError **error)
{
  if (g_utf8_validate (text, -1, NULL))
    return TRUE;
  g_autofree gchar *shown = g_utf8_make_valid (text, -1);
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "%s '%s' is not UTF-8 text", what, shown);
  return FALSE;
}

static gboolean
board_parse_address (const gchar *text, BoardAddress *address, GError **error)
{
  const gchar *rest;
  if (!board_find_kind (text, &rest, address, error))
    return FALSE;
  address->text = g_strdup (text);
  if (*rest && *rest != '?') {
    gsize length = strcspn (rest, "?");
    /* a path is a target as it is */
    address->target =
        g_strndup (rest + (*rest != '/'), length - (*rest != '/'));
    rest += length;
  }
  if (*rest == '?')
    address->options = g_strdup (rest + 1);
  return address->impl->resolve (address, error);
}

/* ---- the open boards ---- */

/* Guards the table and every opening and closing, so that nobody finds a board
 * that is half made or half gone. Recursive, because closing a board lets go of
 * frames, and with a frame of another board perhaps of that board's last user. */
static GRecMutex board_table_lock;
static GHashTable *board_table; /* name (in the board) -> Board (not owned) */

static Board *
board_find (const gchar *name)
{
  return board_table ? g_hash_table_lookup (board_table, name) : NULL;
}

static void
board_publish (Board *self)
{
  if (!board_table)
    board_table = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (board_table, self->name, self);
}

static void
board_unpublish (Board *self)
{
  g_hash_table_remove (board_table, self->name);
  if (g_hash_table_size (board_table) == 0)
    g_clear_pointer (&board_table, g_hash_table_unref);
}

static void
board_free (Board *self)
{
  g_mutex_clear (&self->lock);
  board_hardware_free (self->hardware);
  g_free (self->name);
  g_free (self->memory);
  g_free (self);
}

static Board *
board_new (BoardAddress *address, const gchar *memory, GError **error)
{
  Board *self = g_new0 (Board, 1);
  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->impl = address->impl;
  self->name = g_strdup (address->name);
  self->memory = g_strdup (memory);
  self->hardware = g_steal_pointer (&address->hardware);
  if (!self->impl->open (self, address, error)) {
    g_prefix_error (error, "cannot open device '%s': ", self->name);
    board_free (self);
    return NULL;
  }
  board_publish (self);
  vdma_log_info ("opened '%s'%s", self->name,
      self->impl->simulated ? ", a simulated board" : "");
  return self;
}

/* Who comes later may choose what nobody has chosen so far, and name what is. */
static gboolean
board_join_memory (Board *self, const gchar *memory, GError **error)
{
  if (self->impl->simulated || g_str_equal (memory, "auto"))
    return TRUE;
  g_mutex_lock (&self->lock);
  if (!self->allocator && g_str_equal (self->memory, "auto")) {
    g_free (self->memory);
    self->memory = g_strdup (memory);
  }
  gboolean ok =
      g_str_equal (memory, self->memory)
      || (self->allocator
          && g_str_equal (memory, xlnk_allocator_get_name (self->allocator)));
  if (!ok)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_BUSY,
        "device '%s' is open with memory '%s'; use that or auto, not '%s'",
        self->name, self->memory, memory);
  g_mutex_unlock (&self->lock);
  return ok;
}

/* A further user must agree with the first one. */
static Board *
board_join (Board *self, const BoardAddress *address, const gchar *memory,
    GError **error)
{
  if (!board_join_memory (self, memory, error))
    return NULL;
  if (address->options && !self->impl->check_options (self, address, error))
    return NULL;
  return board_ref (self);
}

Board *
board_open (const gchar *device, const gchar *memory, GError **error)
{
  g_auto (BoardAddress) address = { NULL };

  g_autofree gchar *found = NULL;
  device = device ? device : "auto";
  if (g_str_equal (device, "auto")
      && !board_discover_auto (NULL, &found, error))
    return NULL;
  device = found ? found : device;
  memory = memory ? memory : "auto";
  if (!board_check_text ("device", device, error)
      || !board_check_text ("memory", memory, error)
      || !board_parse_address (device, &address, error)
      || !board_memory_check (memory, address.impl->simulated, error))
    return NULL;

  g_rec_mutex_lock (&board_table_lock);
  Board *self = board_find (address.name);
  self = self ? board_join (self, &address, memory, error)
              : board_new (&address, memory, error);
  g_rec_mutex_unlock (&board_table_lock);
  return self;
}

Board *
board_ref (Board *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
board_unref (Board *self)
{
  if (!self)
    return;
  g_rec_mutex_lock (&board_table_lock);
  if (g_atomic_ref_count_dec (&self->ref_count)) {
    board_unpublish (self);
    vdma_log_info ("closing '%s'", self->name);
    /* the guardian goes with the device */
    if (self->allocator)
      xlnk_allocator_set_keeper (self->allocator, NULL, NULL, NULL);
    vdma_device_unref (self->device);
    xlnk_allocator_unref (self->allocator);
    self->impl->close (self);
    board_free (self);
  }
  g_rec_mutex_unlock (&board_table_lock);
}

/* ---- what a board gives ---- */

const gchar *
board_get_name (Board *self)
{
  return self->name;
}

gboolean
board_is_simulated (Board *self)
{
  return self->impl->simulated;
}

VdmaDevice *
board_get_device (Board *self)
{
  return self->device;
}

/* With the lock. */
static XlnkAllocator *
board_open_allocator (Board *self, GError **error)
{
  const VdmaHwDesc *desc = vdma_device_get_desc (self->device);
  g_auto (XlnkSystem) system = { NULL };
  xlnk_system_init (
      &system, self->hardware ? self->hardware->options.root : NULL);
  BoardMemoryPlace place = {
    .sim = self->sim,
    .system = &system,
    .phys_limit = vdma_hw_desc_get_phys_limit (desc),
  };
  if (self->hardware)
    place.keeper =
        board_hardware_get_keeper (self->hardware, &place.keeper_data);
  XlnkAllocator *allocator = board_memory_open (self->memory, &place, error);
  if (!allocator)
    g_prefix_error (error,
        "cannot open memory '%s' of device '%s': ", self->memory, self->name);
  return allocator;
}

XlnkAllocator *
board_get_allocator (Board *self, GError **error)
{
  g_mutex_lock (&self->lock);
  if (!self->allocator)
    self->allocator = board_open_allocator (self, error);
  XlnkAllocator *allocator = self->allocator;
  g_mutex_unlock (&self->lock);
  return allocator;
}

void
board_set_video_mode (
    Board *self, VdmaDirection dir, const BoardVideoMode *mode)
{
  if (self->impl->set_video_mode)
    self->impl->set_video_mode (self, dir, mode);
}
