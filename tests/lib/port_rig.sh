# shellcheck shell=bash
# port_rig.sh - a host whose port serves the queues of its VFs in turn and pushes back into the
# guests, as SR-IOV NICs do. netns_rig.sh models the other kind of bottleneck, a FIFO that drops.
#
# Source it after common.sh, netns_rig.sh and daqs.sh; needs root, jq, and Linux 6.12 or newer with
# BPF and busy polling. Without these port_up ends the script with status 77 (skipped), or with a
# failure if DAQS_REQUIRE_RIG5=1.
#
#   guest "a"  eth0 ==== vf1 +--------+
#   guest "b"  eth0 ==== vf2 | bridge | uplink --- eth0  sink (one iperf3 server per guest)
#   guest "pf" eth0 ==== vf0 +--------+
#    namespaces ..vm-NAME     ..switch                    ..sink
#
# Each ==== has several queues. Only daqs-port (tests/port), in ..switch, serves them: in turn, at
# the port's speed. "pf" represents the host's own traffic; it is a guest without a guest agent.
# Otherwise guests are those of netns_rig.sh: traffic_start, guest_exec_ns, ... work.
# SPDX-License-Identifier: Apache-2.0

PORT_PROGRAM=${DAQS_BIN%/bin}/tests/daqs-port

# port_up HOST BPS VFS QUEUES: creates a host without guests, with VFs 1 to VFS of QUEUES transmit
# queues each. BPS: up to 1 Gbit/s, for which daqs-port needs half of a processor.
port_up() {
    local host=$1 bps=$2 vfs=$3 queues=$4 switch sink vf
    netns_host_new "$host"
    switch=$(switch_ns "$host") sink=$(sink_ns "$host")
    netns_number "$host"
    # Keeps neighbour discovery out of the counters.
    ip netns exec "$switch" sysctl -eqw net.ipv6.conf.all.disable_ipv6=1
    ip netns exec "$sink" sysctl -eqw net.ipv6.conf.all.disable_ipv6=1
    ip -n "$switch" addr add "$(netns_ours 2)/16" dev bridge
    port_pair "$switch" wire uplink 1
    for ((vf = 0; vf <= vfs; vf++)); do port_pair "$switch" "free$vf" "vf$vf" "$queues"; done
    # For the check that a full ring pushes back: without a qdisc a device drops.
    tc -n "$switch" qdisc add dev free1 root pfifo limit 1000
    start "port-$host" ip netns exec "$switch" "$PORT_PROGRAM" serve "$RUN/$host/port" \
        "$NETNS_HOST_NUMBER" "$vfs" "$queues" "$bps"
    printf '%s\n' "$STARTED" >"$RUN/$host/port.pid"
    wait_for "daqs-port" eval "! kill -0 $STARTED || test -S $RUN/$host/port"
    [ -S "$RUN/$host/port" ] || port_skip "$host" "$STARTED"
    tc -n "$switch" qdisc del dev free1 root
    ip -n "$switch" link set wire netns "$sink" name eth0
    ip -n "$sink" addr add "$(sink_address "$host")/16" dev eth0
    ip -n "$sink" link set eth0 up
}

# port_pair NAMESPACE OTHER PORT QUEUES: creates a veth pair with QUEUES queues.
port_pair() {
    ip -n "$1" link add "$2" numtxqueues "$4" numrxqueues "$4" type veth \
        peer name "$3" numtxqueues "$4" numrxqueues "$4"
    ip -n "$1" link set "$3" master bridge up
    ip -n "$1" link set "$2" up
}

# port_skip HOST PID: ends the script after daqs-port has ended at its start.
port_skip() {
    local status=0
    wait "$2" || status=$?
    cat "$RUN/port-$1.log" >&2
    [ "$status" = 77 ] && [ -z "${DAQS_REQUIRE_RIG5:-}" ] || die "daqs-port ended with status $status"
    printf 'a port that pushes back cannot be made here: %s\n' "$(tail -n 1 "$RUN/port-$1.log")"
    exit 77
}

# port_guest_up HOST GUEST VF [QGA_OPTIONS...]: creates a guest with this VF.
port_guest_up() {
    local host=$1 guest=$2 vf=$3
    shift 3
    port_attach "$host" "$guest" "$vf"
    netns_guest_start "$host" "$guest" "$@"
}

# port_pf_up HOST: creates the guest "pf", which sends the host's own traffic.
port_pf_up() {
    port_attach "$1" pf 0
    netns_server_start "$1" pf
}

# port_attach HOST GUEST VF: creates a guest's namespace and moves the VF into it.
port_attach() {
    local host=$1 guest=$2 vf=$3 ns
    netns_guest_index "$host" "$guest" "$vf"
    ns=$(guest_ns "$host" "$guest")
    netns_new "$ns"
    # A flow keeps its queue after a timeout, see port_traffic.
    ip netns exec "$ns" sysctl -eqw net.core.txrehash=0 net.ipv6.conf.all.disable_ipv6=1
    ip -n "$(switch_ns "$host")" link set "free$vf" down netns "$ns" name eth0
    ip -n "$ns" link set eth0 address "$(guest_mac "$host" "$guest")" up
    ip -n "$ns" addr add "$(guest_address "$host" "$guest")/16" dev eth0
    port_set "$host" mac "$vf" "$(guest_mac "$host" "$guest")"
}

