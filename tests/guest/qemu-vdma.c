/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emulated board as a device of QEMU 7.2, loaded into the distribution's
 * own binary with LD_PRELOAD. Used by tests only; under QEMU's licence, since
 * it is made of QEMU's headers.
 *
 *   -device vdma-pci        three BARs: the core, the bench, and an interrupt
 *                           controller; INTA for both channels. option "options": docs/simulator.md
 *   -M xilinx-zynq-a9-vdma  the stock board with the core at 0x43000000, the
 *                           bench at 0x43c00000, S2MM on SPI 29, MM2S on SPI 30 */
#include <qemu/osdep.h>

#include <exec/address-spaces.h>
#include <hw/9pfs/virtio-9p.h>
#include <hw/boards.h>
#include <hw/irq.h>
#include <hw/pci/pci.h>
#include <hw/qdev-properties.h>
#include <hw/sysbus.h>
#include <qapi/error.h>
#include <qemu/module.h>
#include <qemu/notify.h>
#include <qemu/timer.h>
#include <sysemu/dma.h>
#include <sysemu/sysemu.h>

#include "bench-window.h"
#include "model.h"

#define VDMA_WINDOW_SPAN 0x10000
#define VDMA_INTC_SPAN   0x1000
#define VDMA_PCI_VENDOR  0x10ee
#define VDMA_PCI_DEVICE  0x9034

#define ZYNQ_CORE_ADDRESS 0x43000000

/* in the order of VdmaDirection: MM2S, S2MM */
static const int zynq_spis[GUEST_MODEL_N_LINES] = { 30, 29 };

/** VdmaWindowKind: registers of the model. */
typedef struct {
  const char *name;
  uint64_t span;
  guint32 (*read) (GuestModel *model, guint offset, gint64 now);
  void (*write) (GuestModel *model, guint offset, guint32 value, gint64 now);
} VdmaWindowKind;

enum { VDMA_WINDOW_CORE, VDMA_WINDOW_BENCH, VDMA_WINDOW_INTC, VDMA_N_WINDOWS };

static const VdmaWindowKind vdma_windows[VDMA_N_WINDOWS] = {
  [VDMA_WINDOW_CORE] = { "vdma", VDMA_WINDOW_SPAN, guest_model_read,
      guest_model_write },
  [VDMA_WINDOW_BENCH] = { "vdma-bench", BENCH_SPAN, guest_model_bench_read,
      guest_model_bench_write },
  [VDMA_WINDOW_INTC] = { "vdma-intc", VDMA_INTC_SPAN, guest_model_intc_read,
      guest_model_intc_write },
};

typedef struct {
  struct VdmaCore *core;
  const VdmaWindowKind *kind;
  MemoryRegion region;
} VdmaWindow;

/** VdmaCore: what both devices are made of. */
typedef struct VdmaCore {
  GuestModel *model;
  char *options;
  AddressSpace *memory;
  VdmaWindow windows[VDMA_N_WINDOWS];
  QEMUTimer *timer;
  PCIDevice *pci; /* NULL: irqs */
  qemu_irq irqs[GUEST_MODEL_N_LINES];
  bool levels[GUEST_MODEL_N_LINES];
} VdmaCore;

#define TYPE_VDMA_PCI "vdma-pci"
OBJECT_DECLARE_SIMPLE_TYPE (VdmaPci, VDMA_PCI)
struct VdmaPci {
  PCIDevice parent_obj;
  VdmaCore core;
};

#define TYPE_VDMA_SYSBUS "vdma-sysbus"
OBJECT_DECLARE_SIMPLE_TYPE (VdmaSysbus, VDMA_SYSBUS)
struct VdmaSysbus {
  SysBusDevice parent_obj;
  VdmaCore core;
};

/* ---- what the model does to the machine ---- */

static gboolean
vdma_mem_write (gpointer host, guint64 address, const guint8 *data, gsize size)
{
  VdmaCore *core = host;
  return dma_memory_write (
             core->memory, address, data, size, MEMTXATTRS_UNSPECIFIED)
         == MEMTX_OK;
}

static gboolean
vdma_mem_read (gpointer host, guint64 address, guint8 *data, gsize size)
{
  VdmaCore *core = host;
  return dma_memory_read (
             core->memory, address, data, size, MEMTXATTRS_UNSPECIFIED)
         == MEMTX_OK;
}

static void
vdma_irq (gpointer host, guint line, gboolean level)
{
  VdmaCore *core = host;
  core->levels[line] = level;
  if (core->pci)
    pci_set_irq (core->pci, core->levels[0] || core->levels[1]);
  else
    qemu_set_irq (core->irqs[line], level);
}

