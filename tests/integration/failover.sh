#!/usr/bin/env bash
# Tests a guest with a VF on each of two uplinks, of which one carries its traffic, as under an
# active-backup bond: the standby leg reserves nothing, and when it takes over, the guarantee is on
# its uplink within two polls (FIELD.md G2). The legs are switched by hand, because the kernel may
# lack bonding.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/varying.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

# second_leg: creates gold's eth1, on the switch of "b", which is the second port of its host.
second_leg() {
    netns_number b
    ip link add eth1 netns "$(guest_ns a gold)" address "$(netns_mac 1)" type veth \
        peer name vm1 netns "$(switch_ns b)"
    ip -n "$(switch_ns b)" link set vm1 master bridge up
    ip -n "$(guest_ns a gold)" addr add "$(netns_address 1)/16" dev eth1
    ip -n "$(guest_ns a gold)" link set eth1 up
}

for port in a b; do
    netns_host_up $port 200mbit
    netns_guest_up $port "plain-$port" 2
    varying_sink $port
done
netns_guest_up a gold 1
second_leg
controller_start
AGENT_LINES=$'poll_interval = 1s\npoll_interval_idle = 1s'
agent_start a up-b 200Mbit "source = sockets" "socket_glob = $RUN/[ab]/*.qga" \
    "[uplink up-a]" "capacity = 200Mbit" "nics = 52:54:00:01"
wait_for "all nics" vms_seen a 4

# active PORT: lets gold send 150 Mbit/s, by this port only.
SENDER=''
active() {
    rest
    ip netns exec "$(guest_ns a gold)" python3 "$TOP/tests/lib/varying_sender.py" \
        "$(sink_address "$1")" $VARYING_PORT flat:0:150:1 600 >"$RUN/gold-$1.log" 2>&1 &
    SENDER=$!
}
rest() {
    [ -z "$SENDER" ] || stop_pid "$SENDER"
    SENDER=''
}
on_exit rest

# leg PORT: prints the address of gold's VF there.
leg() { netns_number "$1" && netns_mac 1; }
# leg_is PORT FIELD TEST: checks a field of gold's VF there.
leg_is() {
    ctl -o json vms a | jq -e --arg nic "$(leg "$1")" --arg f "$2" \
        "map(select(.nic == \$nic)) | length == 1 and (.[0][\$f] | $3)" >/dev/null
}
carries() { leg_is "$1" usage_bps '. > 142500000'; }
# past VM NIC TEST: checks the history of a nic, one row per poll.
past() {
    ctl -o json history a "$1" --since 10m --step 1s |
        jq -e --arg nic "$2" "map(select(.nic == \$nic)) | $3" >/dev/null
}

for port in a b; do traffic_start $port "plain-$port" 8 600; done
both_full() { vm_is a plain-a usage_bps '. > 150e6' && vm_is a plain-b usage_bps '. > 150e6'; }
wait_for "both ports are full" both_full
ctl set-sla a gold 150Mbit >/dev/null
active a
try "g2: the leg that is active has its guarantee" wait_for "gold" carries a
try "g2: the leg that stands by is measured" leg_is b usage_bps '. != null and . < 1000000'
try "g2: and well" leg_is b state '. == "ok"'
unlimited() { past plain-b "$(netns_number b && netns_mac 2)" 'length > 3 and all(.limit_bps == null)'; }
polls() { ctl -o json history a gold --step 1s | jq length; } # of both legs
before=$(polls)
four_polls_later() { [ "$(polls)" -ge $((before + 8)) ]; }
wait_for "four more polls" four_polls_later
try "g2: and holds nothing back" unlimited

active b
try "g2: the leg that takes over has its guarantee" wait_for "gold" carries b
within_two() {
    past gold "$(leg b)" 'map(.usage_bps // 0) | map(. > 1e6) as $some | map(. > 142.5e6) as $all
        | ($all | index(true)) - ($some | index(true)) <= 2'
}
try "g2: within two polls" wait_for "the history" within_two
try "g2: the other no longer limits anything" wait_for "plain-a" vm_is a plain-a usage_bps '. > 170e6'
try "g2: nor does that limit who is beside it now" vm_limited a plain-b

ctl set-sla a gold 0 --max 60Mbit >/dev/null
has_our_limit() { guest_exec_ns a gold tc qdisc show dev "$1" root | any_line 'htb da05:'; }
both_limited() { has_our_limit eth0 && has_our_limit eth1; }
try "g2: each leg is limited" wait_for "limits" both_limited
cases_done
