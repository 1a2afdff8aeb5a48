#!/usr/bin/env bash
# churn [ASAN_SECONDS VALGRIND_SECONDS] - lets thousands of guests come and go, some of them odd,
# under AddressSanitizer and again under valgrind: agent and controller must end without a leak, an
# invalid access or an extra descriptor. Minutes stand for a day: a guest lives for a second or two.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"

ASAN_S=${1:-40} VALGRIND_S=${2:-30} ALIVE=120
SEED=${DAQS_SEED:-20261129}
say "seed $SEED (replay with DAQS_SEED=$SEED)"
export LSAN_OPTIONS=print_suppressions=0 ASAN_OPTIONS=exitcode=99
mkdir "$RUN/guests"

up() {
    controller_start
    AGENT_LINES=$'poll_interval = 50ms\npoll_interval_idle = 50ms\non_stop = release' \
        agent_start node up0 1Gbit "source = sockets" "socket_glob = $RUN/guests/*.qga"
    for i in $(seq 0 20 400); do ctl set-sla node "vm$i" 10Mbit --max 50Mbit >/dev/null; done
}
# churn SECONDS PER_SECOND: runs guests, PER_SECOND of which are replaced each second. Sets GUESTS.
churn() { GUESTS=$(python3 "$TOP/tests/lib/guest_farm.py" "$RUN/guests" "$ALIVE" "$2" "$1" "$SEED"); }
descriptors() { find "/proc/$1/fd" | wc -l; }
# end PID: stops a process cleanly; returns its exit status.
end() {
    kill -TERM "$1"
    wait "$1"
}
quiet() { ctl -o json vms node | jq -e 'length == 0' >/dev/null; }

DAQS_BIN=$TOP/build/asan/bin
up
before=$(descriptors "$AGENT_PID")
churn "$ASAN_S" $((ALIVE / 2))
say "$GUESTS guests came and went"
try "agent and controller live" eval 'kill -0 $AGENT_PID && kill -0 $CONTROLLER_PID'
try "all guests are forgotten" wait_for "an empty list" quiet
try "the agent has no more descriptors than before" at_most "$(descriptors "$AGENT_PID")" "$before"
status=0; end "$AGENT_PID" || status=$?
try "the agent ends without a leak" test "$status" = 0
status=0; end "$CONTROLLER_PID" || status=$?
try "and so does the controller" test "$status" = 0
grep -h -A 20 'ERROR: \|SUMMARY: ' "$RUN"/agent-node.log "$RUN"/controller.log || true

# valgrind finds what sanitizers do not: reads of uninitialized memory.
mkdir "$RUN/bin"
for program in daqs-agentd daqs-controllerd; do
    cat >"$RUN/bin/$program" <<SH
#!/bin/sh
exec valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99 \\
    --fair-sched=yes "$TOP/build/release/bin/$program" "\$@"
SH
    chmod 755 "$RUN/bin/$program"
done
ln -s "$TOP/build/release/bin/daqsctl" "$RUN/bin/daqsctl"
rm -rf "$RUN"/daqs.db*
DAQS_BIN=$RUN/bin
up
churn "$VALGRIND_S" $((ALIVE / 4))
say "$GUESTS guests came and went"
try "under valgrind, too, all guests are forgotten" wait_for "an empty list" quiet
status=0; end "$AGENT_PID" || status=$?
try "the agent ends without an error" test "$status" = 0
status=0; end "$CONTROLLER_PID" || status=$?
try "and so does the controller, of which valgrind thinks the same" test "$status" = 0
grep -h '^==' "$RUN"/agent-node.log "$RUN"/controller.log || true
cases_done