static void
vdma_set_axi (gpointer host, gboolean axi)
{
  VdmaCore *core = host;
  core->memory = axi || !core->pci ? &address_space_memory
                                   : pci_get_address_space (core->pci);
}

static const GuestHost vdma_host = {
  .mem_write = vdma_mem_write,
  .mem_read = vdma_mem_read,
  .irq = vdma_irq,
  .set_axi = vdma_set_axi,
};

/* ---- time and windows ---- */

static void
vdma_look (VdmaCore *core)
{
  int64_t next =
      guest_model_advance (core->model, qemu_clock_get_ns (QEMU_CLOCK_VIRTUAL));
  if (next == INT64_MAX)
    timer_del (core->timer);
  else
    timer_mod (core->timer, next);
}

static void
vdma_timer (void *opaque)
{
  vdma_look (opaque);
}

static uint64_t
vdma_window_read (void *opaque, hwaddr offset, unsigned size)
{
  VdmaWindow *window = opaque;
  uint64_t value = window->kind->read (
      window->core->model, offset, qemu_clock_get_ns (QEMU_CLOCK_VIRTUAL));
  vdma_look (window->core);
  return value;
}

static void
vdma_window_write (void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
  VdmaWindow *window = opaque;
  window->kind->write (window->core->model, offset, value,
      qemu_clock_get_ns (QEMU_CLOCK_VIRTUAL));
  vdma_look (window->core);
}

