/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers and interrupt line of a UIO device. */
#include "io-uio.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "io-window.h"
#include "vdma-error.h"
#include "vdma-util.h"

/* An interrupt within this time of its line's enabling was pending already. */
#define UIO_AT_ONCE (50 * VDMA_NSEC_PER_USEC)
/* As many in a row are no frames: the line is held by somebody else. */
#define UIO_STORM 4
/* How often a held line is looked at. */
#define UIO_STORM_LOOK VDMA_NSEC_PER_MSEC

/* The command word of PCI's configuration space. */
#define PCI_COMMAND              4
#define PCI_COMMAND_MEMORY       0x0002u
#define PCI_COMMAND_MASTER       0x0004u
#define PCI_COMMAND_INTX_DISABLE 0x0400u

/* ---- opening files ---- */

static gint
uio_open_file (const gchar *path, gint flags, const gchar *rule, GError **error)
{
  gint fd = open (path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  gint saved_errno = errno;
  if (fd >= 0)
    return fd;
  if (saved_errno != EACCES && saved_errno != EPERM) {
    vdma_set_error_errno (error, saved_errno, "cannot open '%s'", path);
    return -1;
  }
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_PERMISSION,
      "cannot open '%s': %s. It takes read and write access: the udev rule %s, "
      "and a user in that group",
      path, g_strerror (saved_errno), rule);
  return -1;
}

static gint
uio_open_device (const VdmaUioNode *node, GError **error)
{
  return uio_open_file (node->path, O_RDWR,
      "SUBSYSTEM==\"uio\", GROUP=\"video\", MODE=\"0660\"", error);
}

/* sysfs has no device files: a rule can only run a command there. */
static gint
uio_open_pci (
    const VdmaUioNode *node, const gchar *file, gint flags, GError **error)
{
  g_autofree gchar *path = g_build_filename (node->sysfs, "device", file, NULL);
  return uio_open_file (path, O_RDWR | flags,
      "SUBSYSTEM==\"uio\", RUN+=\"/bin/sh -c 'cd /sys%p/device && chgrp video "
      "config resource0 && chmod g+rw config resource0'\"",
      error);
}

/* ---- PCI's command word ---- */

/* Returns: FALSE with errno */
static gboolean
pci_change_command (gint config_fd, guint16 set, guint16 clear)
{
  guint16 word;
  gssize got = pread (config_fd, &word, sizeof word, PCI_COMMAND);
  if (got != sizeof word) {
    if (got >= 0)
      errno = EIO;
    return FALSE;
  }
  guint16 old = GUINT16_FROM_LE (word);
  guint16 new = (guint16) ((old & ~clear) | set);
  if (new == old)
    return TRUE;
  word = GUINT16_TO_LE (new);
  got = pwrite (config_fd, &word, sizeof word, PCI_COMMAND);
  if (got == sizeof word)
    return TRUE;
  if (got >= 0)
    errno = EIO;
  return FALSE;
}

static gboolean
uio_enable_pci (const VdmaUioNode *node, GError **error)
{
  gint fd = uio_open_pci (node, "config", 0, error);
  if (fd < 0)
    return FALSE;
  gboolean ok =
      pci_change_command (fd, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
  if (!ok)
    vdma_set_error_errno (error, errno,
        "cannot switch on bus mastering in '%s/device/config'", node->sysfs);
  close (fd);
  return ok;
}

/* ---- registers ---- */

static gboolean
uio_check_map (const VdmaUioNode *node, guint map, guint64 offset, guint span,
    GError **error)
{
  const gchar *kind = node->pci ? "BAR" : "map";
  if (map >= VDMA_UIO_MAX_MAPS || node->map[map].size == 0) {
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "the UIO device '%s' (%s) has no %s %u to find registers in",
        node->name, node->path, kind, map);
    return FALSE;
  }
  if (vdma_range_fits (offset, span, node->map[map].size) && offset % 4 == 0)
    return TRUE;
  g_set_error (error, VDMA_ERROR, VDMA_ERROR_INVALID,
      "%s %u of the UIO device '%s' (%s) has 0x%" G_GINT64_MODIFIER
      "x bytes; the registers need 0x%x from 0x%" G_GINT64_MODIFIER
      "x on, a multiple of 4",
      kind, map, node->name, node->path, node->map[map].size, span, offset);
  return FALSE;
}

