/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UIO devices in a folder that stands for a machine: which one is meant, its
 * registers, its interrupt line, and every way in which that fails. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error-says.h"
#include "fake-root.h"
#include "hand-clock.h"
#include "io-uio.h"
#include "test-child.h"
#include "vdma-util.h"

#define BASE G_GUINT64_CONSTANT (0x43000000)
#define SPAN 0x100u

/* A board with two cores of one name, one more device, and a PCI card. */
static FakeRoot *
machine_new (void)
{
  FakeRoot *root = fake_root_new ();
  const FakeUio devices[] = {
    { 0, "dma", BASE, 0x1000, 0 },
    { 1, "dma", BASE + 0x10000, 0x1000, 0 },
    { 7, "video_gpio", 0x41200000, 0x10000, 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (devices); i++)
    fake_root_add_uio (root, &devices[i]);
  fake_root_make_folder (root, "sys/devices/soc/43000000.dma");
  g_autofree gchar *parent =
      fake_root_path (root, "sys/devices/soc/43000000.dma");
  fake_root_link (root, "sys/class/uio/uio0/device", parent);
  fake_root_make_folder (root, "sys/firmware/devicetree/base/axi/dma@43000000");
  g_autofree gchar *node =
      fake_root_path (root, "sys/firmware/devicetree/base/axi/dma@43000000");
  fake_root_link (root, "sys/devices/soc/43000000.dma/of_node", node);
  fake_root_link (root, "dev/camera", "uio7");
  close (fake_root_add_pci (root, 12, "0000:00:04.0", 0xfe000000, 0x2000));
  return root;
}

/* ---- which one is meant ---- */

static void
test_find (void)
{
  static const struct {
    const gchar *text, *device;
  } cases[] = {
    { "video_gpio", "uio7" },
    { "/dev/uio1", "uio1" },
    { "/dev/camera", "uio7" },
    { "0x43010000", "uio1" },
    { "1124073472", "uio0" },
    { "0x41200ffc", "uio7" },
    { "/axi/dma@43000000", "uio0" },
    { "dma@43000000", "uio0" },
    { "43000000.dma", "uio0" },
    { "0000:00:04.0", "uio12" },
    { "0xfe000000", "uio12" },
    { "uio_pci_generic", "uio12" },
  };
  g_autoptr (FakeRoot) root = machine_new ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (VdmaUioNode) node =
        vdma_uio_find (root->path, cases[i].text, &error);
    g_assert_no_error (error);
    g_assert_true (g_str_has_suffix (node->path, cases[i].device));
  }
}

static void
test_find_fails (void)
{
  static const struct {
    const gchar *text;
    gint code;
    const gchar *says;
  } cases[] = {
    { "dma", VDMA_ERROR_INVALID,
        "'dma' names 2 UIO devices: 'dma' at "
        "0x43000000" },
    { "video_gpoi", VDMA_ERROR_NOT_FOUND, "Did you mean 'video_gpio'?" },
    { "nothing", VDMA_ERROR_NOT_FOUND, "'dma' at 0x43010000 (" },
    { "uio0", VDMA_ERROR_NOT_FOUND, "There are: 'dma' at" },
    { "/dev/uio3", VDMA_ERROR_NOT_FOUND, "no UIO device '/dev/uio3'" },
    { "/dev/null", VDMA_ERROR_NOT_FOUND, "no UIO device '/dev/null'" },
    { "0x43001000", VDMA_ERROR_NOT_FOUND, "0x43000000" },
    { "/axi/dma@0", VDMA_ERROR_NOT_FOUND, "/axi/dma@43000000" },
    { "", VDMA_ERROR_NOT_FOUND, "no UIO device ''" },
  };
  g_autoptr (FakeRoot) root = machine_new ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (vdma_uio_find (root->path, cases[i].text, &error));
    error_assert (&error, cases[i].code, cases[i].says);
  }
}

