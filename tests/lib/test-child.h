/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Children that do something and stay until they are killed, or do it as nobody. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/**
 * test_child_start: in a child, @body; it must return TRUE, or the test fails
 *
 * Returns: its process id, when @body has been done
 */
pid_t test_child_start (gboolean (*body) (gpointer data), gpointer data);
/** test_child_kill: by SIGKILL; returns when it is gone */
void test_child_kill (pid_t pid);

/** test_child_as_nobody: in a child without root's rights, @body; it must return TRUE,
 *  or the test fails */
void test_child_as_nobody (gboolean (*body) (gpointer data), gpointer data);

G_END_DECLS