static VdmaRegs *
uio_map_fd (const VdmaUioNode *node, guint map, guint64 offset, guint span,
    gint fd, GError **error)
{
  guint64 page = (guint64) sysconf (_SC_PAGESIZE);
  /* UIO numbers its maps by pages and maps each from its begin */
  guint64 from = node->map[map].delta + offset;
  VdmaWindowPlace place = {
    .offset = node->pci ? from / page * page : map * page,
    .delta = node->pci ? from % page : from,
    .span = span,
  };
  return vdma_window_map ("uio", fd, node->path, &place, error);
}

VdmaRegs *
vdma_uio_open_regs (const VdmaUioNode *node, guint map, guint64 offset,
    guint span, GError **error)
{
  if (!uio_check_map (node, map, offset, span, error)
      || (node->pci && !uio_enable_pci (node, error)))
    return NULL;
  g_autofree gchar *bar = g_strdup_printf ("resource%u", map);
  gint fd = node->pci ? uio_open_pci (node, bar, O_SYNC, error)
                      : uio_open_device (node, error);
  if (fd < 0)
    return NULL;
  return uio_map_fd (node, map, offset, span, fd, error);
}

/* ---- interrupt line ---- */

typedef struct {
  VdmaIrq base; /* its descriptor is an epoll of device and timer */
  gchar *what;  /* for errors */
  gint uio_fd;
  gint config_fd; /* PCI: enables the interrupt; else -1 */
  VdmaTime *time;
  VdmaTimer *look; /* of a held line */
  gboolean held;   /* not enabled, but to be looked at */
  guint at_once;   /* interrupts in a row that were pending already */
  gint64 armed;    /* when */
} UioIrq;

static gboolean
uio_irq_fail (
    UioIrq *self, gint saved_errno, const gchar *doing, GError **error)
{
  /* what the kernel says when the device was taken away */
  if (saved_errno == EIO || saved_errno == ENODEV)
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_NOT_FOUND,
        "cannot %s the interrupt of %s: the device is gone (its driver was "
        "unbound, or the FPGA was loaded anew)",
        doing, self->what);
  else
    vdma_set_error_errno (
        error, saved_errno, "cannot %s the interrupt of %s", doing, self->what);
  return FALSE;
}

static gboolean
uio_irq_enable (UioIrq *self, GError **error)
{
  const gint32 on = 1;
  gssize done;

  self->armed = vdma_time_now (self->time);
  if (self->config_fd >= 0) {
    /* any process that closes the device takes bus mastering from all */
    if (pci_change_command (
            self->config_fd, PCI_COMMAND_MASTER, PCI_COMMAND_INTX_DISABLE))
      return TRUE;
    return uio_irq_fail (self, errno, "enable", error);
  }
  do {
    done = write (self->uio_fd, &on, sizeof on);
  } while (done < 0 && errno == EINTR);
  /* a driver without that call never disables the interrupt */
  if (done >= 0 || errno == ENOSYS)
    return TRUE;
  return uio_irq_fail (self, errno, "enable", error);
}

static void
uio_irq_hold (VdmaIrq *irq, gint64 delay)
{
  UioIrq *self = (UioIrq *) irq;
  self->held = TRUE;
  vdma_timer_set (self->look, vdma_time_now (self->time) + delay);
}

static void
uio_irq_let_go (UioIrq *self)
{
  if (!self->held)
    return;
  self->held = FALSE;
  vdma_timer_set (self->look, G_MAXINT64);
}

static gboolean
uio_irq_arm (VdmaIrq *irq, GError **error)
{
  UioIrq *self = (UioIrq *) irq;

  if (self->at_once < UIO_STORM) {
    uio_irq_let_go (self);
    return uio_irq_enable (self, error);
  }
  self->at_once = UIO_STORM - 1;
  uio_irq_hold (irq, UIO_STORM_LOOK);
  return TRUE;
}

