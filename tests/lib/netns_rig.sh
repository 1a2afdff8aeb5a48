# shellcheck shell=bash
# netns_rig.sh - hosts and guests made of network namespaces: multi-Gbit/s, without virtual
# machines.
#
# Source it after common.sh; needs root, iproute2, procps, iperf3. A guest is a namespace with one
# veth (eth0) as its "VF" and a real qemu-ga inside, so QGA, guest-exec and tc are the real ones.
#
#   guest "a"  eth0 --- vm1 +--------+
#                           | bridge | uplink --- eth0  sink (one iperf3 server per guest)
#   guest "b"  eth0 --- vm2 +--------+   ^ the shared bottleneck: HTB at RATE, 1 ms of queue
#    namespaces ..vm-NAME   ..switch      \ its tx counter is the truth about totals   ..sink
#
# Every host has its own switch and sink, so hosts share only the processor. All links are made
# inside namespaces and all settings are per namespace: the machine itself is not changed.
# Namespaces are called dqPID-..., PID being the owning script's; the rest of the state is in files,
# so the functions also work inside $( ) and ( ):
#
#   $RUN/HOST/number         1, 2, ... in the order the hosts were made
#   $RUN/HOST/GUEST.qga      the socket of its qemu-ga: the agent's socket_glob is $RUN/HOST/*.qga
#   $RUN/HOST/GUEST/         its index, process ids and logs
#
# Rates are in tc's notation (4gbit); results are whole Mbit/s (10^6 bit/s) or bytes.
# SPDX-License-Identifier: Apache-2.0

# In a namespace guest, qemu-ga runs as root of this machine: a stray shutdown, suspend, freeze or
# password RPC would affect the machine. Tests do not need them, so they are always blocked. A later
# -b adds to this list.
NETNS_QGA_BLOCK="guest-shutdown,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid,\
guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-fstrim,guest-set-time,guest-set-vcpus,\
guest-set-memory-blocks,guest-set-user-password,guest-ssh-add-authorized-keys,\
guest-ssh-remove-authorized-keys"

# On its own UNIX socket, qemu-ga ends when a client gives up: by SIGPIPE if the client closes
# before the reply, after ECONNRESET if it closes with a reply unread (and --retry-path then fails
# an assertion). Behind QEMU's virtio port, as in a real guest, neither happens. So SIGPIPE is
# ignored and qemu-ga is restarted. On TERM (which qemu-ga receives as well, from netns_remove) it
# waits, so that no zombie is left. $1: the file for the process id, the rest: the command.
# shellcheck disable=SC2016 # expanded by the inner shell
NETNS_QGA_LOOP='
    trap "" PIPE
    trap "wait; exit" TERM
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin
    pidfile=$1
    shift
    while :; do
        "$@" &
        echo $! >"$pidfile"
        wait $!
        sleep 0.2
    done'

# --- names -------------------------------------------------------------------------------

switch_ns() { printf 'dq%s-%s-switch\n' $$ "$1"; }
sink_ns() { printf 'dq%s-%s-sink\n' $$ "$1"; }
guest_ns() { printf 'dq%s-%s-vm-%s\n' $$ "$1" "$2"; }

# A host's network is 10.N.0.0/16. netns_ours, netns_address and netns_mac require netns_number
# before.
netns_ours() { printf '10.%d.0.%d\n' $((160 + NETNS_HOST_NUMBER)) "$1"; } # not for guests: 1 to 9
sink_address() { netns_number "$1" && netns_ours 1; }
guest_address() { netns_number "$@" && netns_address "$NETNS_INDEX"; }
netns_address() { printf '10.%d.%d.%d\n' $((160 + NETNS_HOST_NUMBER)) $(($1 / 200)) $((10 + $1 % 200)); } # INDEX
guest_mac() { netns_number "$@" && netns_mac "$NETNS_INDEX"; }
netns_mac() { printf '52:54:00:%02x:%02x:%02x\n' "$NETNS_HOST_NUMBER" $(($1 / 256)) $(($1 % 256)); } # INDEX

