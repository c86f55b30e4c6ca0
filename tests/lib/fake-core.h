/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers of a VDMA at rest, in a file. */
#pragma once

#include "fake-root.h"

G_BEGIN_DECLS

/** fake_core_fill: @at: bytes from the begin of @file to the first register */
void fake_core_fill (FakeRoot *root, const gchar *file, guint at);

G_END_DECLS