# port_guest_down HOST GUEST: frees the VF. Its rate stays, as on a NIC.
port_guest_down() {
    local ns
    ns=$(guest_ns "$1" "$2")
    netns_number "$1" "$2"
    ip -n "$ns" link set eth0 down netns "$(switch_ns "$1")" name "free$NETNS_INDEX"
    ip -n "$(switch_ns "$1")" link set "free$NETNS_INDEX" up
    netns_guest_down "$1" "$2"
}

# port_agent_start HOST CAPACITY: starts an agent that sees the VFs of the port, through its driver,
# as if they were the kernel's. Its uplink is "lo", because an agent reads VFs of existing devices
# only. See agent_start of daqs.sh; sets AGENT_PID.
port_agent_start() {
    DAQS_PORT_CONTROL=$RUN/$1/port AGENT_PROGRAM=../tests/daqs-agentd-port \
        agent_start "$1" lo "$2" "source = sockets" "socket_glob = $RUN/$1/*.qga"
}

# --- the port ----------------------------------------------------------------------------

# port HOST COMMAND...: sends a command of tests/port/control.h and prints the answer. Dies if
# daqs-port has died: the port then has no limit, and measurements mean nothing.
port() {
    local host=$1
    shift
    kill -0 "$(<"$RUN/$host/port.pid")" 2>/dev/null || die "daqs-port has died, see $RUN/port-$host.log"
    "$PORT_PROGRAM" ctl "$RUN/$host/port" "$@"
}

# port_set HOST COMMAND...: the same for commands that answer "ok"; prints other answers only.
port_set() { port "$@" >"$RUN/$1/port.answer" || { cat "$RUN/$1/port.answer" >&2; return 1; }; }

# port_span HOST SECONDS: measures for SECONDS and prints JSON. tx, rx: Mbit/s on the wire; vf,
# queue: Mbit/s that each VF, and each queue of each VF, sent, including traffic between VFs. lost:
# the percentage of the port's speed (or of a VF's rate, if more) that was not used although a queue
# waited, because daqs-port did not get a processor. Above LOST_MOST the span proves nothing.
port_span() {
    local before after
    before=$(port "$1" truth) || return 1
    sleep "$2"
    after=$(port "$1" truth) || return 1
    jq -cn --argjson a "$before" --argjson b "$after" '
        ($b.time_us - $a.time_us) as $us
        | def mbps: (.[1] - .[0]) * 8 / $us;
          def lost: if .[1].bps == 0 then 0
                    else (.[1].lost_bytes - .[0].lost_bytes) * 800e6 / $us / .[1].bps end;
        ([$a.vf, $b.vf] | transpose) as $vfs
        | {tx: ([$a.tx_wire, $b.tx_wire] | mbps), rx: ([$a.rx_wire, $b.rx_wire] | mbps),
           vf: ($vfs | map(map(.tx_wire) | mbps)),
           queue: ($vfs | map(map(.queue) | transpose | map(map(.wire + .local_wire) | mbps))),
           lost: ([[$a, $b]] + $vfs | map(lost) | max)}
        | walk(if type == "number" then . * 1000 | round / 1000 else . end)'
}
LOST_MOST=0.5

# port_holds HOST TEST [TIMES]: waits until TEST holds in TIMES (2) consecutive spans of 1 s. TEST
# is a jq test of port_span's JSON and may use near(MBPS; PERCENT) and above(MBPS). Spans with too
# much lost are ignored, and add to the time for which it waits, up to five times WAIT_S.
port_holds() {
    local host=$1 held=0 end=$((SECONDS + WAIT_S)) latest=$((SECONDS + 5 * WAIT_S)) span=''
    while [ "$SECONDS" -lt "$end" ] && [ "$SECONDS" -lt "$latest" ]; do
        span=$(port_span "$host" 1) || return 1
        if jq -e --argjson most "$LOST_MOST" '.lost > $most' <<<"$span" >/dev/null; then
            end=$((end + 1)) # which is not the port's time
            continue
        elif jq -e "$PORT_TESTS $2" <<<"$span" >/dev/null; then
            held=$((held + 1))
            [ "$held" -lt "${3:-2}" ] || return 0
        else
            held=0
        fi
    done
    say "not so in $WAIT_S s: $2; at last: $span"
    return 1
}
PORT_TESTS='def near(a; p): (. - a | fabs) <= a * p / 100; def above(a): . >= a;'

# port_traffic HOST GUEST FLOWS: sends traffic until traffic_stop, on as many queues of the VF as
# FLOWS can use. A hash of its ports assigns a flow to a queue, so flows are restarted until they
# are spread.
port_traffic() {
    local host=$1 guest=$2 flows=$3 vf
    netns_number "$host" "$guest"
    vf=$NETNS_INDEX
    for _ in $(seq 50); do
        traffic_start "$host" "$guest" "$flows" 3600
        wait_for "traffic of $guest" port_used "$host" "$vf" 1
        ! port_used "$host" "$vf" "$flows" || return 0
    done
    die "$guest: $flows flows did not spread over its queues"
}

# port_used HOST VF FLOWS: true if FLOWS flows use all queues that they can.
port_used() {
    port_span "$1" 0.3 | jq -e >/dev/null --argjson vf "$2" --argjson flows "$3" \
        '.queue[$vf] | (map(select(. > 1)) | length) >= ([length, $flows] | min)'
}
