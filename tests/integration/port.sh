#!/usr/bin/env bash
# Tests a port that serves the queues of its VFs in turn and pushes back: the rig must behave as
# documented, and a guarantee must hold on it. Rates here are on the wire, with 24 bytes per frame
# for preamble, FCS and gap.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/port_rig.sh"
. "$TOP/tests/lib/cases.sh"
need_root

port_up a 500000000 3 4
port_guest_up a gold 1
port_guest_up a noisy 2
port_guest_up a idle 3
port_pf_up a

# netdev_counts GUEST..., shown_counts VF...: print the counters of guests' devices, and those that
# the driver shows.
netdev_counts() {
    local guest
    for guest in "$@"; do
        guest_exec_ns a "$guest" sh -c 'cd /sys/class/net/eth0/statistics && cat tx_bytes tx_packets rx_bytes rx_packets'
    done | jq -cs '[range(0; length; 4) as $i | .[$i:$i + 4]
        | {tx_bytes: .[0], tx_frames: .[1], rx_bytes: .[2], rx_frames: .[3]}]'
}
shown_counts() { port a stats | jq -c '[.vf[$ARGS.positional[] | tonumber]]' --args "$@"; }
# read_both: reads both at one time, as the base of counts_agree.
read_both() {
    NETDEV=$(netdev_counts gold pf)
    SHOWN=$(shown_counts 1 0)
    [ "$(netdev_counts gold pf)" = "$NETDEV" ]
}
wait_for "quiet" read_both

# --- shares ---

port_traffic a gold 1
port_traffic a noisy 8
try "the port's speed is held within 1 %" port_holds a '.tx | near(500; 1)'
try "one flow against eight on four queues gets 1/5, each queue the same" \
    port_holds a '(.vf[1] | near(100; 1)) and (.queue[2] | all(near(100; 1)))'
port_set a fair vf
try "a port that is fair by VF gives each a half" \
    port_holds a '(.vf[1] | near(250; 1)) and (.vf[2] | near(250; 1))'
port_set a fair queue

# --- rates of VFs ---

port_set a vf 2 150Mbit
try "a VF's rate is exact to 1 %, and the other VF gets the rest" \
    port_holds a '(.vf[2] | near(150; 1)) and (.vf[1] | near(350; 1))'
port_set a vf 2 20Mbit
try "so is a low rate" port_holds a '(.vf[2] | near(20; 1)) and (.vf[1] | near(480; 1))'
port_set a vf 2 0
try "without rates shares follow queues again" port_holds a '.vf[1] | near(100; 1)'

# --- the host's own traffic ---

port_traffic a pf 1
try "the physical function's own traffic takes the share of a queue" \
    port_holds a '.vf | (.[0] | near(500 / 6; 1)) and (.[1] | near(500 / 6; 1))'
# The agent reports bytes without preamble, FCS and gap: 1514 of 1538.
DAQS_INSECURE=yes
start tap "${DAQS_BIN%/bin}/tests/bus_tap" "tcp://127.0.0.1:$DAQS_PORT" 1000000
tap=$STARTED
port_agent_start a 500Mbit
# told OWN PORT: checks the Mbit/s in the latest reports, within 3 %.
told() {
    tail -n 30 "$RUN/tap.log" | awk -v own="$1" -v port="$2" '
        function near(a, b) { return a > b * 0.97 && a < b * 1.03 }
        $1 == "report" { split($2, v, ":"); if (v[1] > 0 && v[2] > 0) { o += v[1]; p += v[2]; n++ } }
        END { exit !(n > 10 && near(o / n, own) && near(p / n, port)) }'
}
try "n10: the agent tells the physical function's own traffic and the port's" wait_for "both" told 82.0 492.2
stop_pid "$AGENT_PID"
stop_pid "$tap"
unset DAQS_INSECURE
traffic_stop a pf

# --- driver profiles ---

# driver NAME=VALUE...: configures the driver.
driver() {
    local setting
    for setting in "$@"; do port_set a driver "${setting%=*}" "${setting#*=}"; done
}
shown_mbit() { port a stats | jq -e --argjson vf "$1" ".vf[\$vf].rate_mbit == $2" >/dev/null; }
in_force_bps() { port a truth | jq -e --argjson vf "$1" ".vf[\$vf].bps == $2" >/dev/null; }
driver least=50 below=raise step=50 readback=asked
port_set a set 2 120
try "a driver with steps reads back the rate asked for" shown_mbit 2 120
try "and enforces a multiple of the step" port_holds a '.vf[2] | near(100; 1)'
port_set a set 2 20
try "a rate below the least is raised to it" in_force_bps 2 50000000
driver readback=set below=refuse
port_set a set 2 120
try "another driver reads back the rate set" shown_mbit 2 100
try "and refuses a rate below its least" says 1 'refused: below 50' port a set 2 20
try "a refused rate leaves the old one in force" in_force_bps 2 100000000
try "a rate above the speed is refused" says 1 'refused: above' port a set 2 501
driver speed=clear
port_set a port 400Mbit
try "a change of the speed clears the rates" eval 'in_force_bps 2 0 && shown_mbit 2 0'
try "the port has the new speed" port_holds a '(.tx | near(400; 1)) and (.vf[1] | near(80; 1))'

# --- the next user of a VF ---

port_set a set 3 100
port_guest_down a idle
port_guest_up a idle 3
try "a VF's rate outlives its guest" in_force_bps 3 100000000
port_set a set 3 0

# --- link down ---