# netns_number HOST [GUEST]: sets the globals NETNS_HOST_NUMBER and NETNS_INDEX from the files.
netns_number() {
    read -r NETNS_HOST_NUMBER <"$RUN/$1/number"
    [ $# = 1 ] || read -r NETNS_INDEX <"$RUN/$1/$2/index"
}

# The process id changes when qemu-ga had to be restarted, see NETNS_QGA_LOOP.
guest_qga_pid() { cat "$RUN/$1/$2/qga.pid"; }

# guest_exec_ns HOST GUEST COMMAND..., switch_exec_ns HOST COMMAND...: run COMMAND there.
guest_exec_ns() { ip netns exec "$(guest_ns "$1" "$2")" "${@:3}"; }
switch_exec_ns() { ip netns exec "$(switch_ns "$1")" "${@:2}"; }

# --- taking down -------------------------------------------------------------------------

# netns_remove NAMESPACE: ends all processes in it (all were started by tests: qemu-ga, iperf3, or
# by guest-exec), then deletes it. Succeeds if it does not exist.
netns_remove() {
    local ns=$1 i pid pids
    [ -e "/run/netns/$ns" ] || return 0
    for ((i = 1; i <= 50; i++)); do
        # Not mapfile with <( ): bash 5.2 crashes in that after Ctrl-C.
        pids=$(ip netns pids "$ns" 2>/dev/null) || true
        [ -n "$pids" ] || break
        for pid in $pids; do
            case $i in
                # CONT, because a process stopped by SIGSTOP does not handle TERM before.
                1 | 10) kill -TERM "$pid" && kill -CONT "$pid" ;;
                50) kill -KILL "$pid" ;;
            esac 2>/dev/null || true
        done
        sleep 0.1
    done
    ip netns del "$ns"
}

