/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest-accounts.h"

static void
accounts_say (const gchar *what, const GuestAccounts *accounts, guint64 begun)
{
  g_test_message ("%s: %" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT
                  " delivered, %" G_GUINT64_FORMAT
                  " lost; the core began %" G_GUINT64_FORMAT,
      what, accounts->frames, accounts->delivered, accounts->lost, begun);
}

void
guest_accounts_judge_capture (Bench *bench, const GuestAccounts *accounts)
{
  guint64 started = bench_get_now (bench, BENCH_S2MM_STARTED);
  guint64 begun = accounts->frames - accounts->halted;

  accounts_say ("capture", accounts, started);
  g_assert_cmpuint (accounts->delivered, >, 0);
  g_assert_cmpuint (accounts->frames, ==, accounts->delivered + accounts->lost);
  g_assert_cmpuint (begun, >=, started);
  g_assert_cmpuint (begun, <=, started + accounts->recoveries);
}

void
guest_accounts_judge_display (Bench *bench, const GuestAccounts *accounts)
{
  guint64 started = bench_get_now (bench, BENCH_MM2S_STARTED);
  guint64 pictures = started - bench_get (bench, BENCH_MM2S_REPEATED);

  accounts_say ("display", accounts, started);
  g_assert_cmpuint (accounts->delivered, >, 0);
  g_assert_cmpuint (accounts->delivered, ==, accounts->frames + accounts->lost);
  g_assert_cmpuint (accounts->frames, <=, started + accounts->recoveries);
  g_assert_cmpuint (
      pictures, <=, accounts->frames + 2 * (2 + accounts->recoveries));
  g_assert_cmpuint (accounts->interrupts, <=, started);
}
