#!/usr/bin/env bash
# Tests that the host's own traffic reduces best effort, not a guarantee, on a port that serves its
# queues in turn and counts the traffic of the physical function.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/varying.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/port_rig.sh"
. "$TOP/tests/lib/cases.sh"
need_root

port_up a 300000000 2 4
port_guest_up a gold 1
port_guest_up a noisy 2
port_pf_up a
controller_start
port_agent_start a 300Mbit
wait_for "both nics" vms_seen a 2
varying_sink a
port_traffic a noisy 8

# gold_beside_host NAME: lets gold send 90 of its 150 Mbit/s, and the host 90 from the fourth second
# on.
gold_beside_host() {
    local gold
    varying_start a gold "$1" flat:0:90:1 12
    gold=$VARYING
    sleep 4
    varying_start a pf "$1-host" flat:0:90:1 6
    wait "$VARYING"
    wait "$gold"
    say "$1: gold sent $(varying_percent "$1") % of what it wanted, the host $(varying_percent "$1-host") %"
}
gold_beside_host without
try "without a guarantee gold does not get what it wants" at_most "$(varying_percent without)" 95
ctl set-sla a gold 150Mbit
gold_beside_host with
try "with it gold does, though the host sends" at_least "$(varying_percent with)" 97
# Prints the most seconds in a row with less than 95 %: the one in which the host starts, and part
# of the next.
missed() {
    jq '[.seconds[] | .[1] < 0.95 * .[0]] | reduce .[] as $m ({n: 0, most: 0};
        if $m then {n: (.n + 1), most: ([.most, .n + 1] | max)} else .n = 0 end) | .most' "$RUN/with.json"
}
try "and misses no two seconds in a row" at_most "$(missed)" 1
cases_done
