#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# judge.sh N COMMAND...: runs a command, of which exactly N processes must run
# channels of simulated boards, and have each of them judged. Ends as the command
# does, or with 126 and a sentence when the accounts were not.
set -u

expected=$1
shift
ledger=$(mktemp) || exit 126
trap 'rm -f "$ledger"' EXIT

GST_VDMA_ACCOUNTS=$ledger "$@"
status=$?

# PROCESS claimed|judged CHANNEL: see tests/support/board-accounts.c
awk -v expected="$expected" '
  $2 == "claimed" { processes += !($1 in claimed); claimed[$1]++ }
  $2 == "judged" { judged[$1]++ }
  END {
    for (process in claimed)
      if (claimed[process] != judged[process]) {
        printf "process %d claimed %d channels, and %d were judged\n", process,
          claimed[process], judged[process]
        wrong = 1
      }
    if (processes != expected) {
      printf "%d processes ran channels with judged accounts, not %d\n",
        processes, expected
      wrong = 1
    }
    exit wrong
  }' "$ledger" >&2 || { echo "judge.sh: $*: the accounts are open" >&2; exit 126; }
exit "$status"
