/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What xlnk.h promises of every kind of memory, as tests. A new backend is one
 * line in a test program. */
#pragma once

#include "xlnk.h"

G_BEGIN_DECLS

/**
 * xlnk_contract_add:
 * @name: the backend's, for the paths of the tests
 * @open: opens a fresh allocator; with at least 1 MiB and at most 256 MiB
 */
void xlnk_contract_add (const gchar *name, XlnkAllocator *(*open) (void) );

G_END_DECLS