static void
test_no_class (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autoptr (GError) error = NULL;
  g_assert_null (vdma_uio_find (root->path, "dma", &error));
  error_assert (&error, VDMA_ERROR_NOT_FOUND, "modprobe uio_pdrv_genirq");

  fake_root_make_folder (root, "sys/class/uio");
  g_assert_null (vdma_uio_find (root->path, "dma", &error));
  error_assert (&error, VDMA_ERROR_NOT_FOUND, "of_id");
}

/* What sysfs says is nobody's promise. */
static void
test_nonsense (void)
{
  static const struct {
    const gchar *file, *text, *says;
  } cases[] = {
    { "addr", "rubbish\n", "which is no number" },
    { "addr", "", "which is no number" },
    { "addr", "0xfffffffffffff000\n", "makes no sense" },
    { "addr", "-1\n", "which is no number" },
    { "size", "\xff\xfe\n", "which is no number" },
    { "size", "0x1ffffffffffffffff\n", "which is no number" },
    { "offset", "0x10000\n", "makes no sense" },
    { "offset", "none\n", "which is no number" },
    { "offset", "0x7fffffff\n", "makes no sense" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeRoot) root = machine_new ();
    g_autoptr (GError) error = NULL;
    g_autofree gchar *file =
        g_strconcat ("sys/class/uio/uio7/maps/map0/", cases[i].file, NULL);
    fake_root_write (root, file, cases[i].text);
    g_assert_null (vdma_uio_find (root->path, "video_gpio", &error));
    error_assert (&error, VDMA_ERROR_INVALID, cases[i].says);
    /* and the others are found all the same */
    g_autoptr (VdmaUioNode) other =
        vdma_uio_find (root->path, "43000000.dma", &error);
    g_assert_no_error (error);
    g_assert_nonnull (other);
  }
}

/* ---- registers ---- */

static void
assert_window (FakeRoot *root, VdmaRegs *regs, const gchar *file, guint at)
{
  g_assert_nonnull (regs);
  g_assert_cmpuint (regs->span, ==, SPAN);
  g_assert_true (regs->impl->signal_safe);
  g_assert_cmpstr (regs->impl->name, ==, "uio");
  fake_root_poke (root, file, at + 0x2c, 0x62000050);
  g_assert_cmphex (vdma_regs_read (regs, 0x2c), ==, 0x62000050);
  vdma_regs_write (regs, 0xfc, 0x12345678);
  g_assert_cmphex (fake_root_peek (root, file, at + 0xfc), ==, 0x12345678);
  vdma_regs_close (regs);
}

/* New kernels round the address down, old ones leave it as it is. */
static void
test_regs (void)
{
  static const struct {
    FakeUio uio;
    guint64 offset;
    guint64 address;
    guint at;
  } cases[] = {
    { { 0, "plain", BASE, 0x1000, 0 }, 0, BASE, 0 },
    { { 0, "inside", BASE, 0x10000, 0 }, 0x2400, BASE, 0x2400 },
    { { 0, "rounded", BASE, 0x1000, 0x800 }, 0, BASE + 0x800, 0x800 },
    { { 0, "whole", BASE + 0x800, 0x800, 0x800 }, 0, BASE + 0x800, 0x800 },
    { { 0, "last", BASE, 0x1000, 0x800 }, 0x700, BASE + 0x800, 0xf00 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeRoot) root = fake_root_new ();
    g_autoptr (GError) error = NULL;
    fake_root_add_uio (root, &cases[i].uio);
    fake_root_fill (root, "dev/uio0", 0x10000);
    g_autoptr (VdmaUioNode) node =
        vdma_uio_find (root->path, cases[i].uio.name, &error);
    g_assert_no_error (error);
    g_assert_cmphex (node->map[0].address, ==, cases[i].address);
    VdmaRegs *regs =
        vdma_uio_open_regs (node, 0, cases[i].offset, SPAN, &error);
    g_assert_no_error (error);
    assert_window (root, regs, "dev/uio0", cases[i].at);
  }
}

