/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Physical addresses of this process's pages, from /proc/self/pagemap
 * (hardware.md 5.7). Only for pages that stay where they are. */
#pragma once

#include "xlnk-system.h"

G_BEGIN_DECLS

/**
 * xlnk_pagemap_read:
 * @pointer: the first of @n pages that were touched, @step bytes apart
 * @phys: (out) (array length=n): their physical addresses
 *
 * Errors: PERMISSION (the kernel shows no addresses to this process),
 * UNSUPPORTED (it shows none of this kind of mapping), NOT_FOUND.
 */
gboolean xlnk_pagemap_read (const XlnkSystem *system, gconstpointer pointer,
    gsize step, guint n, guint64 *phys, GError **error);

G_END_DECLS
