/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /dev/mem in a folder that stands for a machine, and each way in which the
 * kernel refuses it. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-root.h"
#include "io-devmem.h"
#include "test-child.h"
#include "vdma-error.h"

#define BASE G_GUINT64_CONSTANT (0x43000000)
#define SPAN 0x100u

static void
assert_refused (FakeRoot *root, guint64 address, gint code, const gchar *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (vdma_devmem_open_regs (root->path, address, SPAN, &error));
  g_assert_error (error, VDMA_ERROR, code);
  if (!strstr (error->message, says))
    g_error ("'%s' does not say '%s'", error->message, says);
}

static void
test_window (void)
{
  static const guint64 addresses[] = { BASE, BASE + 0x2c0, BASE + 0x1f00 };
  g_autoptr (FakeRoot) root = fake_root_new ();
  fake_root_fill (root, "dev/mem", BASE + 0x2000);
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    g_autoptr (GError) error = NULL;
    VdmaRegs *regs =
        vdma_devmem_open_regs (root->path, addresses[i], SPAN, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (regs->impl->name, ==, "devmem");
    g_assert_true (regs->impl->signal_safe);
    fake_root_poke (root, "dev/mem", (guint) addresses[i] + 0x2c, 0x62000050);
    g_assert_cmphex (vdma_regs_read (regs, 0x2c), ==, 0x62000050);
    vdma_regs_write (regs, 0xfc, 0xabcd);
    g_assert_cmphex (
        fake_root_peek (root, "dev/mem", (guint) addresses[i] + 0xfc), ==,
        0xabcd);
    vdma_regs_close (regs);
  }
}

static void
test_refused (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  assert_refused (root, BASE, VDMA_ERROR_NOT_FOUND, "CONFIG_DEVMEM");
  fake_root_make_folder (root, "dev/mem");
  assert_refused (root, BASE, VDMA_ERROR_FAILED, "cannot open");
  assert_refused (root, BASE + 2, VDMA_ERROR_INVALID, "multiple of 4");
  assert_refused (root, G_MAXUINT64 - 3, VDMA_ERROR_INVALID, "below 2^63");
}

/* A file that ends before the registers: an access would kill. */
static void
test_no_device (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  fake_root_fill (root, "dev/mem", BASE + SPAN - 1);
  assert_refused (root, BASE, VDMA_ERROR_INVALID, "is no device but a file");
}

static gboolean
child_is_refused (gpointer data)
{
  const FakeRoot *root = data;
  g_autoptr (GError) error = NULL;
  VdmaRegs *regs = vdma_devmem_open_regs (root->path, 0, SPAN, &error);
  return !regs && error->code == VDMA_ERROR_PERMISSION
         && strstr (error->message, "by root only");
}

static void
test_permission (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autofree gchar *path = fake_root_path (root, "dev/mem");
  fake_root_fill (root, "dev/mem", 0x1000);
  g_assert_cmpint (chmod (root->path, 0755), ==, 0);
  g_assert_cmpint (chmod (path, 0), ==, 0);
  test_child_as_nobody (child_is_refused, root);
}

/* A file that was sealed refuses a mapping with EPERM, as the kernel does. */
static void
test_strict (void)
{
  static const struct {
    const gchar *iomem, *says;
  } cases[] = {
    { "00000000-1fffffff : System RAM\n", "a driver has claimed it" },
    { "40000000-47ffffff : System RAM\n  43000000-43ffffff : System RAM\n",
        "is memory of the system" },
    { "43000000-4300ffff : 43000000.dma\n  43000000-4300ffff : dma@43000000 "
      "x\n",
        "'dma@43000000 x' has claimed it" },
    { "00000000-00000000 : System RAM\nrubbish\n\n0-ffffffffffffffff\n",
        "iomem=relaxed" },
  };
  g_autoptr (FakeRoot) root = fake_root_new ();
  gint fd = memfd_create ("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  g_autofree gchar *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_assert_cmpint (ftruncate (fd, BASE + 0x1000), ==, 0);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE), ==, 0);
  fake_root_link (root, "dev/mem", link);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    fake_root_write (root, "proc/iomem", cases[i].iomem);
    assert_refused (root, BASE, VDMA_ERROR_PERMISSION, cases[i].says);
  }
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/devmem/window", test_window);
  g_test_add_func ("/devmem/refused", test_refused);
  g_test_add_func ("/devmem/no-device", test_no_device);
  g_test_add_func ("/devmem/permission", test_permission);
  g_test_add_func ("/devmem/strict", test_strict);
  return g_test_run ();
}
