/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xlnk-system.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vdma-error.h"
#include "vdma-number.h"

#define SYSTEM_MAX_TEXT  65536 /* bytes of a file that is read as text */
#define SYSTEM_MAX_NAMES 1024  /* of a folder */
#define SYSTEM_MAX_TRIES 1000  /* of a call that was interrupted */

/* ---- the machine's own calls ---- */

static GStrv
system_native_list (gpointer data, const gchar *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GPtrArray *names = g_ptr_array_new ();
  const gchar *name;
  while (dir && names->len < SYSTEM_MAX_NAMES && (name = g_dir_read_name (dir)))
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (names, FALSE);
}

static gint
system_native_access (gpointer data, const gchar *path, gint mode)
{
  return access (path, mode);
}

static gint
system_native_open (gpointer data, const gchar *path, gint flags)
{
  return open (path, flags);
}

static gpointer
system_native_mmap (gpointer data, gpointer address, gsize size,
    gint protection, gint flags, gint fd, off_t offset)
{
  return mmap (address, size, protection, flags, fd, offset);
}

static gint
system_native_ioctl (gpointer data, gint fd, gulong request, gpointer argument)
{
  return ioctl (fd, request, argument);
}

static gint
system_native_memfd_create (gpointer data, const gchar *name, guint flags)
{
  return memfd_create (name, flags);
}

static gint
system_native_fallocate (
    gpointer data, gint fd, gint mode, off_t offset, off_t size)
{
  return fallocate (fd, mode, offset, size);
}

static gssize
system_native_pread (
    gpointer data, gint fd, gpointer buffer, gsize size, off_t offset)
{
  return pread (fd, buffer, size, offset);
}

static const XlnkCalls system_native_calls = {
  .list = system_native_list,
  .access = system_native_access,
  .open = system_native_open,
  .mmap = system_native_mmap,
  .ioctl = system_native_ioctl,
  .memfd_create = system_native_memfd_create,
  .fallocate = system_native_fallocate,
  .pread = system_native_pread,
};

void
xlnk_system_init (XlnkSystem *self, const gchar *root)
{
  *self = (XlnkSystem){
    .root = g_strdup (root ? root : ""),
    .cache = xlnk_cache_get_native (),
    .calls = &system_native_calls,
  };
}

void
xlnk_system_copy (XlnkSystem *self, const XlnkSystem *from)
{
  *self = *from;
  self->root = g_strdup (from->root);
}

void
xlnk_system_clear (XlnkSystem *self)
{
  g_clear_pointer (&self->root, g_free);
}

/* ---- errors ---- */

static const gchar *
remedy_for (const XlnkRemedy *remedy, gint code)
{
  if (!remedy)
    return NULL;
  if (code == VDMA_ERROR_NOT_FOUND)
    return remedy->missing;
  return code == VDMA_ERROR_PERMISSION ? remedy->permission : remedy->other;
}

void
xlnk_set_error (GError **error, gint saved_errno, const XlnkRemedy *remedy,
    const gchar *format, ...)
{
  g_autoptr (GError) plain = NULL;
  va_list args;
  va_start (args, format);
  g_autofree gchar *doing = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree gchar *shown = g_utf8_make_valid (doing, -1);

  vdma_set_error_errno (&plain, saved_errno, "%s", shown);
  const gchar *text = remedy_for (remedy, plain->code);
  g_set_error (error, VDMA_ERROR, plain->code, "%s%s%s", plain->message,
      text ? "; " : "", text ? text : "");
}

/* ---- files ---- */

gchar *
xlnk_system_path (const XlnkSystem *self, const gchar *path)
{
  return g_strconcat (self->root, path, NULL);
}

gboolean
xlnk_system_exists (const XlnkSystem *self, const gchar *path)
{
  g_autofree gchar *whole = xlnk_system_path (self, path);
  return self->calls->access (self->data, whole, F_OK) == 0;
}

