/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest-raw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAW_SPAN         0x1000
#define RAW_TIMEOUT_MS   5000
#define RAW_PCI_COMMAND  4
#define RAW_PCI_MASTER   0x0006
#define RAW_PCI_INTX_OFF 0x0400

const GuestRawChannel guest_raw_mm2s = { VDMA_MM2S_BASE, VDMA_MM2S_PARAM_BASE };
const GuestRawChannel guest_raw_s2mm = { VDMA_S2MM_BASE, VDMA_S2MM_PARAM_BASE };

static gint
raw_open_file (const gchar *folder, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  gint fd = open (path, O_RDWR | O_SYNC | O_CLOEXEC);
  if (fd < 0)
    g_error ("%s: %s", path, g_strerror (errno));
  return fd;
}

static gboolean
raw_is_pci (const gchar *uio)
{
  g_autofree gchar *config = g_build_filename (uio, "device/config", NULL);
  return g_file_test (config, G_FILE_TEST_EXISTS);
}

/* Enables the interrupt again, as each of the two UIO drivers wants it. */
static void
raw_arm (GuestRaw *raw)
{
  const guint32 one = 1;
  guint16 command;
  if (raw->config < 0) {
    g_assert_cmpint (write (raw->uio, &one, sizeof one), ==, sizeof one);
    return;
  }
  g_assert_cmpint (pread (raw->config, &command, 2, RAW_PCI_COMMAND), ==, 2);
  command = (guint16) ((command | RAW_PCI_MASTER) & ~RAW_PCI_INTX_OFF);
  g_assert_cmpint (pwrite (raw->config, &command, 2, RAW_PCI_COMMAND), ==, 2);
}

Bench *
guest_bench_open (const gchar *uio)
{
  g_autofree gchar *file = g_build_filename (uio, "device/resource1", NULL);
  if (raw_is_pci (uio))
    return bench_open (file, 0);
  return bench_open ("/dev/mem", BENCH_ZYNQ_ADDRESS);
}

void
guest_raw_open (GuestRaw *raw, const gchar *uio, const gchar *options)
{
  g_autofree gchar *name = g_path_get_basename (uio);
  gboolean pci = raw_is_pci (uio);

  raw->uio = raw_open_file ("/dev", name);
  raw->config = pci ? raw_open_file (uio, "device/config") : -1;
  raw_arm (raw);
  raw->bench = guest_bench_open (uio);
  bench_rebuild (raw->bench, options);
  gint fd = pci ? raw_open_file (uio, "device/resource0") : raw->uio;
  raw->regs = mmap (NULL, RAW_SPAN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (raw->regs != MAP_FAILED);
  if (pci)
    close (fd);
}

void
guest_raw_close (GuestRaw *raw)
{
  guest_raw_reset (raw, &guest_raw_mm2s);
  guest_raw_reset (raw, &guest_raw_s2mm);
  munmap ((void *) raw->regs, RAW_SPAN);
  if (raw->config >= 0)
    close (raw->config);
  close (raw->uio);
  bench_close (raw->bench);
}

void
guest_raw_reset (GuestRaw *raw, const GuestRawChannel *channel)
{
  raw->regs[(channel->base + VDMA_CR) / 4] = VDMA_CR_RESET;
}

void
guest_raw_start (GuestRaw *raw, const GuestRawChannel *channel, guint64 phys,
    guint hsize, guint vsize)
{
  volatile guint32 *params = raw->regs + channel->params / 4;
  g_assert_cmphex (phys >> 32, ==, 0);
  for (guint i = 0; i < GUEST_RAW_STORES; i++)
    params[VDMA_START_ADDRESS / 4 + i] = (guint32) phys + i * hsize * vsize;
  raw->regs[(channel->base + VDMA_CR) / 4] =
      VDMA_CR_FRMCNT_IRQ_EN | VDMA_CR_CIRCULAR | VDMA_CR_RS | 1u << 16;
  params[VDMA_HSIZE / 4] = hsize;
  params[VDMA_FRMDLY_STRIDE / 4] = hsize;
  /* what the CPU wrote to the frames has to be there before this */
  __sync_synchronize ();
  params[VDMA_VSIZE / 4] = vsize;
}

gboolean
guest_raw_wait (GuestRaw *raw, const GuestRawChannel *channel)
{
  struct pollfd fd = { .fd = raw->uio, .events = POLLIN };
  guint32 count;
  raw_arm (raw);
  if (poll (&fd, 1, RAW_TIMEOUT_MS) != 1)
    return FALSE;
  g_assert_cmpint (read (raw->uio, &count, sizeof count), ==, sizeof count);
  raw->regs[(channel->base + VDMA_SR) / 4] = VDMA_SR_IRQS;
  return TRUE;
}
