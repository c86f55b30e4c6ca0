/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells ThreadSanitizer about GMutex and GCond, whose futexes are inside a GLib
 * that it did not compile: without this every field that a GMutex guards looks
 * like a race, with a suppression none would. Included into every file by the
 * command of docs/contributing.md; GLib's atomics are the compiler's, threads
 * are pthreads, and both it sees by itself. */
#pragma once

#include <glib.h>

#include <sanitizer/tsan_interface.h>

static inline void
tsan_mutex_lock (GMutex *mutex)
{
  __tsan_mutex_pre_lock (mutex, 0);
  g_mutex_lock (mutex);
  __tsan_mutex_post_lock (mutex, 0, 0);
}

static inline gboolean
tsan_mutex_trylock (GMutex *mutex)
{
  __tsan_mutex_pre_lock (mutex, __tsan_mutex_try_lock);
  gboolean taken = g_mutex_trylock (mutex);
  __tsan_mutex_post_lock (mutex,
      taken ? __tsan_mutex_try_lock
            : __tsan_mutex_try_lock | __tsan_mutex_try_lock_failed,
      0);
  return taken;
}

static inline void
tsan_mutex_unlock (GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  g_mutex_unlock (mutex);
  __tsan_mutex_post_unlock (mutex, 0);
}

static inline void
tsan_mutex_clear (GMutex *mutex)
{
  __tsan_mutex_destroy (mutex, 0);
  g_mutex_clear (mutex);
}

static inline void
tsan_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
  g_cond_wait (cond, mutex);
  __tsan_mutex_pre_lock (mutex, 0);
  __tsan_mutex_post_lock (mutex, 0, 0);
}

static inline gboolean
tsan_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end)
{
  __tsan_mutex_pre_unlock (mutex, 0);
  __tsan_mutex_post_unlock (mutex, 0);
  gboolean signalled = g_cond_wait_until (cond, mutex, end);
  __tsan_mutex_pre_lock (mutex, 0);
  __tsan_mutex_post_lock (mutex, 0, 0);
  return signalled;
}

#define g_mutex_lock      tsan_mutex_lock
#define g_mutex_trylock   tsan_mutex_trylock
#define g_mutex_unlock    tsan_mutex_unlock
#define g_mutex_clear     tsan_mutex_clear
#define g_cond_wait       tsan_cond_wait
#define g_cond_wait_until tsan_cond_wait_until