static void
test_regs_fail (void)
{
  static const struct {
    FakeUio uio;
    guint map;
    guint64 offset;
    gint code;
    const gchar *says;
  } cases[] = {
    { { 0, "small", BASE, 0x80, 0 }, 0, 0, VDMA_ERROR_INVALID,
        "has 0x80 bytes; the registers need 0x100" },
    { { 0, "small", BASE, 0x1000, 0xf80 }, 0, 0, VDMA_ERROR_INVALID,
        "has 0x80 bytes" },
    { { 0, "behind", BASE, 0x1000, 0 }, 0, 0xf04, VDMA_ERROR_INVALID,
        "from 0xf04 on" },
    { { 0, "odd", BASE, 0x1000, 0 }, 0, 2, VDMA_ERROR_INVALID,
        "a multiple of 4" },
    { { 0, "far", BASE, 0x1000, 0 }, 0, G_MAXUINT64, VDMA_ERROR_INVALID,
        "has 0x1000 bytes" },
    { { 0, "none", BASE, 0, 0 }, 0, 0, VDMA_ERROR_NOT_FOUND, "has no map 0" },
    { { 0, "one", BASE, 0x1000, 0 }, 1, 0, VDMA_ERROR_NOT_FOUND,
        "has no map 1" },
    { { 0, "one", BASE, 0x1000, 0 }, 99, 0, VDMA_ERROR_NOT_FOUND,
        "has no map 99" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeRoot) root = fake_root_new ();
    g_autoptr (GError) error = NULL;
    fake_root_add_uio (root, &cases[i].uio);
    g_autoptr (VdmaUioNode) node =
        vdma_uio_find (root->path, cases[i].uio.name, &error);
    g_assert_no_error (error);
    g_assert_null (
        vdma_uio_open_regs (node, cases[i].map, cases[i].offset, SPAN, &error));
    error_assert (&error, cases[i].code, cases[i].says);
  }
}

/* What lies where a device file should be is not touched before it is known. */
static void
test_regs_no_device (void)
{
  static const struct {
    gsize size; /* of the file; 0: empty */
    guint64 offset;
    const gchar *says;
  } cases[] = {
    { 0, 0,
        "is no device but a file of 0 bytes, and the registers end at 256" },
    { SPAN - 1, 0, "a file of 255 bytes" },
    { 0x2000, 0x1f04, "the registers end at 8196" },
  };
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (FakeRoot) root = fake_root_new ();
    fake_root_add_uio (root, &(FakeUio){ 0, "copy", BASE, 0x10000, 0 });
    fake_root_fill (root, "dev/uio0", cases[i].size);
    g_autoptr (VdmaUioNode) node = vdma_uio_find (root->path, "copy", &error);
    g_assert_no_error (error);
    g_assert_null (vdma_uio_open_regs (node, 0, cases[i].offset, SPAN, &error));
    error_assert (&error, VDMA_ERROR_INVALID, cases[i].says);
    /* one byte more */
    fake_root_fill (root, "dev/uio0", cases[i].offset + SPAN);
    VdmaRegs *regs =
        vdma_uio_open_regs (node, 0, cases[i].offset, SPAN, &error);
    g_assert_no_error (error);
    g_assert_cmphex (vdma_regs_read (regs, SPAN - 4), ==, 0);
    vdma_regs_close (regs);
  }
  g_autoptr (FakeRoot) root = fake_root_new ();
  close (fake_root_add_pci (root, 0, "0000:00:04.0", 0xfe000000, 0x1000));
  fake_root_fill (root, "sys/devices/pci/0000:00:04.0/resource0", 0x80);
  g_autoptr (VdmaUioNode) card =
      vdma_uio_find (root->path, "0000:00:04.0", &error);
  g_assert_null (vdma_uio_open_regs (card, 0, 0, SPAN, &error));
  error_assert (&error, VDMA_ERROR_INVALID, "a file of 128 bytes");
}

static void
test_pci_regs (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaUioNode) node =
      vdma_uio_find (root->path, "0000:00:04.0", &error);
  const gchar *config = "sys/devices/pci/0000:00:04.0/config";
  const gchar *bar = "sys/devices/pci/0000:00:04.0/resource0";
  g_assert_no_error (error);
  fake_root_poke (root, config, 4, 0x02900400);
  VdmaRegs *regs = vdma_uio_open_regs (node, 0, 0x1800, SPAN, &error);
  g_assert_no_error (error);
  /* memory space and bus master; the status word and the rest are left alone */
  g_assert_cmphex (fake_root_peek (root, config, 4), ==, 0x02900406);
  assert_window (root, regs, bar, 0x1800);
  g_assert_null (vdma_uio_open_regs (node, 1, 0, SPAN, &error));
  error_assert (&error, VDMA_ERROR_NOT_FOUND, "has no BAR 1");
}

