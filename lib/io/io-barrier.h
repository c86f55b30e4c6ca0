/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ordering between memory and device registers, per architecture.
 *
 * Accesses to registers keep the program's order among themselves everywhere:
 * they are volatile, and device memory. What is ordered here is frames, in
 * memory of any kind, against registers. It is needed in two places only: at the
 * one write that lets the device have a frame, and behind a read that says that
 * a frame is ours. */
#pragma once

/** vdma_io_barrier_hand_over: what was read from and written to memory so far, by whatever mapping, is done before the register write that follows. */
static inline void
vdma_io_barrier_hand_over (void)
{
#if defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
  /* Done, not only ordered: the core reaches memory by another way than the
   * register write reaches the core. Reads as well: S2MM must not write where
   * the last reader still looks. */
  __asm__ volatile("dsb sy" ::: "memory");
#elif defined(__x86_64__) || defined(__SSE__)
  /* Stores keep their order in write-back memory. Those to a write-combined map
   * wait in buffers of their own, as do non-temporal ones, with which copies
   * and converters fill frames in any memory. Loads are done before later
   * stores are seen. */
  __asm__ volatile("sfence" ::: "memory");
#elif defined(__i386__)
  /* before SSE: a locked access empties those buffers too */
  __asm__ volatile("lock; addl $0, (%%esp)" ::: "memory", "cc");
#elif defined(__riscv)
  __asm__ volatile("fence rw, o" ::: "memory");
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
#elif defined(__ARM_ARCH) && __ARM_ARCH >= 7
  __asm__ volatile("dsb" ::
                       : "memory"); /* 32-bit Arm has none for loads alone */
#elif defined(__x86_64__) || defined(__SSE2__)
  /* Loads keep their order, but for those of write-combined memory, which may
   * be done ahead of their time and nobody takes back. */
  __asm__ volatile("lfence" ::: "memory");
#elif defined(__i386__)
  __asm__ volatile("lock; addl $0, (%%esp)" ::: "memory", "cc");
#elif defined(__riscv)
  __asm__ volatile("fence i, r" ::: "memory");
#else
  __sync_synchronize ();
#endif
}
