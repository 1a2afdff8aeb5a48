# common.sh - shared by all rigs and test scripts: messages, an undo stack that runs on exit,
# background processes that are stopped by their process id, and waiting for conditions.
#
# Source it first. It sets -euo pipefail and an EXIT trap; scripts add to the trap with on_exit and
# never set their own. All files are below $RUN, a folder of this run.
# SPDX-License-Identifier: Apache-2.0

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RUN=${RUN:-$(mktemp -d /tmp/daqs-XXXXXX)}
UNDO=()

say() { printf '%s\n' "$*" >&2; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

need_root() { [ "$(id -u)" = 0 ] || die "must run as root (try: sudo $0)"; }

# on_exit COMMAND...: runs COMMAND when the script ends, in reverse order of the calls.
on_exit() {
    local quoted
    printf -v quoted '%q ' "$@"
    UNDO+=("$quoted")
}

# Runs the undo stack. May be called early, to take one rig down before the next.
undo_all() {
    local i
    for ((i = ${#UNDO[@]} - 1; i >= 0; i--)); do
        eval "${UNDO[i]}" || say "${0##*/}: while cleaning up: ${UNDO[i]}failed"
    done
    UNDO=()
}

finish() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP # a second Ctrl-C must not leave half of the rig behind
    set +e
    undo_all
    # 77: skipped, see cases.sh; the reason stays the last line.
    if { [ "$status" = 0 ] || [ "$status" = 77 ]; } && [ -z "${KEEP_RUN:-}" ]; then
        rm -rf "$RUN"
    else
        say "kept for inspection: $RUN"
    fi
    exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# any_line [OPTION...] PATTERN: checks whether grep finds PATTERN in its input. It reads to the end:
# 'grep -q' exits at the first match, and a writer with more output then ends by SIGPIPE, which
# pipefail treats as a failure of the pipe.
any_line() { [ "$(grep -c "$@")" -gt 0 ]; }

# stop_pid PID [SECONDS]: ends a process started by this script; TERM first, KILL after five seconds,
# or so many.
stop_pid() {
    local pid=$1 i
    kill -TERM "$pid" 2>/dev/null || return 0
    for ((i = 0; i < ${2:-5} * 10; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
}

# start NAME COMMAND...: runs COMMAND in the background, with its output in $RUN/NAME.log. Sets
# $STARTED to its process id; it is stopped on exit.
start() {
    local name=$1
    shift
    "$@" >"$RUN/$name.log" 2>&1 </dev/null &
    STARTED=$!
    on_exit stop_pid "$STARTED"
}

# stolen_ticks: prints the processor time that this machine's host gave to others, in hundredths of
# a second.
stolen_ticks() { awk '/^cpu / { print $9 }' /proc/stat; }

# The longest wait of a test, in seconds: four times the longest time that the product needs for
# anything without a failure (FOLLOW_STARTED_MS, PF_REFUSED_MS: 30 s), so that a machine at a
# quarter of the speed passes too. Operations that are slower by nature set it: WAIT_S=300 wait_for
# ...
WAIT_S=${WAIT_S:-120}

# wait_for WHAT COMMAND...: waits until COMMAND succeeds; dies with WHAT if it never does. The limit
# bounds a failure; it measures nothing.
wait_for() {
    local what=$1 end=$((SECONDS + WAIT_S))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || die "waited $WAIT_S s in vain: $what"
        sleep 0.1
    done
}