/* ---- permissions: as nobody, in a child ---- */

typedef struct {
  const FakeRoot *root;
  const gchar *name, *says;
} Refusal;

static gboolean
child_is_refused (gpointer data)
{
  const Refusal *refusal = data;
  g_autoptr (GError) error = NULL;
  VdmaUioNode *node = vdma_uio_find (refusal->root->path, refusal->name, NULL);
  VdmaRegs *regs = node ? vdma_uio_open_regs (node, 0, 0, SPAN, &error) : NULL;
  return !regs && error && error->code == VDMA_ERROR_PERMISSION
         && strstr (error->message, refusal->says);
}

static void
test_permission (void)
{
  g_autoptr (FakeRoot) root = machine_new ();
  g_autofree gchar *device = fake_root_path (root, "dev/uio7");
  g_autofree gchar *config =
      fake_root_path (root, "sys/devices/pci/0000:00:04.0/config");
  g_assert_cmpint (chmod (device, 0), ==, 0);
  g_assert_cmpint (chmod (config, 0), ==, 0);
  Refusal refusals[] = {
    { root, "video_gpio", "GROUP=\"video\", MODE=\"0660\"" },
    { root, "0000:00:04.0", "chgrp video config resource0" },
  };
  g_assert_cmpint (chmod (root->path, 0755), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    test_child_as_nobody (child_is_refused, &refusals[i]);
}

/* ---- interrupts ---- */

/* Until the line is readable, with a limit: a terminal needs a moment. */
static void
irq_await (VdmaIrq *irq)
{
  VdmaTime *time = vdma_time_monotonic ();
  GPollFD fd = { vdma_irq_get_fd (irq), G_IO_IN, 0 };
  gint64 limit = vdma_time_now (time) + 10 * VDMA_NSEC_PER_SEC;
  g_assert_cmpint (vdma_time_wait (time, &fd, 1, limit), ==, 1);
}

static gboolean
irq_is_quiet (VdmaIrq *irq)
{
  GPollFD fd = { vdma_irq_get_fd (irq), G_IO_IN, 0 };
  return vdma_time_wait (vdma_time_monotonic (), &fd, 1, 0) == 0;
}

static guint64
irq_consume (VdmaIrq *irq)
{
  g_autoptr (GError) error = NULL;
  guint64 count;
  g_assert_true (vdma_irq_consume (irq, &count, &error));
  g_assert_no_error (error);
  return count;
}

static VdmaIrq *
irq_open (FakeRoot *root, const gchar *name, VdmaTime *time)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VdmaUioNode) node = vdma_uio_find (root->path, name, &error);
  g_assert_no_error (error);
  VdmaIrq *irq = vdma_uio_open_irq (node, time, &error);
  g_assert_no_error (error);
  return irq;
}

/* Fired, seen and armed again: by one enabling. */
static void
irq_serve (VdmaIrq *irq, gint kernel, gint total)
{
  g_autoptr (GError) error = NULL;
  fake_irq_fire (kernel, total);
  irq_await (irq);
  g_assert_cmpuint (irq_consume (irq), ==, 1);
  g_assert_cmpuint (irq_consume (irq), ==, 0);
  g_assert_true (irq_is_quiet (irq));
  g_assert_true (vdma_irq_arm (irq, &error));
  g_assert_cmpuint (fake_irq_count_enables (kernel), ==, 1);
}

static void
test_irq (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  gint kernel = fake_root_add_irq (root, 3, "fabric");
  g_autoptr (VdmaIrq) irq = irq_open (root, "fabric", vdma_time_monotonic ());

  g_assert_cmpuint (fake_irq_count_enables (kernel), ==, 1);
  g_assert_true (irq_is_quiet (irq));
  g_assert_cmpuint (irq_consume (irq), ==, 0);
  for (gint total = 100; total < 103; total++)
    irq_serve (irq, kernel, total);
  close (kernel);
}