gint
xlnk_system_open (const XlnkSystem *self, const gchar *path, gint flags,
    const XlnkRemedy *remedy, GError **error)
{
  g_autofree gchar *whole = xlnk_system_path (self, path);
  gint fd = self->calls->open (self->data, whole, flags | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    xlnk_set_error (error, errno, remedy, "cannot open '%s'", whole);
  return fd;
}

gboolean
xlnk_system_check_access (const XlnkSystem *self, const gchar *path,
    const XlnkRemedy *remedy, GError **error)
{
  g_autofree gchar *whole = xlnk_system_path (self, path);
  if (self->calls->access (self->data, whole, R_OK | W_OK) == 0)
    return TRUE;
  xlnk_set_error (error, errno, remedy, "cannot use '%s'", whole);
  return FALSE;
}

static gboolean
system_text_is_printable (const gchar *text)
{
  for (; *text; text++) {
    if (!g_ascii_isprint (*text) && !strchr ("\n\t", *text))
      return FALSE;
  }
  return TRUE;
}

/* Up to SYSTEM_MAX_TEXT bytes; errno on failure, EFBIG when there are more. */
static gchar *
system_read_all (gint fd)
{
  g_autofree gchar *text = g_malloc (SYSTEM_MAX_TEXT + 1);
  gsize length = 0;
  for (;;) {
    gssize n = read (fd, text + length, SYSTEM_MAX_TEXT + 1 - length);
    if (n < 0)
      return NULL;
    if (n == 0)
      break;
    length += (gsize) n;
    if (length > SYSTEM_MAX_TEXT) {
      errno = EFBIG;
      return NULL;
    }
  }
  text[length] = '\0';
  if (memchr (text, '\0', length)) {
    errno = EILSEQ;
    return NULL;
  }
  return g_steal_pointer (&text);
}

gchar *
xlnk_system_read_text (const XlnkSystem *self, const gchar *path,
    const XlnkRemedy *remedy, GError **error)
{
  /* A FIFO in a captured tree must not make anybody wait. */
  gint fd = xlnk_system_open (self, path, O_RDONLY | O_NONBLOCK, remedy, error);
  if (fd < 0)
    return NULL;
  struct stat info;
  g_autofree gchar *text = NULL;
  errno = EINVAL;
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    text = system_read_all (fd);
  gint saved = errno;
  close (fd);
  if (!text) {
    xlnk_set_error (
        error, saved, remedy, "cannot read '%s%s'", self->root, path);
    return NULL;
  }
  g_strchomp (text);
  if (!system_text_is_printable (text)) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
        "'%s%s' holds something else than text", self->root, path);
    return NULL;
  }
  return g_steal_pointer (&text);
}

gboolean
xlnk_system_read_number (const XlnkSystem *self, const gchar *path,
    guint64 *number, const XlnkRemedy *remedy, GError **error)
{
  g_autofree gchar *text = xlnk_system_read_text (self, path, remedy, error);
  if (!text)
    return FALSE;
  if (vdma_parse_uint64 (text, number))
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "'%s%s' holds '%.40s', which is no number of 64 bits", self->root, path,
      text);
  return FALSE;
}

static gint
system_compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const gchar *const *) a, *(const gchar *const *) b);
}

GStrv
xlnk_system_list (const XlnkSystem *self, const gchar *path)
{
  g_autofree gchar *whole = xlnk_system_path (self, path);
  g_auto (GStrv) all = self->calls->list (self->data, whole);
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; all[i]; i++) {
    if (g_utf8_validate (all[i], -1, NULL))
      g_ptr_array_add (names, g_strdup (all[i]));
  }
  g_ptr_array_sort (names, system_compare_names);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (names, FALSE);
}

gboolean
xlnk_system_read_field (const XlnkSystem *self, const gchar *path,
    const gchar *name, guint64 *number)
{
  g_autofree gchar *text = xlnk_system_read_text (self, path, NULL, NULL);
  g_auto (GStrv) lines = text ? g_strsplit (text, "\n", -1) : NULL;
  gsize length = strlen (name);
  for (guint i = 0; lines && lines[i]; i++) {
    if (!g_str_has_prefix (lines[i], name) || lines[i][length] != ':')
      continue;
    gchar *value = g_strchug (lines[i] + length + 1);
    value[strcspn (value, " \t")] = '\0';
    return vdma_parse_uint64 (value, number);
  }
  return FALSE;
}

/* ---- calls ---- */

gpointer
xlnk_system_map (const XlnkSystem *self, gint fd, guint64 offset, gsize size)
{
  gpointer pointer = self->calls->mmap (self->data, NULL, size,
      PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t) offset);
  return pointer == MAP_FAILED ? NULL : pointer;
}

gint
xlnk_system_ioctl (
    const XlnkSystem *self, gint fd, gulong request, gpointer argument)
{
  gint result = -1;
  for (guint i = 0; i < SYSTEM_MAX_TRIES; i++) {
    result = self->calls->ioctl (self->data, fd, request, argument);
    if (result >= 0 || (errno != EINTR && errno != EAGAIN))
      break;
  }
  return result;
}

void
xlnk_close_fd (gint *fd)
{
  gint saved = errno;
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
  errno = saved;
}

gsize
xlnk_get_page_size (void)
{
  return (gsize) sysconf (_SC_PAGESIZE);
}
