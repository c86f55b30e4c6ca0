/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-root.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

FakeRoot *
fake_root_new (void)
{
  g_autoptr (GError) error = NULL;
  FakeRoot *self = g_new0 (FakeRoot, 1);
  self->path = g_dir_make_tmp ("vdma-root-XXXXXX", &error);
  g_assert_no_error (error);
  return self;
}

/* Links are removed, never followed. */
static void
root_remove (const gchar *path)
{
  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK)
      && g_file_test (path, G_FILE_TEST_IS_DIR)) {
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    const gchar *name;
    while (dir && (name = g_dir_read_name (dir))) {
      g_autofree gchar *child = g_build_filename (path, name, NULL);
      root_remove (child);
    }
  }
  g_remove (path);
}

void
fake_root_free (FakeRoot *self)
{
  root_remove (self->path);
  g_free (self->path);
  g_free (self);
}

gchar *
fake_root_path (FakeRoot *self, const gchar *file)
{
  return g_build_filename (self->path, file, NULL);
}

/* Returns: (transfer full): the path of @file, whose folder is there now */
static gchar *
root_prepare (FakeRoot *self, const gchar *file)
{
  gchar *path = fake_root_path (self, file);
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  return path;
}

void
fake_root_write (FakeRoot *self, const gchar *file, const gchar *text)
{
  g_autofree gchar *path = root_prepare (self, file);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

void
fake_root_string (FakeRoot *self, const gchar *file, const gchar *text)
{
  g_autofree gchar *path = root_prepare (self, file);
  g_assert_true (
      g_file_set_contents (path, text, (gssize) strlen (text) + 1, NULL));
}

void
fake_root_cells (
    FakeRoot *self, const gchar *file, guint n, const guint32 *words)
{
  g_autofree gchar *path = root_prepare (self, file);
  g_autofree guint32 *cells = g_new (guint32, n);
  for (guint i = 0; i < n; i++)
    cells[i] = GUINT32_TO_BE (words[i]);
  g_assert_true (g_file_set_contents (
      path, (const gchar *) cells, (gssize) (n * sizeof *cells), NULL));
}

void
fake_root_fill (FakeRoot *self, const gchar *file, gsize size)
{
  g_autofree gchar *path = root_prepare (self, file);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_assert_cmpint (truncate (path, (off_t) size), ==, 0);
}

void
fake_root_link (FakeRoot *self, const gchar *file, const gchar *target)
{
  g_autofree gchar *path = root_prepare (self, file);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

void
fake_root_make_folder (FakeRoot *self, const gchar *folder)
{
  g_autofree gchar *path = fake_root_path (self, folder);
  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

static void
root_write_number (
    FakeRoot *self, guint number, const gchar *file, guint64 value)
{
  g_autofree gchar *path =
      g_strdup_printf ("sys/class/uio/uio%u/maps/map0/%s", number, file);
  g_autofree gchar *text =
      g_strdup_printf ("0x%" G_GINT64_MODIFIER "x\n", value);
  fake_root_write (self, path, text);
}

static void
root_write_name (FakeRoot *self, guint number, const gchar *name)
{
  g_autofree gchar *path = g_strdup_printf ("sys/class/uio/uio%u/name", number);
  g_autofree gchar *text = g_strdup_printf ("%s\n", name);
  fake_root_write (self, path, text);
}

void
fake_root_add_uio (FakeRoot *self, const FakeUio *uio)
{
  g_autofree gchar *device = g_strdup_printf ("dev/uio%u", uio->number);

  root_write_name (self, uio->number, uio->name);
  if (uio->size > 0) {
    root_write_number (self, uio->number, "addr", uio->address);
    root_write_number (self, uio->number, "size", uio->size);
    root_write_number (self, uio->number, "offset", uio->offset);
  }
  fake_root_fill (self, device, MAX (uio->size, 1));
}

static gint
root_add_terminal (FakeRoot *self, guint number)
{
  g_autofree gchar *device = g_strdup_printf ("dev/uio%u", number);
  struct termios raw;
  gint fd = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (grantpt (fd), ==, 0);
  g_assert_cmpint (unlockpt (fd), ==, 0);
  g_assert_cmpint (tcgetattr (fd, &raw), ==, 0);
  cfmakeraw (&raw);
  g_assert_cmpint (tcsetattr (fd, TCSANOW, &raw), ==, 0);
  fake_root_link (self, device, ptsname (fd));
  return fd;
}

gint
fake_root_add_irq (FakeRoot *self, guint number, const gchar *name)
{
  root_write_name (self, number, name);
  return root_add_terminal (self, number);
}

gint
fake_root_add_pci (
    FakeRoot *self, guint number, const gchar *bus, guint64 address, gsize size)
{
  g_autofree gchar *class = g_strdup_printf ("sys/class/uio/uio%u", number);
  g_autofree gchar *folder = g_strdup_printf ("sys/devices/pci/%s", bus);
  g_autofree gchar *link = g_strdup_printf ("%s/device", class);
  g_autofree gchar *target = fake_root_path (self, folder);
  g_autofree gchar *config = g_strdup_printf ("%s/config", folder);
  g_autofree gchar *bar = g_strdup_printf ("%s/resource0", folder);
  g_autofree gchar *resource = g_strdup_printf ("%s/resource", folder);
  g_autofree gchar *text = g_strdup_printf (
      "0x%016" G_GINT64_MODIFIER "x 0x%016" G_GINT64_MODIFIER
      "x 0x0000000000040200\n0x0000000000000000 0x0000000000000000 "
      "0x0000000000000000\n",
      address, address + size - 1);

  root_write_name (self, number, "uio_pci_generic");
  fake_root_fill (self, config, 64);
  fake_root_fill (self, bar, size);
  fake_root_write (self, resource, text);
  fake_root_link (self, link, target);
  return root_add_terminal (self, number);
}

/* ---- words ---- */

static gint
root_open (FakeRoot *self, const gchar *file)
{
  g_autofree gchar *path = fake_root_path (self, file);
  gint fd = open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

void
fake_root_poke (FakeRoot *self, const gchar *file, guint offset, guint32 word)
{
  gint fd = root_open (self, file);
  g_assert_cmpint (pwrite (fd, &word, sizeof word, offset), ==, sizeof word);
  close (fd);
}

guint32
fake_root_peek (FakeRoot *self, const gchar *file, guint offset)
{
  guint32 word = 0;
  gint fd = root_open (self, file);
  g_assert_cmpint (pread (fd, &word, sizeof word, offset), ==, sizeof word);
  close (fd);
  return word;
}

/* ---- the kernel's end of an interrupt ---- */

void
fake_irq_fire (gint fd, gint32 total)
{
  g_assert_cmpint (write (fd, &total, sizeof total), ==, sizeof total);
}

guint
fake_irq_count_enables (gint fd)
{
  gint32 words[64];
  gssize got = read (fd, words, sizeof words);
  if (got < 0)
    return 0;
  g_assert_cmpint (got % (gssize) sizeof *words, ==, 0);
  for (gsize i = 0; i < got / sizeof *words; i++)
    g_assert_cmpint (words[i], ==, 1);
  return (guint) (got / (gssize) sizeof *words);
}
