#!/usr/bin/env bash
# Tests a guaranteed VM whose demand rises and falls, on real TCP: it gets what it wants within its
# guarantee, and the others get all the rest, while it varies and afterwards.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/varying.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

# The figures in docs/policy.md were measured with this default, which a busy machine can carry too.
MBIT=${MBIT:-300} VARIES_S=${VARIES_S:-12} AFTER_S=${AFTER_S:-9} SETTLES_S=6
netns_host_up a "${MBIT}mbit"
netns_guest_up a gold 1
netns_guest_up a plain 2
controller_start
# The uplink's shaper does not count the overhead of frames: its rate is 1538 / 1514 of a port's.
agent_start a up0 "$((MBIT * 1538 / 1514))Mbit" "source = sockets" "socket_glob = $RUN/a/*.qga"
wait_for "both nics" vms_seen a 2

varying_sink a
share() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f\n", 100 * a / b }'; }

# percents LOW HIGH: prints percentages of the uplink in the form of a shape.
percents() { printf '%s:%s' "$((MBIT * $1 / 100))" "$((MBIT * $2 / 100))"; }

traffic_start a plain 8 600
varying_start a gold base "saw:$(percents 1 39):2" 8
sleep 2 # until TCP has found its balance
base=$(uplink_mbps a 5)
wait "$VARYING"
say "uncontrolled: $base Mbit/s in all, gold sent $(varying_percent base) % of what it wanted"
ctl set-sla a gold "$((MBIT * 40 / 100))Mbit"

# varies NAME SHAPE: sets USED (percent of the uncontrolled total), AFTER (the same, six seconds
# after the demand has become steady) and GOLD_HAD (percent of what it wanted).
varies() {
    varying_start a gold "$1" "$2" "$VARIES_S"
    sleep 1
    USED=$(share "$(uplink_mbps a $((VARIES_S - 2)))" "$base")
    wait "$VARYING"
    varying_start a gold "$1-after" "flat:$(percents 0 30):1" "$AFTER_S"
    sleep "$SETTLES_S"
    AFTER=$(share "$(uplink_mbps a $((AFTER_S - SETTLES_S - 1)))" "$base")
    wait "$VARYING"
    GOLD_HAD=$(varying_percent "$1")
    say "$1: $USED % of the uncontrolled total, $AFTER % after; gold sent $GOLD_HAD % of what it wanted"
}
for shape in "saw:$(percents 1 39):2" "sine:$(percents 2 38):7" "web:$(percents 4 39):0.3"; do
    name=${shape%%:*}
    varies "$name" "$shape"
    # 89 to 95 on an idle machine (docs/policy.md); 79.9 was seen next to a load of 14. The previous
    # policy had 12 to 26.
    try "$name: the link stays in use while the demand varies" at_least "$USED" 70
    # Headroom takes 1 %, the reserve for gold to rise takes 2 %, and the uplink's queue of 1 ms
    # drops 1 to 2 % of what arrives in large segments. 95 to 97 was seen at 1 Gbit/s, 91.6 once
    # with one processor and a load of 4 next to it. A policy that keeps throttling had 39.
    try "$name: and is in use six seconds after" at_least "$AFTER" 85
    # 97 is the minimum on a machine that is not busy (docs/policy.md). One stall of the machine
    # takes several percent of these few seconds: 95.7 was seen at a load of 10. Without control it
    # has 50.
    try "$name: the guaranteed VM sends what it wants" at_least "$GOLD_HAD" 90
done
try "without control it would not" at_most "$(varying_percent base)" 95
cases_done
