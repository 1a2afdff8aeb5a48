#!/usr/bin/env bash
# Tests different driver behaviour for VF rates and VF counters, under real daemons, on a port with
# back-pressure: a driver that rounds, one that refuses low rates, one that refuses while the link
# is down, counters that change every second or two (FIELD.md, rows N1 and N2).
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/port_rig.sh"
. "$TOP/tests/lib/cases.sh"
need_root

# driver NAME=VALUE...: configures the driver.
driver() {
    local setting
    for setting in "$@"; do port_set a driver "${setting%=*}" "${setting#*=}"; done
}
in_force() { port a truth | jq -e --argjson vf "$1" ".vf[\$vf].bps / 1e6 | $2" >/dev/null; }
# limit_is_true VM VF: checks that the displayed limit is the one in force.
limit_is_true() {
    local bps
    bps=$(port a truth | jq --argjson vf "$2" '.vf[$vf].bps')
    [ "$bps" != 0 ] && vm_is a "$1" limit_bps ". == $bps"
}

port_up a 500000000 3 2
port_guest_up a gold 1
port_guest_up a noisy 2
port_guest_up a quiet 3
controller_start
UPLINK_LINES="enforce = host"
port_agent_start a 500Mbit
wait_for "three measured nics" vms_seen a 3
port_traffic a gold 1
port_traffic a noisy 8

# --- steps of 50 Mbit/s ---

driver least=50 step=50 below=raise readback=set
ctl set-sla a gold 300Mbit >/dev/null
try "n2: a driver that rounds is used: the limit is what is in force" \
    wait_for "the limit" eval 'limit_is_true noisy 2 && in_force 2 ". % 50 == 0"'
try "n2: the VM with that limit is well" vm_is a noisy state '. == "ok" or . == "capped"'
try "n2: its guarantee holds" port_holds a '.vf[1] | above(300)' 3
# The planned limit is the one in force: the agent has reported the step and the lowest rate.
planned() {
    ctl explain a "$1" >"$RUN/explain"
    grep -q 'held to' "$RUN/explain" && ! grep -Eq 'still in force|not in force' "$RUN/explain"
}
is_quiet_planned() { planned quiet && in_force 3 '. == 50' && vm_is a quiet reason 'test("lowest rate") | not'; }
try "n2: a limit that is rounded is planned as it is in force" wait_for "the plan" planned noisy
try "n2: an idle VM is planned with the lowest rate of its VF" wait_for "the plan" is_quiet_planned
# Of 495 Mbit/s, the guarantee needs 480: the rest, for two VFs, is less than their lowest rates.
ctl set-sla a gold 450Mbit --force >/dev/null
try "n2: where that does not fit beside the guarantee it is said" \
    wait_for "the reason" vm_is a quiet reason 'test("lowest rate of the VF is above its limit")'
# 310 Mbit/s for a guest are 329.3 on the wire.
ctl set-sla a gold 310Mbit --max 310Mbit >/dev/null
try "n2: a VM's own rate is rounded up" wait_for "350" in_force 1 '. == 350'
ctl unset-sla a gold >/dev/null

# --- low rates ---

# Another driver, whose steps have not been learned yet.
stop_pid "$AGENT_PID"
driver least=30 step=0 below=refuse
port_agent_start a 500Mbit
wait_for "three measured nics" vms_seen a 3
ctl set-sla a noisy 0 --max 2Mbit >/dev/null
try "n2: a VF whose rate is refused for being too low has a higher one" \
    wait_for "the lowest" eval 'in_force 2 ". >= 30 and . < 100" && limit_is_true noisy 2'
try "n2: which is said" wait_for "the reason" vm_is a noisy reason 'test("lowest rate of the VF is above its limit")'
never_free() { port_holds a '.vf[2] < 110' 2; }
try "n2: and stays" never_free
ctl set-sla a noisy 0 --max 200Mbit >/dev/null
wait_for "200" in_force 2 '. > 200 and . < 220'

# --- link down ---

driver down=refuse
port_set a link down
ctl set-sla a noisy 0 --max 100Mbit >/dev/null
try "n2: a refusal is logged" wait_for "the log" any_line 'the link is down' <"$RUN/agent-a.log"
try "n2: no rate is lost by that" in_force 2 '. > 200 and . < 220'
port_set a link up
try "n2: soon after the link is up the rate is set" wait_for "100" in_force 2 '. > 100 and . < 110'

# --- counters ---

# Without an answer from the guest, the VF's counters are used.
port_set a refresh 1000
kill -STOP "$(guest_qga_pid a noisy)"
silent() { any_line 'nic .*:02: unresponsive' <"$RUN/agent-a.log"; }
wait_for "the guest is found silent" silent
# Each of 30 samples is near what the VF sent meanwhile: a busy machine may send less than the limit. A
# change of the counters is seen up to a poll late, so samples vary a little.
is_true() {
    local before after i
    before=$(port a truth)
    for i in $(seq 30); do
        ctl -o json vms a | jq 'map(select(.vm == "noisy"))[0].usage_bps'
        sleep 0.1
    done >"$RUN/samples"
    after=$(port a truth)
    jq -es --argjson a "$before" --argjson b "$after" '
        (($b.vf[2].tx_wire - $a.vf[2].tx_wire) * 8e6 / ($b.time_us - $a.time_us)) as $sent
        | $sent > 1e6 and all(. > $sent * 0.75 and . < $sent * 1.3 and . < 130e6)' "$RUN/samples" >/dev/null
}
try "n1: the usage of a VF whose guest is silent is true while its counters move every second" \
    wait_for "30 true samples" is_true
port_set a refresh 2000
try "n1: and every two" wait_for "30 true samples" is_true
kill -CONT "$(guest_qga_pid a noisy)"
try "n1: a guest that answers counts for itself" wait_for "well" vm_is a noisy state '. == "ok" or . == "capped"'
cases_done
