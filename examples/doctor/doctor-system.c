/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the machine must have before any core can be used: UIO in its kernel, a
 * bitstream in its fabric, and clocks that run. */
#include "doctor.h"

#include <string.h>

#define SYSTEM_FPGA  "/sys/class/fpga_manager"
#define SYSTEM_CLOCK "/sys/kernel/debug/clk"

/* ---- kernel ---- */

void
doctor_check_kernel (Doctor *self)
{
  g_autoptr (GPtrArray) nodes = vdma_uio_list (self->root, NULL);

  if (nodes)
    g_ptr_array_extend_and_steal (self->nodes, g_steal_pointer (&nodes));
  if (!doctor_has (self, "/sys/class/uio")) {
    doctor_say (self, DOCTOR_PROBLEM, "kernel",
        g_strdup ("modprobe uio_pdrv_genirq of_id=generic-uio\n"
                  "If there is no such module, build the kernel with "
                  "CONFIG_UIO=y and CONFIG_UIO_PDRV_GENIRQ=m."),
        "the kernel has no UIO: there is no /sys/class/uio");
    return;
  }
  doctor_say (self, DOCTOR_OK, "kernel", NULL, "the kernel has UIO");
}

/* ---- bitstream ---- */

static void
system_check_manager (Doctor *self, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (SYSTEM_FPGA, name, "state", NULL);
  g_autofree gchar *state = doctor_read (self, path);

  if (g_strcmp0 (state, "operating") == 0) {
    doctor_say (self, DOCTOR_OK, "bitstream", NULL,
        "the fabric is configured (%s: operating)", name);
    return;
  }
  doctor_say (self, DOCTOR_PROBLEM, "bitstream",
      g_strdup ("Load one before anything reads a register: an access to an "
                "empty fabric stops the processor.\n"
                "PYNQ:        Overlay(\"design.bit\")\n"
                "Kria:        xmutil loadapp NAME\n"
                "PetaLinux:   fpgautil -b design.bit.bin -o design.dtbo"),
      "no bitstream is loaded: the state of %s is '%s', not 'operating'", name,
      state ? state : "not readable");
}

void
doctor_check_bitstream (Doctor *self)
{
  g_autoptr (GPtrArray) managers = doctor_list (self, SYSTEM_FPGA);

  for (guint i = 0; i < managers->len; i++)
    system_check_manager (self, g_ptr_array_index (managers, i));
  if (managers->len == 0)
    doctor_say (self, DOCTOR_ADVICE, "bitstream", NULL,
        "there is no FPGA manager (%s): whether the fabric is configured "
        "cannot "
        "be told",
        SYSTEM_FPGA);
}

/* ---- clocks ---- */

/* Clocks from the processing system into the fabric: fclk0 on Zynq-7000,
 * pl0_ref on ZynqMP. */
static gboolean
system_is_fabric_clock (const gchar *name)
{
  return (g_str_has_prefix (name, "fclk") && g_ascii_isdigit (name[4])
             && name[5] == '\0')
         || (g_str_has_prefix (name, "pl") && g_ascii_isdigit (name[2])
             && g_str_equal (name + 3, "_ref"));
}

static gboolean
system_clock_runs (Doctor *self, const gchar *name)
{
  g_autofree gchar *path =
      g_build_filename (SYSTEM_CLOCK, name, "clk_enable_count", NULL);
  g_autofree gchar *count = doctor_read (self, path);
  return !count || g_strcmp0 (count, "0") != 0;
}

static gboolean
system_keeps_clocks (Doctor *self)
{
  g_autofree gchar *line = doctor_read (self, "/proc/cmdline");
  g_auto (GStrv) words = g_strsplit (line ? line : "", " ", -1);
  return g_strv_contains ((const gchar *const *) words, "clk_ignore_unused");
}

void
doctor_check_clocks (Doctor *self)
{
  g_autoptr (GPtrArray) clocks = doctor_list (self, SYSTEM_CLOCK);
  guint n_clocks = 0, n_running = 0;

  for (guint i = 0; i < clocks->len; i++) {
    const gchar *name = g_ptr_array_index (clocks, i);
    if (!system_is_fabric_clock (name))
      continue;
    n_clocks++;
    n_running += system_clock_runs (self, name);
  }
  if (n_clocks == 0)
    return;
  if (n_running > 0 || system_keeps_clocks (self)) {
    doctor_say (self, DOCTOR_OK, "clock", NULL, "%u of %u fabric clocks %s",
        n_running, n_clocks,
        n_running > 0 ? "are in use" : "are in use, unused ones are kept on");
    return;
  }
  doctor_say (self, DOCTOR_PROBLEM, "clock",
      g_strdup ("Name the clock in the core's node (clocks = <&clkc 15>;), or "
                "boot with clk_ignore_unused.\n"
                "A register of a core without clock never answers, and the "
                "processor waits for ever."),
      "no clock of the fabric is in use, so the kernel has switched all %u off",
      n_clocks);
}