driver down=refuse speed=keep step=0 least=0
port_set a set 2 100
port_set a link down
try "a link that is down carries nothing" port_holds a '.tx == 0'
try "and has no speed" eval 'port a stats | jq -e ".speed_mbit == 0" >/dev/null'
try "a rate is refused while the link is down" says 1 'refused: the link is down' port a set 2 200
try "clearing a rate is not" says 0 ok port a set 2 0
port_set a link up
try "a link that comes up carries traffic again" port_holds a '.tx | near(400; 1)'
port_set a port 500Mbit

# --- counters ---

counters_stand_still() {
    local before
    before=$(port a stats)
    sleep 1
    [ "$(port a stats)" = "$before" ]
}
counters_moved() { [ "$(port a stats)" != "$BEFORE" ]; }
port_set a refresh 3600000
try "counters that the driver does not refresh stand still" counters_stand_still
BEFORE=$(port a stats)
port_set a refresh 300
try "and move once the refresh interval is over" wait_for "counters" counters_moved
port_set a refresh 0

traffic_stop a gold
traffic_stop a noisy
wait_for "quiet" counters_stand_still
# Counted from read_both. The tx_bytes of a veth device whose peer uses NAPI lack the Ethernet
# header, 14 bytes per frame; its rx_bytes include it.
counts_agree() {
    jq -en --argjson n0 "$NETDEV" --argjson n "$(netdev_counts gold pf)" --argjson s0 "$SHOWN" \
        --argjson s "$(shown_counts 1 0)" '
        [$n0, $n, $s0, $s] | transpose | all(. as [$a, $b, $c, $d]
            | ($b.tx_frames - $a.tx_frames) as $frames
            | $frames > 1000 and $d.tx_frames - $c.tx_frames == $frames
              and $d.tx_bytes - $c.tx_bytes == $b.tx_bytes - $a.tx_bytes + 14 * $frames
              and $d.rx_bytes - $c.rx_bytes == $b.rx_bytes - $a.rx_bytes
              and $d.rx_frames - $c.rx_frames == $b.rx_frames - $a.rx_frames)' >/dev/null
}
try "counters of VFs and of the physical function agree with their devices" \
    wait_for "the same" counts_agree
port_is_sum() {
    port a stats | jq -e '. as $s | all("tx_bytes", "tx_frames", "tx_wire"; . as $k | $s[$k] == ($s.vf | map(.[$k]) | add))' >/dev/null
}
try "the port's counters are the sum of its VFs'" port_is_sum
wire_counted() { # more, because of the few frames below the minimum size
    port a stats | jq -e '(.tx_wire - (.tx_bytes + 24 * .tx_frames)) | . >= 0 and . < 100000' >/dev/null
}
try "the wire carries 24 bytes a frame more" wire_counted

# --- from the wire ---

netns_server_start a gold
port_set a rx 100Mbit
start reverse ip netns exec "$(guest_ns a gold)" iperf3 -c "$(sink_address a)" -p 5201 -R -P 4 -t 3600 -C cubic
reverse=$STARTED
try "the receive side has a speed of its own" port_holds a '.rx | near(100; 1)'
stop_pid "$reverse"
port_set a rx 500Mbit

# --- from VF to VF ---

start local-server ip netns exec "$(guest_ns a noisy)" iperf3 -s -p 5300 --forceflush
wait_for "iperf3 server" grep -q '^Server listening' "$RUN/local-server.log"
port_set a vf 1 100Mbit
start local ip netns exec "$(guest_ns a gold)" iperf3 -c "$(guest_address a noisy)" -p 5300 -t 3600 -C cubic
local=$STARTED
try "traffic between VFs is held to the VF's rate and is not on the wire" \
    port_holds a '(.vf[1] | near(100; 1)) and .tx < 1'
stop_pid "$local"
port_set a vf 1 0

# --- the guarantee ---

controller_start
agent_start a up0 500Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"
wait_for "three measured nics" vms_seen a 3
port_traffic a gold 1
port_traffic a noisy 8
try "without an SLA the lone flow has 1/5" port_holds a '.vf[1] | near(100; 1)'
ctl set-sla a gold 300Mbit >/dev/null
try "with an SLA best effort is limited" wait_for "noisy limited" vm_limited a noisy
try "the guarantee of 3/5 is held" port_holds a '.vf[1] | above(300)' 5
# Once, because a sender that gets no processor time leaves a part of the port unused.
try "and the port is full" port_holds a '.tx | above(0.97 * 500)' 1

# The same by VF rates, with a driver that rounds to steps and reads back the requested rate.
kill -TERM "$AGENT_PID"
wait_for "the agent has stopped" eval '! kill -0 "$AGENT_PID"'
guest_exec_ns a noisy tc qdisc del dev eth0 root
driver least=50 below=raise step=50 readback=asked
UPLINK_LINES="enforce = host"
port_agent_start a 500Mbit
noisy_has_a_rate() { port a truth | jq -e '.vf[2].bps > 0' >/dev/null; }
try "an agent with enforce = host limits the VF" wait_for "a rate" noisy_has_a_rate
noisy_free() { ! guest_exec_ns a noisy tc qdisc show dev eth0 | any_line htb; }
try "and leaves the guest alone" noisy_free
try "the guarantee is held by the VF rate" port_holds a '.vf[1] | above(300)' 5
ctl unset-sla a gold >/dev/null
noisy_has_none() { ! noisy_has_a_rate; }
try "without the SLA the VF's rate is cleared" wait_for "no rate" noisy_has_none
try "and shares follow queues again" port_holds a '.vf[1] | near(100; 1)'

# --- a rig that died ---

pid=$(<"$RUN/a/port.pid")
kill -TERM "$pid"
wait_for "daqs-port has died" eval '! kill -0 "$pid"'
try "a measurement fails if daqs-port has died" says 1 'has died' port_span a 0.1
cases_done
