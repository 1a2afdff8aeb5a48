#!/usr/bin/env bash
# Tests two guarantees that are used in turn, one by a VM with two nics that share its load, on real
# TCP: each VM gets what it wants, and the others get the rest.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/varying.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

MBIT=${MBIT:-300} FOR_S=${FOR_S:-12}
netns_host_up a "${MBIT}mbit"
netns_guest_up a gold 1
netns_guest_nic a gold 101
netns_guest_up a silver 2
netns_guest_up a plain 3
controller_start
# The uplink's shaper does not count the overhead of frames: its rate is 1538 / 1514 of a port's.
agent_start a up0 "$((MBIT * 1538 / 1514))Mbit" "source = sockets" "socket_glob = $RUN/a/*.qga"
wait_for "all nics" vms_seen a 4
varying_sink a
percent() { printf '%s' "$((MBIT * $1 / 100))"; }

# together NAME SECONDS: gold wants 33 % of the uplink, on one nic for a second and a half and then
# on the other; silver wants 28 %, for two seconds of four. Sets USED to what the uplink carried, in
# Mbit/s.
together() {
    local senders=()
    varying_start a gold "$1-first" "pulse:0:$(percent 33):3" "$2"
    senders+=("$VARYING")
    varying_start a gold "$1-second" "rest:0:$(percent 33):3" "$2" eth1
    senders+=("$VARYING")
    varying_start a silver "$1-silver" "pulse:0:$(percent 28):4" "$2"
    senders+=("$VARYING")
    sleep 1
    USED=$(uplink_mbps a $(($2 - 2)))
    wait "${senders[@]}"
    jq -s '{wanted: map(.wanted) | add, sent: map(.sent) | add}' "$RUN/$1-first.json" "$RUN/$1-second.json" \
        >"$RUN/$1-gold.json"
    say "$1: $USED Mbit/s in all; gold sent $(varying_percent "$1-gold") %, silver $(varying_percent "$1-silver") % of what it wanted"
}
traffic_start a plain 12 600
sleep 2 # until TCP has found its balance
together uncontrolled 8
uncontrolled=$USED
ctl set-sla a gold "$(percent 35)Mbit"
ctl set-sla a silver "$(percent 30)Mbit"
limited() { vm_is a plain limit_bps '. != null'; }
# Control starts when they want more than they get, and ends while neither is in use: the limit that
# was seen once may be gone a moment later.
was_limited=no
for _ in $(seq 10); do
    if limited; then
        was_limited=yes
        break
    fi
    together before 6
done
try "the VM that fills the link is limited" test "$was_limited" = yes
together kept "$FOR_S"
try "a VM whose load moves between its nics sends what it wants" at_least "$(varying_percent kept-gold)" 95
try "and so does one that comes and goes beside it" at_least "$(varying_percent kept-silver)" 95
try "the link stays in use" at_least "$USED" "$((uncontrolled * 80 / 100))"
try "without control neither would" eval 'at_most "$(varying_percent uncontrolled-gold)" 85 &&
    at_most "$(varying_percent uncontrolled-silver)" 85'
cases_done
