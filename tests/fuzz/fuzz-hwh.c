/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a .hwh file. */
#include "fuzz.h"

#include "check-core.h"

void
fuzz_target_run (FuzzInput *in)
{
  GError *error = NULL;
  GPtrArray *cores =
      vdma_hwh_parse ((const gchar *) in->data, in->size, "fuzzed.hwh", &error);
  check_cores (cores, error);
}
