/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a test sees of its libcma.so, by dlsym of fake_cma_control, and the
 * functions of PYNQ's library (hardware.md 5.3). */
#pragma once

#include <stdint.h>

typedef struct {
  const void *pointer;
  unsigned phys;
  int size;
} FakeCmaSync;

/** FakeCmaControl: @lie: what every buffer says its address is, 0: the truth;
 *  @device: (nullable): what the next allocation opens and all later ones use
 *  @n_mistakes: calls that the real library would answer with a crash */
typedef struct {
  int fails_with_minus_one, is_empty;
  unsigned long lie;
  const char *device;
  unsigned n_calls, n_mistakes, n_resets;
  uint32_t last_cacheable;
  FakeCmaSync flushed, invalidated;
} FakeCmaControl;

extern FakeCmaControl fake_cma_control;

void *cma_alloc (uint32_t size, uint32_t cacheable);
void cma_free (void *pointer);
unsigned long cma_get_phy_addr (void *pointer);
uint32_t cma_pages_available (void);
void cma_flush_cache (void *pointer, unsigned phys, int size);
void cma_invalidate_cache (void *pointer, unsigned phys, int size);
void _xlnk_reset (void);
