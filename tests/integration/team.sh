#!/usr/bin/env bash
# Tests a guest whose two VFs have the same address in it, as the ports of a team, where the host
# does not know the guest's PCI addresses: ports and VFs are matched by counters that move together
# (FIELD.md G2). On a port that counts per VF; the ports are switched by hand, because the kernel
# may lack the team driver.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/port_rig.sh"
. "$TOP/tests/lib/cases.sh"
need_root

mkdir "$RUN/qemu"
# qemu GUEST MAC...: sets its nics, by QEMU's arguments.
qemu() {
    local mac devices=()
    for mac in "${@:2}"; do devices+=(-device "virtio-net-pci,netdev=n0,mac=$mac"); done
    start "qemu-$1" python3 "$TOP/tests/lib/qga_proxy.py" "$RUN/qemu/$1.qga" "$RUN/a/$1.qga" "$RUN/$1.executed" \
        -chardev "socket,path=$RUN/qemu/$1.qga,server=on,wait=off,id=qga0" "${devices[@]}"
    wait_for "the socket of $1" test -S "$RUN/qemu/$1.qga"
}
gold() { guest_exec_ns a gold "$@"; }

port_up a 500000000 4 2
port_guest_up a gold 1
port_guest_up a noisy 3
port_guest_up a mute 4 -b guest-exec
first=$(guest_mac a gold)
second=$(netns_number a && netns_mac 2)
ip -n "$(switch_ns a)" link set free2 down netns "$(guest_ns a gold)" name eth1
port_set a mac 2 "$second"
gold sysctl -qw net.ipv4.conf.all.arp_ignore=1
gold ip link set eth1 address "$first" up
# The port of a bridge, in a guest that does not report the kind of its interfaces.
mute() { guest_exec_ns a mute "$@"; }
mute ip link add br0 address "$(guest_mac a mute)" type bridge forward_delay 0
mute ip addr del "$(guest_address a mute)/16" dev eth0
mute ip link set eth0 master br0
mute ip addr add "$(guest_address a mute)/16" dev br0
mute ip addr add 10.97.0.1/32 dev eth0 # otherwise its agent reports no counters for it
mute ip link set br0 up
qemu gold "$first" "$second"
qemu noisy "$(guest_mac a noisy)"
qemu mute "$(guest_mac a mute)"

# nic_is NIC FIELD TEST: checks a field of a nic.
nic_is() {
    ctl -o json vms a | jq -e --arg nic "$1" --arg f "$2" \
        "map(select(.nic == \$nic)) | length == 1 and (.[0][\$f] | $3)" >/dev/null
}
well() { nic_is "$1" state '. == "ok" or . == "capped"'; }
both_well() { well "$first" && well "$second"; }
ambiguous='test("several guest interfaces have this address")'

controller_start
DAQS_PORT_CONTROL=$RUN/a/port AGENT_PROGRAM=../tests/daqs-agentd-port UPLINK_LINES="enforce = guest" \
    agent_start a lo 500Mbit "source = sockets" "socket_glob = $RUN/qemu/*.qga"
open() { nic_is "$first" reason "$ambiguous" && nic_is "$second" reason "$ambiguous"; }
try "g2: while neither port sends they are not told apart" wait_for "gold" open
port_traffic a noisy 8
port_traffic a mute 1
port_traffic a gold 1
try "g2: nor touched" eval '! grep -q tc "$RUN/gold.executed"'
try "g2: its VF tells what it sends meanwhile" wait_for "usage" nic_is "$first" usage_bps '. != null and . > 10e6'
try "g2: the port that moves with its VF is known, and so is the other" wait_for "both" both_well
bridge_is_open() { nic_is "$(guest_mac a mute)" reason "$ambiguous"; }
try "g2: a bridge and its port stay open" bridge_is_open

ctl set-sla a gold 220Mbit >/dev/null
try "g2: the guarantee holds on this port" port_holds a '.vf[1] | above(220)'
gold ip addr del "$(guest_address a gold)/16" dev eth0
gold ip addr add "$(guest_address a gold)/16" dev eth1
try "g2: and on the other when that takes over" port_holds a '.vf[2] | above(220)'
try "g2: which is the second VF" nic_is "$second" usage_bps ". > 180e6"

ctl set-sla a gold 0 --max 100Mbit >/dev/null
limited() { gold tc qdisc show dev "$1" root | any_line 'htb da05:'; }
try "g2: its limit is set there" wait_for "a limit on eth1" limited eth1
try "g2: and holds" wait_for "100 Mbit/s" nic_is "$second" usage_bps ". < 115e6"
try "g2: nobody is accused" eval '! grep -q tampered "$RUN/agent-a.log"'
try "g2: the bridge and its port are still open" bridge_is_open
cases_done
