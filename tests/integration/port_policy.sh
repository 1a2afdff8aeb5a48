#!/usr/bin/env bash
# Tests a guarantee on a port that pushes back, against traffic that bypasses the limits there: the
# host's own traffic, and frames so small that the port's overhead per frame matters. Rates here are
# on the wire.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/port_rig.sh"
. "$TOP/tests/lib/cases.sh"
need_root

port_up a 500000000 2 4
port_guest_up a gold 1
port_guest_up a noisy 2
port_pf_up a
controller_start
port_agent_start a 500Mbit
wait_for "both nics" vms_seen a 2

# --- the host's own traffic ---

# The five queues that noisy and the host use here, and gold's one, get a sixth each. The host
# cannot be limited: if best effort yields, gold and the host share the port.
port_traffic a gold 1
port_traffic a noisy 8
port_traffic a pf 1
try "without an SLA each queue has a sixth" port_holds a '.vf[1] | near(500 / 6; 1)'
ctl set-sla a gold 200Mbit >/dev/null
try "best effort yields to a guarantee beside the host's own traffic" \
    port_holds a '(.vf[1] | above(212)) and (.tx | above(0.97 * 500))' 5
traffic_stop a pf
try "and has what the host leaves when it stops" \
    port_holds a '(.vf[1] | above(212)) and (.vf[2] | above(100)) and (.tx | above(0.97 * 500))' 2
stop_pid "$AGENT_PID"
wait_for "the agent has stopped" eval '! kill -0 "$AGENT_PID"'

# --- small frames ---

traffic_stop a noisy
port_set a port 60Mbit
port_agent_start a 60Mbit
ctl set-sla a gold 30Mbit >/dev/null
# TCP in segments of 88 bytes: frames of 154, and of 178 on the wire.
netns_server_start a noisy
start small ip netns exec "$(guest_ns a noisy)" iperf3 -c "$(sink_address a)" -p 5202 -P 8 -M 88 -t 600 -i 0 -C cubic
try "n12: small frames take nothing of a guarantee" \
    port_holds a '(.vf[1] | above(31.8)) and (.tx | above(0.95 * 60))' 5
ctl unset-sla a gold >/dev/null
try "n12: which without an SLA they do" port_holds a '.vf[1] | . < 25'
cases_done
