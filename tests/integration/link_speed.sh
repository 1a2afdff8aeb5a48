#!/usr/bin/env bash
# Tests an uplink without a configured capacity: its capacity is the speed of its link, and follows
# it: unknown at first, then known, changed, down. The link is a tap in a namespace of this test,
# whose speed can be set as that of a NIC (ETHTOOL_SSET), and whose cable can be pulled.
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
ip -n "$DAQS_NETNS" tuntap add nic mode tap
# cable up|down: whether the link has a carrier.
cable() { echo "$1" >"$RUN/cable"; }
cable up
start cable ip netns exec "$DAQS_NETNS" python3 "$TOP/tests/lib/tap_link.py" nic "$RUN/cable"
link() { ip -n "$DAQS_NETNS" link set nic "$1"; }
# speed MBIT: sets the speed of the link.
speed() { ip netns exec "$DAQS_NETNS" python3 "$TOP/tests/lib/tap_speed.py" nic "$1"; }
capacity_is() { ctl -o json hosts | jq -e --argjson c "$1" '.[0].capacity_bps == $c' >/dev/null; }
limit_is() { vm_is a plain limit_bps "$1"; }

netns_host_up a 500mbit
netns_guest_up a gold 1
netns_guest_up a plain 2
controller_start
agent_start a nic "" "source = sockets" "socket_glob = $RUN/a/*.qga"
try "an agent whose uplink is down at its start finds its guests" wait_for "guests" vms_seen a 2
ctl set-sla a gold 2Mbit
try "it says that the speed is not known" grep -q "nic: the link's speed is not known" "$RUN/agent-a.log"
try "so does --check-config" \
    eval '! ip netns exec "$DAQS_NETNS" "$DAQS_BIN/daqs-agentd" --check-config --config "$RUN/agentd-a.conf"'
traffic_start a gold 2 600
try "and explain" wait_for "the reason" eval 'ctl explain a plain | any_line "speed of the uplink is not known"'
try "nobody is limited then" limit_is '. == null'

speed 10000
link up
try "a link that comes up gives its speed" wait_for "10 Gbit/s" capacity_is 10000000000
# Plain gets what gold's demand (about half a gigabit) and the headroom leave. It is idle: half of
# what the guarantee leaves is its allowance for bursts.
try "and limits begin" wait_for "plain limited" limit_is '. > 4e9 and . < 5e9'
speed 25000
try "a speed that changes is followed" wait_for "25 Gbit/s" capacity_is 25000000000
try "and so are limits" wait_for "plain limited" limit_is '. > 10e9'
explains() { ctl explain a plain | any_line "$1"; }
limit=$(vm_field a plain limit_bps)
cable down
try "a link without a carrier is the reason" wait_for "the reason" explains "the link of the uplink is down"
try "and limits stay as they are" limit_is ". == $limit"
cable up
try "until it has one again" wait_for "the reason" explains "yields to gold"
link down
sleep 3 # until the speed has been read three times
try "a link that goes down keeps its last speed" capacity_is 25000000000
cases_done
