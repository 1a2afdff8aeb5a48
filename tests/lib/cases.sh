# shellcheck shell=bash
# cases.sh - named cases in a shell test. Source it after common.sh.
#
#   try "what is true" COMMAND...    prints "ok WHAT" or "not ok WHAT"
#
# A failed case does not stop the script, so that one run shows all of them. The script ends with
# 'cases_done', whose status is the verdict. COMMAND runs in a subshell with errexit, so a function
# stops at its first failing line.
# SPDX-License-Identifier: Apache-2.0

CASES_FAILED=0

try() {
    local what=$1 status
    shift
    set +e
    (
        trap - EXIT # only the parent takes down the rig
        set -e
        "$@"
    )
    status=$?
    set -e
    if [ "$status" = 0 ]; then
        printf 'ok %s\n' "$what"
    else
        printf 'not ok %s\n' "$what"
        CASES_FAILED=$((CASES_FAILED + 1))
    fi
}

# skip WHAT REASON: skips a case that cannot be run on this machine. To skip a whole script, it
# exits with status 77 instead, after a line with the reason.
skip() { printf 'skip %s: %s\n' "$1" "$2"; }

# What an emulated machine printed last comes last, too: of a long log only the end may be kept.
cases_done() {
    [ "$CASES_FAILED" != 0 ] || return 0
    [ ! -f "$RUN/console" ] || tail -n 30 "$RUN/console" | tr -d '\r' | sed 's/^/    console: /'
    exit 1
}

# says STATUS PATTERN COMMAND...: checks that COMMAND exits with STATUS and that its output or its
# errors match the pattern. COMMAND may be a function that ends with exec.
says() {
    local want=$1 pattern=$2 status=0
    shift 2
    ("$@") >"$RUN/out" 2>&1 || status=$?
    [ "$status" = "$want" ] || { say "status $status: $(cat "$RUN/out")"; return 1; }
    grep -qE -- "$pattern" "$RUN/out" || { say "said: $(cat "$RUN/out")"; return 1; }
}

# at_least A B, at_most A B: compare decimal numbers; print the difference on failure.
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' || { say "$1 is below $2"; return 1; }; }
at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }' || { say "$1 is above $2"; return 1; }; }

# within_percent A B P: checks that |A - B| is at most P percent of B.
within_percent() {
    awk -v a="$1" -v b="$2" -v p="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(d <= b * p / 100) }' ||
        { say "$1 is not within $3 % of $2"; return 1; }
}
