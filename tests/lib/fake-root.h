/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder that stands for "/": sysfs and device files of machines that are not
 * at hand. Device files for registers are plain files; those for interrupts are
 * pseudo terminals, whose other end plays the kernel. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gchar *path;
} FakeRoot;

/** FakeUio: @size 0: without maps */
typedef struct {
  guint number;
  const gchar *name;
  guint64 address, size, offset;
} FakeUio;

FakeRoot *fake_root_new (void);
void fake_root_free (FakeRoot *self); /* with all that is in it */

/** fake_root_write: makes the folders in between */
void fake_root_write (FakeRoot *self, const gchar *file, const gchar *text);
void fake_root_fill (FakeRoot *self, const gchar *file, gsize size);
void fake_root_link (FakeRoot *self, const gchar *file, const gchar *target);
void fake_root_make_folder (FakeRoot *self, const gchar *folder);
/** fake_root_string: a property of a device tree: a text with its end */
void fake_root_string (FakeRoot *self, const gchar *file, const gchar *text);
/** fake_root_cells: a property of a device tree: @n words, big-endian */
void fake_root_cells (
    FakeRoot *self, const gchar *file, guint n, const guint32 *words);
gchar *fake_root_path (FakeRoot *self, const gchar *file);

/** fake_root_add_uio: its sysfs, and a device file of zeros */
void fake_root_add_uio (FakeRoot *self, const FakeUio *uio);
/** fake_root_add_irq: its sysfs, and a terminal as device file. Returns: the other end */
gint fake_root_add_irq (FakeRoot *self, guint number, const gchar *name);
/** fake_root_add_pci: uio_pci_generic: one BAR, configuration space, and a
 *  terminal as device file. Returns: the other end */
gint fake_root_add_pci (FakeRoot *self, guint number, const gchar *bus,
    guint64 address, gsize size);

/** fake_root_poke, _peek: 32-bit words of a file */
void fake_root_poke (
    FakeRoot *self, const gchar *file, guint offset, guint32 word);
guint32 fake_root_peek (FakeRoot *self, const gchar *file, guint offset);

/** fake_irq_fire: as the kernel: the device's total count is @total */
void fake_irq_fire (gint fd, gint32 total);
/** Returns: how often the line was enabled since the last call */
guint fake_irq_count_enables (gint fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeRoot, fake_root_free)

G_END_DECLS