# netns_sweep: removes namespaces whose owner died without cleaning up (kill -9, power loss). Called
# before the first host is made, so those with this script's process id count too, because pids are
# reused. Only names as made here: other rigs use dqPID- as well and clean up their own.
netns_sweep() {
    local path ns owner
    for path in /run/netns/dq[0-9]*-*-{switch,sink,vm-*}; do
        ns=${path##*/}
        owner=${ns#dq}
        owner=${owner%%-*}
        [[ -e $path && $owner =~ ^[0-9]+$ ]] || continue
        # exe, because a zombie that has not been reaped yet still has a folder, but no program.
        if [ "$owner" = $$ ] || ! [ -e "/proc/$owner/exe" ]; then
            say "removing $ns, left by an earlier run"
            netns_remove "$ns"
        fi
    done
}

# netns_guest_down HOST GUEST: stops traffic and qemu-ga, removes socket and namespace. May be
# called for a guest that is only partly up, or already down.
netns_guest_down() {
    local dir=$RUN/$1/$2
    [ -s "$dir/index" ] || return 0
    traffic_stop "$1" "$2"
    netns_stop "$dir/server.pid"
    netns_remove "$(guest_ns "$1" "$2")"
    # Deleting a namespace frees its devices later; the guest may be up again before that.
    netns_number "$1" "$2"
    ip -n "$(switch_ns "$1")" link del "vm$NETNS_INDEX" 2>/dev/null || true
    rm -f "$RUN/$1/$2.qga" "$dir/qga.pid"
}

# netns_host_down HOST: takes the host down with all its guests.
netns_host_down() {
    local dir
    for dir in "$RUN/$1"/*/; do
        if [ -d "$dir" ]; then netns_guest_down "$1" "$(basename "$dir")"; fi
    done
    netns_remove "$(sink_ns "$1")"
    netns_remove "$(switch_ns "$1")"
}

# netns_stop PIDFILE: ends that process and removes the file, so that a recycled pid is never hit.
netns_stop() {
    local pid
    [ -s "$1" ] || return 0
    pid=$(<"$1")
    rm -f "$1"
    stop_pid "$pid"
}

# --- building up -------------------------------------------------------------------------

# netns_qga_program: prints the path of a qemu-ga. The package is unpacked, not installed: its
# service must not run on the test machine.
netns_qga_program() {
    local dir=$TOP/build/qga tmp
    if [ ! -x "$dir/usr/sbin/qemu-ga" ]; then
        mkdir -p "$TOP/build"
        tmp=$(mktemp -d "$TOP/build/qga.XXXXXX")
        # As root, because apt's own user may not write to our folder.
        (cd "$tmp" && apt-get -qq -o APT::Sandbox::User=root download qemu-guest-agent) >&2
        dpkg -x "$tmp"/qemu-guest-agent_*.deb "$tmp"
        # In one step, so that an interrupted download or a second script never leaves half of it.
        mv -T "$tmp" "$dir" 2>/dev/null || rm -rf "$tmp"
        [ -x "$dir/usr/sbin/qemu-ga" ] || die "no qemu-ga in $dir; delete that folder and try again"
    fi
    printf '%s\n' "$dir/usr/sbin/qemu-ga"
}

# netns_new NAMESPACE: creates a namespace with the common settings.
netns_new() {
    ip netns add "$1"
    # Without metrics of earlier connections to the same address, because repetitions must be
    # independent.
    ip netns exec "$1" sysctl -qw net.ipv4.tcp_no_metrics_save=1
    ip -n "$1" link set lo up
}

# netns_bytes_per_ms RATE: prints what tc's RATE carries in 1 ms, but never less than two of the
# largest packets (64 kB with segmentation offload): a shorter queue drops every one of them.
netns_bytes_per_ms() {
    local number=${1%%[a-zA-Z]*} unit=${1##*[0-9.]} bps
    case ${unit,,} in
        kbit) bps=1e3 ;; mbit) bps=1e6 ;; gbit) bps=1e9 ;;
        *) die "rate '$1': write it like 4gbit or 200mbit" ;;
    esac
    awk -v n="$number" -v u="$bps" 'BEGIN { b = n * u / 8e3; printf "%d\n", b < 131072 ? 131072 : b }'
}

# netns_host_new HOST: creates a hypervisor without guests and uplink: a bridge in its switch, and a
# sink.
netns_host_new() {
    local host=$1 number switch
    need_root
    if [ ! -e "$RUN/$host/number" ]; then # a host that is restarted keeps its number
        number=$(find "$RUN" -mindepth 2 -maxdepth 2 -name number | wc -l)
        if [ "$number" = 0 ]; then netns_sweep; fi
        mkdir -p "$RUN/$host"
        printf '%d\n' $((number + 1)) >"$RUN/$host/number"
    fi
    on_exit netns_host_down "$host"

    switch=$(switch_ns "$host")
    netns_new "$switch"
    netns_new "$(sink_ns "$host")"
    # If br_netfilter is loaded, every bridged packet would otherwise pass through iptables.
    ip netns exec "$switch" sysctl -eqw net.bridge.bridge-nf-call-iptables=0 \
        net.bridge.bridge-nf-call-ip6tables=0 net.bridge.bridge-nf-call-arptables=0
    ip -n "$switch" link add bridge type bridge forward_delay 0 mcast_snooping 0
    ip -n "$switch" link set bridge up
}

# netns_host_up HOST RATE: creates a hypervisor without guests whose uplink carries RATE.
netns_host_up() {
    local host=$1 rate=$2 switch sink bytes
    bytes=$(netns_bytes_per_ms "$rate")
    netns_host_new "$host"
    switch=$(switch_ns "$host") sink=$(sink_ns "$host")
    ip link add uplink netns "$switch" type veth peer name eth0 netns "$sink"
    ip -n "$sink" addr add "$(sink_address "$host")/16" dev eth0
    ip -n "$sink" link set eth0 up
    ip -n "$switch" link set uplink master bridge up

    # 1 ms of queue, not more: with a long queue or with TBF the lone flow often gets its share
    # anyway, and a test could pass without any control. The quantum is large because HTB would
    # otherwise warn; with a single class it has no effect.
    tc -n "$switch" qdisc add dev uplink root handle 1: htb default 1
    tc -n "$switch" class add dev uplink parent 1: classid 1:1 htb rate "$rate" \
        burst "${bytes}b" cburst "${bytes}b" quantum 60000
    tc -n "$switch" qdisc add dev uplink parent 1:1 handle 10: bfifo limit "${bytes}b"
}

# netns_guest_up HOST GUEST INDEX [QGA_OPTIONS...]: creates a guest. INDEX (1-999) is unique on the
# host and determines address, MAC and iperf3 port. QGA_OPTIONS: e.g. -b guest-exec to block an RPC.
netns_guest_up() {
    local host=$1 guest=$2 index=$3
    shift 3
    # Taken down with its host: a guest must not be up without one.
    netns_guest_index "$host" "$guest" "$index"
    netns_new "$(guest_ns "$host" "$guest")"
    netns_plug "$host" "$guest" "$index" eth0 address "$(guest_mac "$host" "$guest")"
    netns_guest_start "$host" "$guest" "$@"
}

# netns_guest_nic HOST GUEST INDEX: adds a nic, eth1, to a guest that is up; INDEX is unique on the
# host.
netns_guest_nic() {
    # Each nic answers only for its own address, because both are in one network.
    guest_exec_ns "$1" "$2" sysctl -qw net.ipv4.conf.all.arp_ignore=1
    netns_number "$1"
    netns_plug "$1" "$2" "$3" eth1 address "$(netns_mac "$3")"
}

# netns_plug HOST GUEST INDEX DEVICE [LINK_OPTIONS...]: adds a nic of the guest to the host's
# bridge.
netns_plug() {
    local index=$3 device=$4 ns switch
    ns=$(guest_ns "$1" "$2") switch=$(switch_ns "$1")
    netns_number "$1"
    ip link add "$device" netns "$ns" "${@:5}" type veth peer name "vm$index" netns "$switch"
    ip -n "$switch" link set "vm$index" master bridge up
    ip -n "$ns" addr add "$(netns_address "$index")/16" dev "$device"
    ip -n "$ns" link set "$device" up
}

# netns_guest_index HOST GUEST INDEX: stores the index.
netns_guest_index() {
    mkdir -p "$RUN/$1/$2"
    printf '%s\n' "$3" >"$RUN/$1/$2/index"
}

# netns_guest_start HOST GUEST [QGA_OPTIONS...]: starts qemu-ga in a guest that has its namespace,
# and the server for its traffic.
netns_guest_start() {
    local host=$1 guest=$2 dir=$RUN/$1/$2 qga
    shift 2
    qga=$(netns_qga_program)
    # In the namespace, so that guest-exec's children see its devices, and so that taking the
    # namespace down finds all of them.
    ip netns exec "$(guest_ns "$host" "$guest")" bash -c "$NETNS_QGA_LOOP" qga "$dir/qga.pid" "$qga" -m unix-listen \
        -p "$RUN/$host/$guest.qga" -t "$dir" -f "$dir/qga.lock" -b "$NETNS_QGA_BLOCK" "$@" \
        >"$dir/qga.log" 2>&1 </dev/null &
    wait_for "qemu-ga of $guest on $host, see $dir/qga.log" test -S "$RUN/$host/$guest.qga"
    wait_for "$dir/qga.pid" test -s "$dir/qga.pid"
    netns_server_start "$host" "$guest"
}

# netns_server_start HOST GUEST: starts a new iperf3 server. One per run and guest: the log then
# contains only that run, and a server that still serves a dead client cannot refuse the next one.
netns_server_start() {
    local dir=$RUN/$1/$2
    netns_number "$1" "$2"
    netns_stop "$dir/server.pid"
    rm -f "$dir/server.log" # otherwise wait_for could read the old one
    ip netns exec "$(sink_ns "$1")" iperf3 -s -p $((5200 + NETNS_INDEX)) -i 1 -f k --forceflush \
        >"$dir/server.log" 2>&1 </dev/null &
    printf '%s\n' $! >"$dir/server.pid"
    wait_for "iperf3 server, see $dir/server.log" grep -q '^Server listening' "$dir/server.log"
}

# --- traffic -----------------------------------------------------------------------------

# traffic_start HOST GUEST FLOWS SECONDS: starts TCP from the guest to the sink, in the background.
# The congestion control is fixed (cubic, Debian's default), so that baselines do not depend on the
# machine's own: with bbr a lone flow stops at 2.9 Gbit/s of 3.8.
traffic_start() {
    local dir=$RUN/$1/$2
    traffic_stop "$1" "$2"
    netns_server_start "$1" "$2"
    netns_number "$1" "$2"
    ip netns exec "$(guest_ns "$1" "$2")" iperf3 -c "$(sink_address "$1")" \
        -p $((5200 + NETNS_INDEX)) -P "$3" -t "$4" -i 0 -C cubic \
        >"$dir/client.log" 2>&1 </dev/null &
    printf '%s\n' $! >"$dir/client.pid"
}

traffic_stop() { netns_stop "$RUN/$1/$2/client.pid"; }

# traffic_mbps HOST GUEST FROM TO: prints the mean Mbit/s received at the sink in seconds FROM..TO
# of the latest run; waits until they are over. Fails if the run did not last that long.
traffic_mbps() {
    local dir=$RUN/$1/$2 from=$3 to=$4 end over=0 answer
    end=$((SECONDS + ${to%.*} + 10))
    while [ $over -lt 5 ] && [ "$SECONDS" -lt "$end" ]; do
        if answer=$(netns_mean "$from" "$to" <"$dir/server.log"); then
            printf '%s\n' "$answer"
            return 0
        fi
        # After the client has ended, the server may still be about to write its last lines.
        if ! [ -s "$dir/client.pid" ] || ! kill -0 "$(<"$dir/client.pid")" 2>/dev/null; then
            over=$((over + 1))
        fi
        sleep 0.2
    done
    tail -n 3 "$dir/client.log" >&2
    die "traffic of $2 on $1: seconds $from to $to are not in $dir/server.log"
}

# netns_mean FROM TO: prints the Mbit/s over FROM..TO from iperf3's lines; fails if less than 90 %
# of that time is there. Not --json-stream: the iperf3 of Debian 12 lacks it. With several flows the
# SUM lines count, else the single flow's. Intervals are not always whole seconds, so each is
# weighted by its overlap. Lines that end in sender or receiver are totals of the whole run.
netns_mean() {
    awk -v from="$1" -v to="$2" '
        BEGIN { unit["bits/sec"] = 1e-6; unit["Kbits/sec"] = 1e-3
                unit["Mbits/sec"] = 1; unit["Gbits/sec"] = 1e3 }
        /^\[/ && !/(sender|receiver) *$/ {
            kind = /^\[SUM\]/ ? "sum" : "flow"
            sub(/^\[[^]]*\] */, "")
            if ($2 != "sec" || !($6 in unit)) next
            split($1, t, "-")
            a = t[1] > from ? t[1] : from + 0
            b = t[2] < to ? t[2] : to + 0
            if (b > a) { mbit[kind] += $5 * unit[$6] * (b - a); covered[kind] += b - a }
        }
        END {
            kind = covered["sum"] > 0 ? "sum" : "flow"
            if (to <= from || covered[kind] < 0.9 * (to - from)) exit 1
            printf "%.0f\n", mbit[kind] / covered[kind]
        }'
}

# uplink_tx_bytes HOST, guest_tx_bytes HOST GUEST: print the bytes since the device came up. With
# segmentation offload, the segments' headers are not included (about 4 % at MTU 1500).
uplink_tx_bytes() { switch_exec_ns "$1" cat /sys/class/net/uplink/statistics/tx_bytes; }
guest_tx_bytes() { guest_exec_ns "$1" "$2" cat /sys/class/net/eth0/statistics/tx_bytes; }

# uplink_mbps HOST SECONDS: prints the mean Mbit/s sent on the uplink, over SECONDS from now. The
# figure for totals, because sums of iperf3 intervals vary by 8 %. Counter and clock are read in one
# shell: the time that a busy machine needs to start a program would otherwise be an error of up to
# 5 %.
uplink_mbps() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    switch_exec_ns "$1" bash -c '
        counter=/sys/class/net/uplink/statistics/tx_bytes
        read -r b0 <$counter && t0=${EPOCHREALTIME/[.,]/}
        sleep "$1"
        read -r b1 <$counter && t1=${EPOCHREALTIME/[.,]/}
        printf "%d\n" $(((b1 - b0) * 8 / (t1 - t0)))' bash "$2"
}