static const MemoryRegionOps vdma_window_ops = {
  .read = vdma_window_read,
  .write = vdma_window_write,
  .endianness = DEVICE_LITTLE_ENDIAN,
  .valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void
vdma_core_init (
    VdmaCore *core, Object *owner, AddressSpace *memory, Error **errp)
{
  g_autoptr (GError) error = NULL;
  core->memory = memory;
  core->model = guest_model_new (core->options,
      qemu_clock_get_ns (QEMU_CLOCK_VIRTUAL), &vdma_host, core, &error);
  if (!core->model) {
    error_setg (errp, "%s", error->message);
    return;
  }
  core->timer = timer_new_ns (QEMU_CLOCK_VIRTUAL, vdma_timer, core);
  for (unsigned i = 0; i < VDMA_N_WINDOWS; i++) {
    VdmaWindow *window = &core->windows[i];
    window->core = core;
    window->kind = &vdma_windows[i];
    memory_region_init_io (&window->region, owner, &vdma_window_ops, window,
        window->kind->name, window->kind->span);
  }
}

/* ---- on PCI ---- */

static void
vdma_pci_realize (PCIDevice *device, Error **errp)
{
  VdmaPci *self = VDMA_PCI (device);
  Error *error = NULL;
  self->core.pci = device;
  pci_config_set_interrupt_pin (device->config, 1);
  /* through the bus master: without its bit in the command word no memory
   * answers, as on hardware */
  vdma_core_init (
      &self->core, OBJECT (device), pci_get_address_space (device), &error);
  if (error) {
    error_propagate (errp, error);
    return;
  }
  for (unsigned i = 0; i < VDMA_N_WINDOWS; i++)
    pci_register_bar (device, i, PCI_BASE_ADDRESS_SPACE_MEMORY,
        &self->core.windows[i].region);
}

static Property vdma_pci_properties[] = {
  DEFINE_PROP_STRING ("options", VdmaPci, core.options),
  DEFINE_PROP_END_OF_LIST (),
};

static void
vdma_pci_class_init (ObjectClass *klass, void *data)
{
  PCIDeviceClass *pci = PCI_DEVICE_CLASS (klass);
  pci->realize = vdma_pci_realize;
  pci->vendor_id = VDMA_PCI_VENDOR;
  pci->device_id = VDMA_PCI_DEVICE;
  pci->class_id = PCI_CLASS_MULTIMEDIA_OTHER;
  device_class_set_props (DEVICE_CLASS (klass), vdma_pci_properties);
  set_bit (DEVICE_CATEGORY_MISC, DEVICE_CLASS (klass)->categories);
}

static InterfaceInfo vdma_pci_interfaces[] = {
  { INTERFACE_CONVENTIONAL_PCI_DEVICE },
  {},
};

static const TypeInfo vdma_pci_info = {
  .name = TYPE_VDMA_PCI,
  .parent = TYPE_PCI_DEVICE,
  .instance_size = sizeof (VdmaPci),
  .class_init = vdma_pci_class_init,
  .interfaces = vdma_pci_interfaces,
};

/* ---- on the system bus ---- */

static void
vdma_sysbus_realize (DeviceState *device, Error **errp)
{
  VdmaSysbus *self = VDMA_SYSBUS (device);
  SysBusDevice *bus = SYS_BUS_DEVICE (device);
  Error *error = NULL;
  vdma_core_init (&self->core, OBJECT (device), &address_space_memory, &error);
  if (error) {
    error_propagate (errp, error);
    return;
  }
  sysbus_init_mmio (bus, &self->core.windows[VDMA_WINDOW_CORE].region);
  sysbus_init_mmio (bus, &self->core.windows[VDMA_WINDOW_BENCH].region);
  for (int i = 0; i < GUEST_MODEL_N_LINES; i++)
    sysbus_init_irq (bus, &self->core.irqs[i]);
}

static Property vdma_sysbus_properties[] = {
  DEFINE_PROP_STRING ("options", VdmaSysbus, core.options),
  DEFINE_PROP_END_OF_LIST (),
};

static void
vdma_sysbus_class_init (ObjectClass *klass, void *data)
{
  DeviceClass *device = DEVICE_CLASS (klass);
  device->realize = vdma_sysbus_realize;
  device_class_set_props (device, vdma_sysbus_properties);
}

static const TypeInfo vdma_sysbus_info = {
  .name = TYPE_VDMA_SYSBUS,
  .parent = TYPE_SYS_BUS_DEVICE,
  .instance_size = sizeof (VdmaSysbus),
  .class_init = vdma_sysbus_class_init,
};

/* ---- the Zynq board ---- */

static void (*zynq_stock_init) (MachineState *);

static void
zynq_vdma_init (MachineState *machine)
{
  zynq_stock_init (machine);
  DeviceState *gic =
      DEVICE (object_resolve_path_type ("", "a9mpcore_priv", NULL));
  DeviceState *device = qdev_new (TYPE_VDMA_SYSBUS);
  SysBusDevice *bus = SYS_BUS_DEVICE (device);
  const char *options = getenv ("GUEST_VDMA_OPTIONS");

  if (options)
    qdev_prop_set_string (device, "options", options);
  sysbus_realize_and_unref (bus, &error_fatal);
  sysbus_mmio_map (bus, 0, ZYNQ_CORE_ADDRESS);
  sysbus_mmio_map (bus, 1, BENCH_ZYNQ_ADDRESS);
  for (int i = 0; i < GUEST_MODEL_N_LINES; i++)
    sysbus_connect_irq (bus, i, qdev_get_gpio_in (gic, zynq_spis[i]));
}

static void
zynq_vdma_class_init (ObjectClass *klass, void *data)
{
  MachineClass *machine = MACHINE_CLASS (klass);
  zynq_stock_init = machine->init;
  machine->init = zynq_vdma_init;
  machine->alias = NULL;
  machine->is_default = false;
  machine->desc = "xilinx-zynq-a9 with an AXI VDMA";
}

static const TypeInfo zynq_vdma_info = {
  .name = MACHINE_TYPE_NAME ("xilinx-zynq-a9-vdma"),
  .parent = MACHINE_TYPE_NAME ("xilinx-zynq-a9"),
  .class_init = zynq_vdma_class_init,
};

/* ---- time while the host is busy ----
 *
 * Under "-icount sleep=off" the time of an idle guest leaps to the next timer,
 * over and over: a disk of the host that is busy for a second lets minutes pass in
 * the guest, and every time limit there with them. So for as long as the host owes
 * the guest an answer there is always a timer that is next to nothing away. Takes
 * "-device virtio-9p-pci,ioeventfd=off": then what was asked for is listed before
 * the guest goes on. */

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

/* ---- registration ---- */

static bool
vdma_host_is (const char *prefix)
{
  return g_str_has_prefix (program_invocation_short_name, prefix);
}

static void
vdma_register_types (void)
{
  type_register_static (&vdma_pci_info);
  type_register_static (&vdma_sysbus_info);
  if (vdma_host_is ("qemu-system-arm"))
    type_register_static (&zynq_vdma_info);
  qemu_add_machine_init_done_notifier (&brake_notifier);
}

/* The variable that loads this file is inherited: other programs ignore it. */
__attribute__ ((constructor)) static void
vdma_load (void)
{
  if (vdma_host_is ("qemu-system"))
    register_module_init (vdma_register_types, MODULE_INIT_QOM);
}
