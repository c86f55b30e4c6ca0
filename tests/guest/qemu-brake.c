/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds the guest's time while it waits for a file of the host. Under
 * "-icount sleep=off" the time of an idle guest leaps to the next timer, over and
 * over: a disk of the host that is busy for a second lets minutes pass in the
 * guest, and every time limit there with them. So for as long as the host owes
 * the guest an answer there is always a timer that is next to nothing away.
 *
 * Takes "-device virtio-9p-pci,ioeventfd=off": then what was asked for is listed
 * before the guest goes on. Loaded with qemu-vdma.c, under the same licence. */
#include <qemu/osdep.h>

#include <hw/9pfs/virtio-9p.h>
#include <qemu/module.h>
#include <qemu/notify.h>
#include <qemu/timer.h>
#include <qom/object.h>
#include <sysemu/sysemu.h>

#define BRAKE_LOOK_NS 1000000 /* how much may pass before it is noticed */
#define BRAKE_STEP_NS 100     /* how much passes between two looks then */

static V9fsVirtioState *brake_files;
static QEMUTimer *brake_timer;

static void
brake_look (void *opaque)
{
  bool waits = !QLIST_EMPTY (&brake_files->state.active_list);
  timer_mod (brake_timer, qemu_clock_get_ns (QEMU_CLOCK_VIRTUAL)
                              + (waits ? BRAKE_STEP_NS : BRAKE_LOOK_NS));
}

static void
brake_begin (Notifier *notifier, void *data)
{
  Object *files = object_resolve_path_type ("", TYPE_VIRTIO_9P, NULL);
  if (!files)
    return;
  brake_files = VIRTIO_9P (files);
  brake_timer = timer_new_ns (QEMU_CLOCK_VIRTUAL, brake_look, NULL);
  brake_look (NULL);
}

static Notifier brake_notifier = { .notify = brake_begin };

static void
brake_register (void)
{
  qemu_add_machine_init_done_notifier (&brake_notifier);
}

__attribute__ ((constructor)) static void
brake_load (void)
{
  if (g_str_has_prefix (program_invocation_short_name, "qemu-system"))
    register_module_init (brake_register, MODULE_INIT_QOM);
}
