#!/usr/bin/env bash
# Tests an uplink that carries less than its configured capacity: this is detected from the unsent
# bytes of a guaranteed VM's sockets, on real TCP and with a real guest agent, and reported with the
# value to set.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/varying.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

netns_host_up a 150mbit
netns_guest_up a gold 1
netns_guest_up a plain 2
netns_guest_up a idle1 3 # with idle guests, the bound of best effort leaves gold enough
netns_guest_up a idle2 4
controller_start
agent_start a up0 250Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"
wait_for "the nics" vms_seen a 4
varying_sink a
traffic_start a plain 8 600

# gold_sends NAME: sends 68 Mbit/s, which is less than its guarantee and more than a ninth of 150.
gold_sends() {
    varying_start a gold "$1" flat:0:68:1 8
    wait "$VARYING"
    say "$1: gold sent $(varying_percent "$1") % of what it wanted"
}
told() { ctl events a --since 10m | any_line " $1 "; }
explained() { ctl explain a gold | any_line "of 250Mbit get through behind the port of up0"; }

gold_sends without
try "without a guarantee gold does not get what it wants" at_most "$(varying_percent without)" 80
ctl set-sla a gold 70Mbit
traffic_start a gold 1 600
try "the bottleneck is found and told" wait_for "an event" told bottleneck
try "explain says how much gets through" wait_for "that" explained
traffic_stop a gold
gold_sends found
try "with what was found gold gets it" at_least "$(varying_percent found)" 95
cases_done
