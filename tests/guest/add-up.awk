#!/usr/bin/awk -f
# SPDX-License-Identifier: LGPL-2.1-or-later
# Adds up what a guest's console says: the TAP of many programs becomes one, and
# a closing line follows. A guest that did not come to its end has failed.

function result(ok, name)
{
  number++
  print (ok ? "ok " : "not ok ") number " " name
  fflush()
}

/^# [^ ]+: begins at / { program = $2; sub(":", "", program); failures = failed; next }

/^# [^ ]+: ended with / {
  if ($NF != 0 && failed == failures) {
    failed++
    result(0, program " ended with " $NF)
  }
  next
}

/^(not )?ok [0-9]/ {
  line = $0
  is_ok = line !~ /^not/
  sub(/^(not )?ok [0-9]+ *-? */, "", line)
  if (line ~ /# SKIP/)
    skipped++
  else if (is_ok)
    passed++
  else
    failed++
  result(is_ok, program ": " line)
  next
}

/^guest: closing line, status 0$/ { closed = 1; next }

# a test's own words, and what a failed program said
/^#/ || !/^(1\.\.|TAP version|\[)/ { sub(/^# ?/, ""); print "# " $0; fflush() }

END {
  if (!closed) {
    failed++
    result(0, "the guest came to its end")
  }
  print "1.." number
  line = passed + 0 " passed, " failed + 0 " failed"
  if (skipped)
    line = line ", " skipped " skipped"
  # meson takes every line of the output that is not TAP for a mistake
  print line > "/dev/stderr"
  exit failed > 0 || passed == 0
}
