#!/usr/bin/env bash
# Tests guests whose agents are held by another client of libvirt: they are busy, keep their limits
# and their reserve, and do not disturb the others; the agent stops in time (FIELD.md, row G7).
# libvirt is a shim, guest agents are scripted; the daemons are real.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes
DOMAINS=$RUN/domains
HELD=80 # more than the agent has threads

mkdir "$DOMAINS"
last=0
domain() { # NAME
    last=$((last + 1))
    printf -v mac '52:54:00:a0:00:%02x' $last
    echo "<domain><devices><interface type='hostdev'><mac address='$mac'/></interface></devices></domain>" \
        >"$DOMAINS/$1.xml"
}
guest() { # NAME MBIT
    domain "$1"
    start "qga-$1" python3 "$TOP/tests/lib/scripted_qga.py" "$DOMAINS/$1.qga" "$mac" "$(($2 * 1000000))"
}
hold() { # NAME SECONDS: requests made meanwhile wait for this time
    echo "$2" >"$DOMAINS/$1.new"
    mv "$DOMAINS/$1.new" "$DOMAINS/$1.job"
}
let_go() { rm "$DOMAINS/$1.job"; }

guest gold 100
guest plain 900
guest well 10
controller_start
# Preloaded libraries come before those that instrument the agent.
export LIBVIRT_SHIM_DIR=$DOMAINS ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
SHIM=$(cd "$DAQS_BIN/../tests" && pwd)/libvirt_shim.so
LD_PRELOAD=$SHIM agent_start a up0 1Gbit "source = libvirt"
stopped() { # by SIGTERM; not as a case, because it waits
    kill -TERM "$AGENT_PID"
    wait "$AGENT_PID" && STATUS=0 || STATUS=$?
}
wait_for "three measured nics" vms_seen a 3

ctl set-sla a gold 300Mbit
wait_for "plain limited" vm_limited a plain
limit_of() { vm_field a "$1" limit_bps | sed 's/null/0/'; }
before=0
settled() { local now; now=$(limit_of plain) && [ "$now" = "$before" ] || { before=$now && return 1; }; }
asked() { wc -l <"$DOMAINS/$1.qga.asked"; }
polls() { # number of polls of 'well' in two seconds
    local first
    first=$(asked well)
    sleep 2
    echo $(($(asked well) - first))
}
polls_before=$(polls)

# --- one is held ---

is_busy() { vm_is a "$1" state '. == "busy"' && vm_is a "$1" reason 'test("held by another client of libvirt")'; }
is_well() { vm_is a "$1" state '. == "ok" or . == "capped"'; }
unharmed() { # for longer than the silence that is tolerated, counted from the hold
    local at=$SECONDS
    until [ $((SECONDS - at)) -gt 5 ] && is_busy gold; do
        is_well gold || is_busy gold || { say "gold: $(vm_field a gold state)"; return 1; }
        [ "$(limit_of plain)" -ge $((before * 9 / 10)) ] || { say "plain: $(limit_of plain) of $before"; return 1; }
    done
}
# If a busy machine stretches samples just before, all of gold's guarantee is reserved: only a
# defect harms the neighbour in each of three attempts.
one_of_three() {
    for _ in 1 2 3; do
        wait_for "plain's limit stays as it is" settled
        hold gold 600
        hold plain 600
        unharmed && return
        let_go gold
        let_go plain
        wait_for "both are well" eval 'is_well gold && is_well plain'
    done
    return 1
}
try "g7: a guest whose agent is held is busy, its reserve kept, its neighbour unharmed" one_of_three
try "g7: so is one with a limit" wait_for "plain" is_busy plain
try "g7: its limit stays" eval '[ "$(limit_of plain)" -ge $((before * 9 / 10)) ]'
let_go gold
let_go plain
try "g7: let go, they are well" wait_for "them" eval 'is_well gold && vm_limited a plain'
hold gold 1
try "g7: a guest is busy when libvirt says so" wait_for "gold" is_busy gold
says() { any_line 'gold, nic .* busy: .*cannot acquire state change lock' <"$RUN/agent-a.log"; }
try "g7: and what it says is logged" wait_for "the log" says

# --- many are held ---

for i in $(seq $HELD); do
    domain "held$i"
    hold "held$i" 600
done
stopped
LD_PRELOAD=$SHIM agent_start a up0 1Gbit "source = libvirt" # the shim has no events
many_busy() { ctl -o json vms a | jq -e "map(select(.state == \"busy\")) | length >= $HELD" >/dev/null; }
try "g7: more guests than there are threads may be held" wait_for "busy" many_busy
try "g7: a guest that is well is measured beside them" wait_for "well" vm_is a well usage_bps '. != null'
as_before() {
    local now
    now=$(polls)
    [ "$now" -ge $((polls_before / 2)) ] || { say "$now polls, $polls_before before"; return 1; }
}
try "g7: and polled as before" as_before
try "g7: nothing is wrong with the busy ones" eval '! ctl problems a | any_line "held|gold|plain"'
told() { ctl -o json events a | jq -e 'any(.[]; .kind == "unresponsive" or .kind == "unmanaged")' >/dev/null; }
try "g7: no event was told of it" eval '! told'
stopped
try "g7: the agent stops in time, whatever libvirt does" [ "$STATUS" = 0 ]
try "g7: and says so" any_line 'without the polls that libvirt blocks' <"$RUN/agent-a.log"
cases_done