/* Enabled again by the command word; nothing is written to the device. */
static void
test_pci_irq (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autoptr (GError) error = NULL;
  const gchar *config = "sys/devices/pci/0000:00:04.0/config";
  gint kernel = fake_root_add_pci (root, 0, "0000:00:04.0", 0xfe000000, 0x1000);
  fake_root_poke (root, config, 4, 0x02900406);
  g_autoptr (VdmaIrq) irq =
      irq_open (root, "uio_pci_generic", vdma_time_monotonic ());
  g_assert_cmphex (fake_root_peek (root, config, 4), ==, 0x02900006);

  /* somebody else closed the device in between: bus mastering is off */
  fake_root_poke (root, config, 4, 0x02980402);
  fake_irq_fire (kernel, 1);
  irq_await (irq);
  g_assert_cmpuint (irq_consume (irq), ==, 1);
  g_assert_true (vdma_irq_arm (irq, &error));
  g_assert_cmphex (fake_root_peek (root, config, 4), ==, 0x02980006);
  g_assert_cmpuint (fake_irq_count_enables (kernel), ==, 0);
  close (kernel);
}

static void
test_irq_vanishes (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autoptr (GError) error = NULL;
  gint kernel = fake_root_add_irq (root, 3, "fabric");
  g_autoptr (VdmaIrq) irq = irq_open (root, "fabric", vdma_time_monotonic ());
  guint64 count;

  close (kernel);
  irq_await (irq); /* the wait ends at once, and what follows fails */
  g_assert_false (vdma_irq_consume (irq, &count, &error));
  error_assert (&error, VDMA_ERROR_NOT_FOUND, "the device is gone");
  g_assert_false (vdma_irq_arm (irq, &error));
  error_assert (&error, VDMA_ERROR_NOT_FOUND, "the device is gone");
}

/* Reading at 0 of one's own memory fails as UIO does without interrupt. */
static void
test_no_irq (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autoptr (GError) error = NULL;
  const FakeUio uio = { 3, "silent", BASE, 0, 0 };
  fake_root_add_uio (root, &uio);
  g_autofree gchar *device = fake_root_path (root, "dev/uio3");
  g_assert_cmpint (unlink (device), ==, 0);
  fake_root_link (root, "dev/uio3", "/proc/self/mem");
  g_autoptr (VdmaUioNode) node = vdma_uio_find (root->path, "silent", &error);
  g_assert_no_error (error);
  g_assert_null (vdma_uio_open_irq (node, vdma_time_monotonic (), &error));
  error_assert (&error, VDMA_ERROR_UNSUPPORTED, "or irq=timer");
}

/* A line that comes back at once is looked at now and then, and nobody spins. */
static void
test_irq_storm (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autoptr (GError) error = NULL;
  HandClock clock;
  hand_clock_init (&clock);
  gint kernel = fake_root_add_irq (root, 3, "fabric");
  g_autoptr (VdmaIrq) irq = irq_open (root, "fabric", &clock.base);
  guint enables = 0;

  fake_irq_count_enables (kernel);
  for (gint total = 1; total < 50 && clock.alarm == G_MAXINT64; total++) {
    fake_irq_fire (kernel, total);
    irq_await (irq);
    g_assert_cmpuint (irq_consume (irq), ==, 1);
    g_assert_true (vdma_irq_arm (irq, &error));
    enables += fake_irq_count_enables (kernel);
  }
  g_assert_cmpint (clock.alarm, ==, clock.now + VDMA_NSEC_PER_MSEC);
  g_assert_cmpuint (enables, <, 6);

  /* the look, and one more enabling: quiet from here on */
  clock.now = clock.alarm;
  g_assert_cmpuint (irq_consume (irq), ==, 1);
  g_assert_cmpint (clock.alarm, ==, G_MAXINT64);
  g_assert_true (vdma_irq_arm (irq, &error));
  g_assert_cmpuint (fake_irq_count_enables (kernel), ==, 1);

  /* frames that come in their time are none of this */
  for (gint total = 60; total < 80; total++) {
    clock.now += 100 * VDMA_NSEC_PER_USEC;
    irq_serve (irq, kernel, total);
  }
  close (kernel);
}

