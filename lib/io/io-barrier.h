/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ordering between memory and device registers, per architecture. */
#pragma once

#if defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
#define VDMA_IO_ARM_DSB 1
#endif

/** vdma_io_barrier_before_write: earlier stores to memory reach the device before the register write that follows. */
static inline void
vdma_io_barrier_before_write (void)
{
#if defined(VDMA_IO_ARM_DSB)
  __asm__ volatile("dsb st" ::: "memory");
#elif defined(__x86_64__) || defined(__i386__)
  /* The processor keeps stores in order; only the compiler must not move them. */
  __asm__ volatile("" ::: "memory");
#else
  __sync_synchronize ();
#endif
}

/** vdma_io_barrier_after_read: later loads from memory are not older than the register read before. */
static inline void
vdma_io_barrier_after_read (void)
{
#if defined(__aarch64__)
  __asm__ volatile("dsb ld" ::: "memory");
#elif defined(VDMA_IO_ARM_DSB)
  __asm__ volatile("dsb" ::: "memory");
#elif defined(__x86_64__) || defined(__i386__)
  __asm__ volatile("" ::: "memory");
#else
  __sync_synchronize ();
#endif
}
