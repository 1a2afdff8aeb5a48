#!/usr/bin/env bash
# Tests that an operator on call finds the cause of a fault: problems, and explain for the VM
# concerned, name the cause and the remedy. Real guest agents and TCP.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/varying.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

netns_host_up a 300mbit
netns_guest_up a gold 1
netns_guest_up a plain 2
netns_guest_up a rival 3
controller_start
agent_up() { agent_start a up0 300Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"; }
agent_up
wait_for "three measured nics" vms_seen a 3

# problem KIND VM PATTERN: checks that problems exits with 4 and lists one of that kind and VM
# (null: none) whose text or fix matches the pattern.
problem() {
    local status=0
    ctl -o json problems a >"$RUN/problems" || status=$?
    [ "$status" = 4 ] || { say "problems: status $status"; return 1; }
    jq -e --arg kind "$1" --arg vm "$2" --arg pattern "$3" 'any(.kind == $kind and (.vm // "null") == $vm and
        ("\(.text) \(.fix)" | test($pattern)))' "$RUN/problems" >"$RUN/none" || { say "$(cat "$RUN/problems")"; return 1; }
}
worst_is() { jq -e --arg kind "$1" '.[0].kind == $kind' "$RUN/problems" >"$RUN/none"; } # of those
# explains VM PATTERN: checks any line; begins VM PATTERN: checks the first.
explains() { ctl explain a "$1" >"$RUN/explained" && grep -qE "$2" "$RUN/explained" || { say "$(cat "$RUN/explained")"; return 1; }; }
begins() { ctl explain a "$1" >"$RUN/explained" && head -n 1 "$RUN/explained" | any_line -E "$2" || { say "$(cat "$RUN/explained")"; return 1; }; }
nothing_wrong() { ctl problems >"$RUN/out" 2>&1 && grep -q 'no problems are known' "$RUN/out"; }
try "while all is well nothing is listed, with status 0" nothing_wrong

# --- a competitor with its own qdisc ---

ctl set-sla a gold 150Mbit
guest_exec_ns a rival tc qdisc add dev eth0 root handle 7: pfifo limit 1000
traffic_start a rival 12 600
traffic_start a gold 1 600
try "a competitor with a qdisc of its own is the cause of the violation" \
    wait_for "the cause" problem violation gold 'rival \(the guest has a root qdisc of its own\).*tc qdisc del.*daqsctl explain a rival'
try "which is the worst problem" worst_is violation
try "explain begins with it: since when, how much, who, what to do, the next command" wait_for "it" begins gold \
    '^violation on up0 for [0-9]+ s: sends [0-9.]+Mbit of the 150Mbit guaranteed.* rival .*To do: .*next: daqsctl explain a rival'
try "and of the competitor it says the same" begins rival '^unmanaged on up0.*the guest has a root qdisc of its own'
same_event() {
    ctl -o json events a gold --level warning --since 10m |
        jq -e 'map(select(.kind == "violation-start" or .kind == "violation-cause")) | last.text | test("rival .the guest has a root qdisc")' >"$RUN/none"
}
try "and so does the event" same_event
guest_exec_ns a rival tc qdisc del dev eth0 root
try "once it is gone nothing is wrong" wait_for "nothing" nothing_wrong
told_at_the_end() {
    ctl -o json events a gold --kind violation-end --since 10m | jq -e 'last.text | test("it was: .*rival")' >"$RUN/none"
}
try "and the end tells the cause" wait_for "the event" told_at_the_end

# --- a competitor whose guest agent hangs, without a limit in force ---

traffic_stop a rival
ctl unset-sla a gold
no_limits() { ctl -o json vms a | jq -e 'all(.limit_bps == null)' >"$RUN/none"; }
wait_for "no limits" no_limits
kill -STOP "$(guest_qga_pid a rival)"
wait_for "rival is unresponsive" vm_is a rival state '. == "unresponsive"'
traffic_start a rival 12 600
ctl set-sla a gold 150Mbit
try "a competitor that does not answer is a problem" \
    wait_for "it" problem unresponsive rival 'did not answer in time.*restart qemu-guest-agent'