/* A line that others use is left to them, for a time; they may be faster. */
static void
test_irq_hold (void)
{
  g_autoptr (FakeRoot) root = fake_root_new ();
  g_autoptr (GError) error = NULL;
  HandClock clock;
  hand_clock_init (&clock);
  gint kernel = fake_root_add_irq (root, 3, "fabric");
  g_autoptr (VdmaIrq) irq = irq_open (root, "fabric", &clock.base);

  fake_irq_count_enables (kernel);
  for (gint total = 1; total < 10; total++) {
    vdma_irq_hold (irq, 300);
    g_assert_cmpint (clock.alarm, ==, clock.now + 300);
    if (total % 2) {
      fake_irq_fire (kernel, total);
      irq_await (irq);
    } else {
      clock.now = clock.alarm;
    }
    g_assert_cmpuint (irq_consume (irq), ==, 1);
    g_assert_cmpint (clock.alarm, ==, G_MAXINT64);
    g_assert_cmpuint (irq_consume (irq), ==, 0);
    g_assert_cmpuint (fake_irq_count_enables (kernel), ==, 0);
  }
  /* who arms after all need not look */
  vdma_irq_hold (irq, 300);
  g_assert_true (vdma_irq_arm (irq, &error));
  g_assert_cmpint (clock.alarm, ==, G_MAXINT64);
  g_assert_cmpuint (fake_irq_count_enables (kernel), ==, 1);
  g_assert_cmpuint (irq_consume (irq), ==, 0);
  close (kernel);
}

/* ---- timers ---- */

static void
test_timer (void)
{
  g_autoptr (GError) error = NULL;
  VdmaTime *time = vdma_time_monotonic ();
  g_autoptr (VdmaTimer) timer = vdma_time_open_timer (time, &error);
  GPollFD fd = { timer->fd, G_IO_IN, 0 };
  g_assert_no_error (error);

  g_assert_cmpint (vdma_time_wait (time, &fd, 1, 0), ==, 0);
  vdma_timer_set (timer, 1); /* long ago */
  g_assert_cmpint (vdma_time_wait (time, &fd, 1, G_MAXINT64), ==, 1);
  g_assert_cmpint (vdma_time_wait (time, &fd, 1, 0), ==, 1);
  vdma_timer_set (timer, G_MAXINT64);
  g_assert_cmpint (vdma_time_wait (time, &fd, 1, 0), ==, 0);
  gint64 at = vdma_time_now (time) + VDMA_NSEC_PER_MSEC;
  vdma_timer_set (timer, at);
  g_assert_cmpint (vdma_time_wait (time, &fd, 1, G_MAXINT64), ==, 1);
  g_assert_cmpint (vdma_time_now (time), >=, at);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uio/find", test_find);
  g_test_add_func ("/uio/find-fails", test_find_fails);
  g_test_add_func ("/uio/no-class", test_no_class);
  g_test_add_func ("/uio/nonsense", test_nonsense);
  g_test_add_func ("/uio/regs", test_regs);
  g_test_add_func ("/uio/regs-fail", test_regs_fail);
  g_test_add_func ("/uio/regs-no-device", test_regs_no_device);
  g_test_add_func ("/uio/pci-regs", test_pci_regs);
  g_test_add_func ("/uio/permission", test_permission);
  g_test_add_func ("/uio/irq", test_irq);
  g_test_add_func ("/uio/pci-irq", test_pci_irq);
  g_test_add_func ("/uio/irq-vanishes", test_irq_vanishes);
  g_test_add_func ("/uio/no-irq", test_no_irq);
  g_test_add_func ("/uio/irq-storm", test_irq_storm);
  g_test_add_func ("/uio/irq-hold", test_irq_hold);
  g_test_add_func ("/uio/timer", test_timer);
  return g_test_run ();
}
