#!/usr/bin/env bash
# Tests a guest whose nic is the port of a bridge: the port is measured and limited, and not the
# bridge, which has its address. Guest agents are real; they report no counters for a port without
# an IP address.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

# bridge_up GUEST: makes its eth0 the port of br0, which gets its addresses.
bridge_up() {
    local ns address
    ns=$(guest_ns a "$1")
    address=$(guest_address a "$1")
    ip -n "$ns" link add br0 address "$(guest_mac a "$1")" type bridge forward_delay 0
    ip -n "$ns" addr del "$address/16" dev eth0
    ip -n "$ns" link set eth0 master br0
    ip -n "$ns" addr add "$address/16" dev br0
    ip -n "$ns" link set br0 up
}

# root_qdisc GUEST INTERFACE: prints the root qdisc.
root_qdisc() { guest_exec_ns a "$1" tc qdisc show dev "$2" root; }
has_our_limit() { root_qdisc "$1" "$2" | any_line 'htb da05:'; }

netns_host_up a 200mbit
netns_guest_up a gold 1
netns_guest_up a plain 2
netns_guest_up a mute 3 -b guest-exec
bridge_up plain
bridge_up mute
controller_start
agent_start a up0 200Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"

try "g2: the port of a bridge is well" wait_for "plain" vm_is a plain state '. == "ok"'
traffic_start a plain 4 60
try "g2: what it sends is measured" wait_for "usage" vm_is a plain usage_bps '. != null and . > 50000000'

ambiguous="several guest interfaces have this address and cannot be told apart"
try "g2: where nothing tells them apart that is said" wait_for "mute" \
    vm_is a mute reason ". == \"$ambiguous\""
try "g2: it cannot be limited, and is not accused" vm_is a mute state '. == "unmanaged"'

# stays_free GUEST: checks twenty times, over several polls, that it has no limit.
stays_free() {
    local i
    for ((i = 0; i < 20; i++)); do
        vm_is a "$1" limit_bps '. == null' || return 1
    done
}
ctl set-sla a mute 150Mbit
remedy_told() { (ctl problems a || true) | any_line "allow guest-exec"; } # it exits with 4
try "g2: a remedy is told" wait_for "the problem" remedy_told
try "g5: a guarantee that nobody can measure holds nothing back" stays_free plain
ctl unset-sla a mute

ctl set-sla a gold 150Mbit
traffic_start a gold 1 60
try "g2: the limit is set on the port" wait_for "a limit on eth0" has_our_limit plain eth0
try "g2: and not on the bridge" eval '! has_our_limit plain br0'
try "g2: the guarantee holds against it" wait_for "gold" vm_is a gold usage_bps '. != null and . > 130000000'

guest_exec_ns a plain ip link del br0
guest_exec_ns a plain ip addr add "$(guest_address a plain)/16" dev eth0
traffic_start a plain 4 60
try "g2: without the bridge it is measured as before" wait_for "usage" \
    eval 'vm_is a plain state ". == \"ok\" or . == \"capped\"" &&
        vm_is a plain usage_bps ". != null and . > 10000000"'
cases_done
