#!/usr/bin/env bash
# Tests what an agent reports besides usage: MTUs of real guests, and the host's own traffic on an
# uplink. One uplink is the bridge's port, whose counters include the guests' traffic; the other is
# a device that counts only the host's own traffic, as most PFs do. The agent must detect both
# cases.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

# agent NAME UPLINK: starts an agent for the guests of host a that reports to a tap.
agent() {
    mkdir -p "$RUN/agent-$1"
    start "tap-$1" "$DAQS_BIN/../tests/bus_tap" "ipc://$RUN/tap-$1.sock" 1000000
    cat >"$RUN/agentd-$1.conf" <<CONF
[agent]
host = $1
controller = ipc://$RUN/tap-$1.sock
insecure = yes
state_dir = $RUN/agent-$1
[guests]
source = sockets
socket_glob = $RUN/a/*.qga
[uplink $2]
nics = all
capacity = 500Mbit
CONF
    DAQS_NETNS=$(switch_ns a) start_daemon "agent-$1" daqs-agentd --config "$RUN/agentd-$1.conf"
}
said() { tail -n 60 "$RUN/tap-$1.log"; }
# new_reports HOST: waits until all lines that 'said' prints are newer than the call.
new_reports() {
    local before
    before=$(wc -l <"$RUN/tap-$1.log")
    wait_for "60 reports" eval '[ "$(wc -l <"$RUN/tap-'"$1"'.log")" -ge '"$((before + 60))"' ]'
}
told() { grep '^hello' "$RUN/tap-$1.log" | tail -n 1 | tr ' ' '\n' | any_line -x "$2"; }
# own HOST LEAST MOST: checks the mean of the latest reports that include the host's traffic, in
# Mbit/s.
own() {
    said "$1" | awk -v least="$2" -v most="$3" '
        $1 == "report" { split($2, v, ":"); if (v[1] != "-") { sum += v[1]; n++ } }
        END { exit !(n > 0 && sum / n >= least && sum / n <= most) }'
}
own_unknown() { ! said "$1" | any_line '^report [0-9]'; }
# host_sends DEVICE MBIT: starts UDP traffic of the host itself.
host_sends() {
    ip -n "$(switch_ns a)" addr add "$own_address/16" dev "$1"
    netns_server_start a blocked
    netns_number a blocked
    ip netns exec "$(switch_ns a)" iperf3 -c "$(sink_address a)" -p $((5200 + NETNS_INDEX)) -u \
        -b "$2M" -t 600 -i 0 >"$RUN/a/host.log" 2>&1 </dev/null &
    printf '%s\n' $! >"$RUN/a/host.pid"
}

netns_host_up a 500mbit
for i in 1 2 3; do netns_guest_up a "gold$i" "$i"; done
netns_guest_up a blocked 4 -b guest-exec
guest_exec_ns a gold2 ip link set eth0 mtu 1400
own_address=$(sink_address a | sed 's/[0-9]*$/250/')
agent a uplink
AGENT_PID=$STARTED

try "the MTU of a guest is told" wait_for "1500" told a gold1:1500
try "of each its own" told a gold2:1400
try "none is known of a guest that blocks guest-exec" told a blocked:0
try "counters are the guest's, and not old" eval \
    'said a | any_line -E "\|( 1:[0-9]{1,5}:[0-2]){4}$"'
try "the host sends nothing while nobody does" wait_for "own" own a 0 1
traffic_start a gold1 2 600
new_reports a
try "what the bridge's port counts of a guest is not taken for the host's" eval 'own_unknown a || own a 0 25'
for _ in 1 2 3 4; do # the traffic that shows it: the port counts what the guest does
    traffic_stop a gold1 && sleep 3
    traffic_start a gold1 2 600 && sleep 3
done
try "it is found out that the port counts guests" \
    wait_for "the log" grep -q "counters include the traffic of its VFs, which is subtracted" "$RUN/agent-a.log"
new_reports a
try "and they are taken off" own a 0 25
host_sends bridge 100
new_reports a
try "what the host sends beside them is told" wait_for "about 100 Mbit/s" own a 70 130
netns_stop "$RUN/a/host.pid"
traffic_stop a gold1
stop_pid "$AGENT_PID"

ip -n "$(switch_ns a)" addr del "$own_address/16" dev bridge
ip -n "$(switch_ns a)" link add pf0 type veth peer name pf0_port
ip -n "$(switch_ns a)" link set pf0_port master bridge up
ip -n "$(switch_ns a)" link set pf0 up
agent b pf0
host_sends pf0 60
try "what a device of the host's counts while the guests are idle is the host's" \
    wait_for "about 60 Mbit/s" own b 50 70
traffic_start a gold1 2 600
traffic_start a gold2 2 600
try "it is found out that it does not count guests" \
    wait_for "the log" grep -q "counters show only the traffic of the host itself" "$RUN/agent-b.log"
new_reports b
try "so the host's traffic is known beside theirs" own b 50 70
# Not every poll: a report does not wait for a PF that is read late, as on a busy machine.
most_polls() { [ "$(said b | grep -c "^report [0-9]")" -ge 30 ]; }
try "as of most polls" wait_for "a PF that is read in time" most_polls
netns_stop "$RUN/a/host.pid"
try "and that it ended" wait_for "nothing" own b 0 2
cases_done