/* Returns: FALSE with errno; @total: the device's count, 0 when nothing came */
static gboolean
uio_irq_read (UioIrq *self, guint32 *total)
{
  gssize got;
  *total = 0;
  do {
    got = read (self->uio_fd, total, sizeof *total);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof *total || (got < 0 && errno == EAGAIN))
    return TRUE;
  if (got >= 0)
    errno = EIO; /* no UIO device ends */
  return FALSE;
}

static gboolean
uio_irq_consume (VdmaIrq *irq, guint64 *count, GError **error)
{
  UioIrq *self = (UioIrq *) irq;
  guint32 total;

  *count = 0;
  if (!uio_irq_read (self, &total))
    return uio_irq_fail (self, errno, "read", error);
  if (self->held) {
    uio_irq_let_go (self);
    *count = 1;
  } else if (total != 0) {
    gboolean at_once = vdma_time_now (self->time) - self->armed < UIO_AT_ONCE;
    self->at_once = at_once ? self->at_once + 1 : 0;
    *count = 1;
  }
  return TRUE;
}

static void
uio_irq_close (VdmaIrq *irq)
{
  UioIrq *self = (UioIrq *) irq;
  vdma_timer_close (self->look);
  if (irq->fd >= 0)
    close (irq->fd);
  if (self->config_fd >= 0)
    close (self->config_fd);
  if (self->uio_fd >= 0)
    close (self->uio_fd);
  g_free (self->what);
  g_free (self);
}

static const VdmaIrqImpl uio_irq_impl = {
  .name = "uio",
  .arm = uio_irq_arm,
  .hold = uio_irq_hold,
  .consume = uio_irq_consume,
  .close = uio_irq_close,
};

static gboolean
uio_irq_watch (UioIrq *self, gint fd, GError **error)
{
  struct epoll_event event = { .events = EPOLLIN };
  if (epoll_ctl (self->base.fd, EPOLL_CTL_ADD, fd, &event) == 0)
    return TRUE;
  vdma_set_error_errno (
      error, errno, "cannot wait for the interrupt of %s", self->what);
  return FALSE;
}

/* The line is enabled, in case a former user left it disabled, and what came
 * before is forgotten (hardware.md 5.1). */
static gboolean
uio_irq_begin (UioIrq *self, GError **error)
{
  guint32 total;
  if (!uio_irq_read (self, &total)) {
    gint saved_errno = errno;
    if (saved_errno != EIO)
      return uio_irq_fail (self, saved_errno, "read", error);
    g_set_error (error, VDMA_ERROR, VDMA_ERROR_UNSUPPORTED,
        "%s has no interrupt: its node in the device tree has no interrupts "
        "property, or that names a controller that the kernel does not know. "
        "Give irq-device=NAME for another UIO device that has it, or irq=timer",
        self->what);
    return FALSE;
  }
  return uio_irq_enable (self, error) && uio_irq_read (self, &total);
}

VdmaIrq *
vdma_uio_open_irq (const VdmaUioNode *node, VdmaTime *time, GError **error)
{
  UioIrq *self = g_new0 (UioIrq, 1);
  self->base.impl = &uio_irq_impl;
  self->base.fd = epoll_create1 (EPOLL_CLOEXEC);
  self->uio_fd = self->config_fd = -1;
  self->time = time;
  self->what = vdma_uio_describe (node);

  if (self->base.fd < 0) {
    vdma_set_error_errno (error, errno, "cannot make an epoll descriptor");
    goto failed;
  }
  self->look = vdma_time_open_timer (time, error);
  self->uio_fd = self->look ? uio_open_device (node, error) : -1;
  if (self->uio_fd < 0)
    goto failed;
  if (node->pci
      && (self->config_fd = uio_open_pci (node, "config", 0, error)) < 0)
    goto failed;
  if (uio_irq_begin (self, error) && uio_irq_watch (self, self->uio_fd, error)
      && uio_irq_watch (self, self->look->fd, error))
    return &self->base;

failed:
  uio_irq_close (&self->base);
  return NULL;
}