try "and explain names it" wait_for "the cause" explains gold 'rival \(the guest agent did not answer in time\)'
kill -CONT "$(guest_qga_pid a rival)"
try "once it answers nothing is wrong" wait_for "nothing" nothing_wrong
traffic_stop a rival

# --- its own guest agent hangs ---

kill -STOP "$(guest_qga_pid a gold)"
try "a guaranteed VM that does not answer is a problem" \
    wait_for "it" problem unresponsive gold 'did not answer in time; its guarantee of 150Mbit is assumed to be in use'
try "and explain begins with it" begins gold '^unresponsive on up0.*did not answer in time.*restart qemu-guest-agent'
kill -CONT "$(guest_qga_pid a gold)"
try "once it answers nothing is wrong" wait_for "nothing" nothing_wrong

# --- the uplink is oversubscribed ---

ctl set-sla a plain 250Mbit --force
traffic_start a plain 8 600
traffic_start a gold 8 600
try "an oversubscribed uplink is a problem" wait_for "it" problem oversubscribed null 'sum to 400Mbit of 300Mbit'
try "and the cause of the violation" wait_for "the cause" problem violation gold 'oversubscribed.*daqsctl list-sla a'
try "explain begins with it" wait_for "it" begins gold '^violation .*oversubscribed'
ctl unset-sla a plain
traffic_stop a plain
try "once that is taken back nothing is wrong" wait_for "nothing" nothing_wrong

# --- the application wants half of its guarantee ---

traffic_stop a gold
varying_sink a
varying_start a gold half "flat:0:75:1" 600
traffic_start a plain 4 600
wants_no_more() { vm_is a gold usage_bps '. > 5e7' && explains gold 'It does not want more'; }
try "of a VM that wants half of its guarantee explain says so" wait_for "it" wants_no_more
try "and nothing is wrong" nothing_wrong
stop_pid "$VARYING"

# --- its agent is killed ---

is_away() { ctl -o json hosts | jq -e 'length == 1 and .[0].state == "away"' >/dev/null; }
away_since_ms() { date -d "$(ctl -o json hosts | jq -r '.[0].away_since')" +%s%3N; }

kill -KILL "$AGENT_PID"
try "a host without agent is a problem" wait_for "it" \
    problem host-down null 'no message from its agent.*150Mbit is guaranteed there.*systemctl status daqs-agentd'
try "and explain begins with it" begins gold '^host-down for .*systemctl status daqs-agentd'

# --- and the controller restarts ---

try "the host is listed as away" wait_for "it" is_away
heard_ms=$(away_since_ms)
stop_pid "$CONTROLLER_PID"
controller_start
try "a host that the controller never heard of is one too" wait_for "it" \
    problem host-down null 'no message from its agent for .*150Mbit is guaranteed there'
try "and explain says so" begins gold '^host-down .*no message from its agent for .*systemctl status daqs-agentd'
is_listed() {
    ctl -o json hosts | jq -e 'length == 1 and .[0].state == "away" and .[0].away_since != null and .[0].guaranteed_bps == 150e6' >/dev/null &&
        ctl -o json vms a | jq -e 'length == 1 and .[0].vm == "gold" and .[0].state == "away" and .[0].nic == null' >/dev/null &&
        ctl -o json status | jq -e 'any(.name == "guarantees_unknown" and .value == "1")' >/dev/null
}
try "it is listed as away, with the guarantee that is unknown" is_listed
differs_ms=$(($(away_since_ms) - heard_ms))
try "since it was last heard, before the restart" test "${differs_ms#-}" -lt 500
reported() { ctl -o json events a --since 1h | jq -e --arg t "$2" "any(.kind == \"$1\" and (.text | test(\$t)))" >/dev/null; }
try "that it did not come is an event" wait_for "the event" reported host-down 'since the controller started, the last was at 20'
agent_up
try "once it is back nothing is wrong" wait_for "nothing" nothing_wrong
cases_done
