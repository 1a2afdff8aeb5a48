#!/usr/bin/env bash
# Tests an uplink whose section uses an alternative name of its interface, longer than the kernel
# allows for its own name: it is found when the interface appears, and is still found after the
# interface is renamed. The link is a tap in a namespace of this test, whose speed can be set.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

DAQS_NETNS=dq$$-link
ip netns add "$DAQS_NETNS"
on_exit ip netns del "$DAQS_NETNS"
ip -n "$DAQS_NETNS" link set lo up
name=port-0-of-the-storage-network
log=$RUN/agent-a.log

# speed TAP MBIT: sets the speed of a tap.
speed() { ip netns exec "$DAQS_NETNS" python3 "$TOP/tests/lib/tap_speed.py" "$1" "$2"; }
capacity_is() { ctl -o json hosts | jq -e --argjson c "$1" '.[0].capacity_bps == $c' >/dev/null; }

netns_host_up a 500mbit
netns_guest_up a plain 1
controller_start
agent_start a $name "" "source = sockets" "socket_glob = $RUN/a/*.qga"
try "n6: an agent without its uplink finds its guests" wait_for "a guest" vms_seen a 1
try "n6: that nothing has the name is in its log" \
    grep -q "uplink $name: this machine has no network interface with the name or alternative name $name;" "$log"
check_config() { ip netns exec "$DAQS_NETNS" "$DAQS_BIN/daqs-agentd" --check-config --config "$RUN/$1.conf"; }
try "n6: and said by --check-config" \
    says 1 "uplink $name: the link's speed is not known" check_config agentd-a
sed 's/^nics = all/nics = hostdev/' "$RUN/agentd-a.conf" >"$RUN/hostdev.conf"
try "n6: of VFs, too" says 1 "$name: this machine has no such network interface, by its name or an alternative one" \
    check_config hostdev

ip -n "$DAQS_NETNS" tuntap add nic mode tap
ip -n "$DAQS_NETNS" link property add dev nic altname $name
speed nic 10000
ip -n "$DAQS_NETNS" link set nic up
try "n6: an interface that appears is the uplink" wait_for "10 Gbit/s" capacity_is 10000000000
try "n6: which is in the log" grep -q "uplink $name is another name of nic\$" "$log"
try "n6: and no problem" says 0 "the configuration is valid" check_config agentd-a
printf '[uplink nic]\n' >>"$RUN/hostdev.conf"
try "n6: one interface is one uplink" says 1 "uplinks $name and nic have the same network interface" check_config hostdev
printf '[uplink both]\ncapacity = 10G\npfs = nic, %s\nnics = all\n' "$name" |
    cat <(sed '/^\[uplink/,$d' "$RUN/agentd-a.conf") - >"$RUN/twice.conf"
try "n6: and is one of its physical functions" says 1 "uplink both: nic and $name are the same network interface" \
    check_config twice

ip -n "$DAQS_NETNS" link set nic down
ip -n "$DAQS_NETNS" link set nic name nic9
speed nic9 25000
ip -n "$DAQS_NETNS" link set nic9 up
try "n6: one that is renamed stays the uplink" wait_for "25 Gbit/s" capacity_is 25000000000
cases_done
