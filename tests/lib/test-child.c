/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test-child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t
test_child_start (gboolean (*body) (gpointer data), gpointer data)
{
  gint says[2];
  gchar byte = 'n';
  g_assert_cmpint (pipe (says), ==, 0);
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody */
    byte = body (data) ? 'y' : 'n';
    if (write (says[1], &byte, 1) != 1 || byte != 'y')
      _exit (1);
    for (;;)
      pause ();
  }
  g_assert_cmpint (read (says[0], &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, 'y');
  close (says[0]);
  close (says[1]);
  return pid;
}

void
test_child_kill (pid_t pid)
{
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

void
test_child_as_nobody (gboolean (*body) (gpointer data), gpointer data)
{
  const uid_t nobody = 65534;
  gint status;
  pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    if (geteuid () == 0 && setuid (nobody) < 0)
      _exit (2);
    _exit (body (data) ? 0 : 1);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}
