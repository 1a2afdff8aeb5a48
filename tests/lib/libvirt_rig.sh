# libvirt_rig.sh - a small hypervisor host with real guests: a separate libvirtd, QEMU by software
# emulation, qemu-ga in every guest, and an uplink slow enough to be congested. Needs root. Source
# it after common.sh.
#
#     netns "host"                                        netns "sink"
#     libvirtd, QEMU guests --tap-- br0 --- uplink ======= sink0 10.95.0.1
#     10.95.0.(10+INDEX)                    HTB at         iperf3 servers, one per guest,
#                                           UPLINK_RATE    port 5200+INDEX
#
# The machine itself is not changed: links, bridge and daemons are in two network namespaces named
# dqPID-lv..., and libvirtd sees private folders below $RUN in place of /run/libvirt,
# /var/lib/libvirt and so on. Several hosts can be up at the same time: give each a HOST name; their
# networks are separate, so addresses do not clash.
#
#   libvirt_rig_up UPLINK_RATE [HOST]   and makes it the current host
#   libvirt_host_use [HOST]             makes another one current
#   libvirt_rig_down [HOST]             also done on exit
#   libvirt_daemon_kill, libvirt_daemon_start   the current host's libvirtd; guests keep running
#   libvirt_guest_start NAME INDEX [EXTRA_CMDLINE]      INDEX 1..99
#   libvirt_guest_ready NAME            true once the guest's agent answers
#   libvirt_guest_stop NAME
#   libvirt_qga NAME JSON               one agent command, prints the whole reply
#   libvirt_guest_exec [-i INPUT] NAME PROGRAM [ARGUMENT...]
#   libvirt_guest_iperf NAME INDEX FLOWS SECONDS, libvirt_guest_iperf_stop NAME
#   iperf_mbps NAME FROM TO             mean Mbit/s received, seconds FROM..TO of the run
#   uplink_bytes                        bytes sent on the current host's uplink so far
#
# For the current host: LIBVIRT_URI, LIBVIRT_NETNS (where its agent belongs), LIBVIRT_DIR, UPLINK_IF
# (seen in LIBVIRT_NETNS).
# SPDX-License-Identifier: Apache-2.0

# The libvirtd to run, and its cache, shared by all runs: probing QEMU takes it 4 s.
LIBVIRT_DAEMON=libvirtd
LIBVIRT_CACHE=$TOP/build/guest/libvirt-cache
# How guests are started: for libvirt the type of domain, its processor, its first nic ('' is one on
# the host's bridge) and more devices; kernel and initramfs. Emulation is used even with a /dev/kvm,
# which may be unusably slow.
LIBVIRT_GUEST_TYPE=qemu
LIBVIRT_GUEST_CPU=maximum
LIBVIRT_GUEST_NIC=''
LIBVIRT_GUEST_DEVICES=''
LIBVIRT_GUEST_KERNEL=$TOP/build/guest/vmlinuz
LIBVIRT_GUEST_INITRD=$TOP/build/guest/initramfs.gz
# Milliseconds of queue in front of the uplink: see libvirt_uplink_shape.
UPLINK_QUEUE_MS=${UPLINK_QUEUE_MS:-10}
LIBVIRT_MARK="daqs test rig: libvirt"
declare -A LIBVIRT_IPERF=() # guest name -> process id of its iperf3 server

# libvirt_host_use [HOST]: sets the variables of a host, which all follow from its name.
libvirt_host_use() {
    local tag=${1:+-$1}
    LIBVIRT_DIR=$RUN/libvirt$tag
    LIBVIRT_NETNS=dq$$-lvhost$tag
    LIBVIRT_SINK=dq$$-lvsink$tag
    LIBVIRT_URI="qemu+unix:///system?socket=$LIBVIRT_DIR/run/libvirt-sock"
    UPLINK_IF=uplink
}

# Runs virsh without a terminal: otherwise it first starts a polkit agent, which prints to it.
libvirt_virsh() { setsid --wait virsh -q -c "$LIBVIRT_URI" "$@" </dev/null; }

uplink_bytes() { ip -n "$LIBVIRT_NETNS" -s -j link show dev "$UPLINK_IF" | jq '.[0].stats64.tx.bytes'; }

# libvirt_netns_end NAME: ends all processes in a network namespace of this rig, by process id
# (QEMU, libvirtd, iperf3), then the namespace itself and with it every link inside.
libvirt_netns_end() {
    local pid
    [ -e "/run/netns/$1" ] || return 0
    for pid in $(ip netns pids "$1"); do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in $(ip netns pids "$1"); do stop_pid "$pid"; done
    ip netns del "$1"
}

# libvirt_netns_new NAME: creates a namespace. The alias on lo marks it as this rig's, because a
# name alone is not enough to kill processes by.
libvirt_netns_new() {
    ip netns add "$1"
    ip -n "$1" link set lo alias "$LIBVIRT_MARK"
    ip -n "$1" link set lo up
}

# Cleans up after a run that was killed: ends marked namespaces named after a process that has
# ended.
libvirt_clean_leftovers() {
    local path name pid
    for path in /run/netns/dq*-lv*; do
        name=${path##*/} pid=${name#dq} pid=${pid%%-*}
        if ! [[ $pid =~ ^[0-9]+$ ]] || [ -e "/proc/$pid" ]; then continue; fi
        ip -n "$name" link show dev lo 2>/dev/null | any_line -xF "    alias $LIBVIRT_MARK" || continue
        say "cleaning up after process $pid: namespace $name"
        libvirt_netns_end "$name" || true
    done
}

# libvirt_uplink_shape RATE: creates the bottleneck, one HTB class at RATE over a plain FIFO limited
# in bytes. A guest that sends more packets gets more bandwidth, as on a congested physical link.
# gso_max_size 1514 splits TCP's 64 kB super-packets before they are sent and counted, so that the
# uplink's byte counter includes every header, as a NIC's does.
libvirt_uplink_shape() {
    local bits queue_bytes
    bits=$(sed -e 's/gbit$/000000000/' -e 's/mbit$/000000/' -e 's/kbit$/000/' -e 's/bit$//' <<<"$1")
    [[ $bits =~ ^[1-9][0-9]*$ ]] || die "not a rate in tc's spelling: $1 (such as 200mbit)"
    queue_bytes=$((bits * UPLINK_QUEUE_MS / 8000))
    ip -n "$LIBVIRT_NETNS" link set uplink gso_max_size 1514
    tc -n "$LIBVIRT_NETNS" -batch - <<TC
qdisc add dev uplink root handle 1: htb default 1
class add dev uplink parent 1: classid 1:1 htb rate $1 burst 64kb cburst 64kb quantum 60000
qdisc add dev uplink parent 1:1 handle 10: bfifo limit $queue_bytes
TC
}

libvirt_network_up() {
    local ns=$LIBVIRT_NETNS sink=$LIBVIRT_SINK
    libvirt_netns_new "$ns"
    libvirt_netns_new "$sink"
    ip -n "$ns" link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    ip -n "$ns" link add uplink type veth peer name sink0 netns "$sink"
    ip -n "$ns" link set uplink master br0
    ip -n "$ns" link set br0 up
    ip -n "$ns" link set uplink up
    ip -n "$sink" addr add 10.95.0.1/24 dev sink0
    ip -n "$sink" link set sink0 up
    libvirt_uplink_shape "$1"
}

# Runs inside the new mount namespace, then becomes libvirtd, its $0. Argument: its private folder.
# A folder that this machine does not have cannot be mounted over, and creating it would leave a
# trace, so its parent is hidden behind an empty tmpfs instead.
# shellcheck disable=SC2016 # expanded by the inner shell, on purpose
LIBVIRTD_PRIVATE='
    set -eu
    dir=$1
    for place in run:/run/libvirt lib:/var/lib/libvirt log:/var/log/libvirt \
        cache:/var/cache/libvirt etc:/etc/libvirt; do
        target=${place#*:}
        [ -d "$target" ] || { mount -t tmpfs tmpfs "${target%/*}" && mkdir "$target"; }
        mount --bind "$dir/${place%%:*}" "$target"
    done
    for file in passwd group; do mount --bind "$dir/$file" "/etc/$file"; done
    exec "$0" --pid-file "$dir/libvirtd.pid"'

libvirt_up_or_dead() { libvirt_virsh list || ! kill -0 "$1"; }

# libvirt_daemon_start: starts the current host's libvirtd, also after libvirt_daemon_kill; guests
# keep running meanwhile.
libvirt_daemon_start() {
    local daemon
    # In the foreground, so that the process id is known; ip, unshare and bash each exec the next.
    ip netns exec "$LIBVIRT_NETNS" unshare --mount --propagation private \
        bash -c "$LIBVIRTD_PRIVATE" "$LIBVIRT_DAEMON" "$LIBVIRT_DIR" >>"$LIBVIRT_DIR/libvirtd.log" 2>&1 </dev/null &
    daemon=$!
    echo "$daemon" >"$LIBVIRT_DIR/daemon"
    wait_for "libvirtd to answer (see $LIBVIRT_DIR/libvirtd.log)" libvirt_up_or_dead "$daemon"
    kill -0 "$daemon" 2>/dev/null || die "libvirtd ended at once: $(tail -n 2 "$LIBVIRT_DIR/libvirtd.log")"
}

libvirt_daemon_kill() { kill -KILL "$(<"$LIBVIRT_DIR/daemon")"; }

# libvirt_configure ETC ACCOUNTS: writes the qemu.conf of a libvirtd that a test runs to the folder
# ETC: without confinement and cgroups, which would need those of the machine, and systemd. Adds to
# ACCOUNTS/passwd and group the user that libvirt-daemon-system would have created: without it
# libvirtd does not start, although the guests run as root.
libvirt_configure() {
    cat >"$1/qemu.conf" <<'CONF'
security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
cgroup_controllers = []
stdio_handler = "file"
CONF
    id -u libvirt-qemu >/dev/null 2>&1 || {
        echo 'libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin' >>"$2/passwd"
        echo 'libvirt-qemu:x:64055:' >>"$2/group"
    }
}

libvirt_rig_up() {
    local rate=$1
    need_root
    libvirt_host_use "${2:-}"
    # Folders below these would be hidden from libvirtd, see LIBVIRTD_PRIVATE.
    case $RUN in /run/* | /var/* | /etc/*) die "RUN must not lie in $RUN for this rig" ;; esac
    "$TOP/tests/lib/guest-image"
    libvirt_clean_leftovers
    on_exit libvirt_rig_down "${2:-}"
    libvirt_network_up "$rate"

    mkdir -p "$LIBVIRT_DIR"/{run,lib,log,etc} "$LIBVIRT_CACHE"
    ln -sfn "$LIBVIRT_CACHE" "$LIBVIRT_DIR/cache"
    cat >"$LIBVIRT_DIR/etc/libvirtd.conf" <<'CONF'
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
CONF
    # A separate host UUID: guests do not migrate to the host they are on.
    echo "host_uuid = \"$(cat /proc/sys/kernel/random/uuid)\"" >>"$LIBVIRT_DIR/etc/libvirtd.conf"
    # libvirtd sees these accounts; the machine does not.
    cp /etc/passwd /etc/group "$LIBVIRT_DIR"
    libvirt_configure "$LIBVIRT_DIR/etc" "$LIBVIRT_DIR"
    libvirt_daemon_start
}

libvirt_rig_down() {
    libvirt_host_use "${1:-}"
    libvirt_netns_end "$LIBVIRT_NETNS"
    libvirt_netns_end "$LIBVIRT_SINK"
}

libvirt_guest_start() {
    local name=$1 index=$2 extra=${3:-} mac nic
    printf -v mac '52:54:00:da:05:%02x' "$index"
    nic="<interface type='bridge'><source bridge='br0'/><mac address='$mac'/><model type='virtio'/></interface>"
    cat >"$LIBVIRT_DIR/$name.xml" <<XML
<domain type='$LIBVIRT_GUEST_TYPE'>
  <name>$name</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <cpu mode='$LIBVIRT_GUEST_CPU'/>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>$LIBVIRT_GUEST_KERNEL</kernel>
    <initrd>$LIBVIRT_GUEST_INITRD</initrd>
    <cmdline>console=ttyS0 quiet mitigations=off no_timer_check cryptomgr.notests panic=1 daqs.ip=10.95.0.$((10 + index))/24 $extra</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <controller type='usb' model='none'/>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    ${LIBVIRT_GUEST_NIC:-$nic}
    $LIBVIRT_GUEST_DEVICES
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <serial type='file'><source path='$LIBVIRT_DIR/$name.console'/><target port='0'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
XML
    libvirt_virsh define "$LIBVIRT_DIR/$name.xml" >/dev/null
    libvirt_virsh start "$name" >/dev/null
}

libvirt_guest_stop() {
    libvirt_guest_iperf_stop "$1"
    libvirt_virsh destroy "$1" >/dev/null
    libvirt_virsh undefine "$1" >/dev/null
}

libvirt_qga() { libvirt_virsh qemu-agent-command --timeout 5 "$1" "$2"; }

# The console first: reading it is cheap, and the guest needs the processor while it boots.
libvirt_guest_ready() {
    grep -q '^init: up' "$LIBVIRT_DIR/$1.console" && libvirt_qga "$1" '{"execute":"guest-ping"}' >/dev/null
}

# libvirt_guest_exec [-i INPUT] NAME PROGRAM [ARGUMENT...]: runs PROGRAM in the guest, with INPUT on
# its standard input, and waits for it; prints its output and returns its exit status.
libvirt_guest_exec() {
    local input='' name request pid reply
    if [ "$1" = -i ]; then
        input=$2
        shift 2
    fi
    name=$1
    shift
    request=$(jq -cn --arg input "$input" '{execute: "guest-exec", arguments: ({path: $ARGS.positional[0],
        arg: $ARGS.positional[1:], "capture-output": true} +
        if $input == "" then {} else {"input-data": ($input | @base64)} end)}' --args -- "$@")
    pid=$(libvirt_qga "$name" "$request" | jq .return.pid) || return 125
    while :; do
        reply=$(libvirt_qga "$name" "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":$pid}}") || return 125
        [ "$(jq .return.exited <<<"$reply")" = true ] && break
        read -rt 0.05 <> <(:) || true
    done
    jq -j '.return["out-data"] // "" | @base64d' <<<"$reply"
    jq -j '.return["err-data"] // "" | @base64d' <<<"$reply" >&2
    return "$(jq '.return.exitcode // 126' <<<"$reply")"
}

# libvirt_guest_iperf NAME INDEX FLOWS SECONDS: lets the guest send TCP to its own server in the
# sink; returns at once. The server's log of this run, $RUN/iperf-NAME.log, has the received
# traffic every IPERF_INTERVAL seconds (1 by default, from 0.1). A server serves one run, so every run
# has a separate log.
libvirt_guest_iperf() {
    local name=$1 port=$((5200 + $2)) request
    libvirt_guest_iperf_stop "$name"
    ip netns exec "$LIBVIRT_SINK" iperf3 -s -1 -p "$port" -i "${IPERF_INTERVAL:-1}" -f k --forceflush \
        >"$RUN/iperf-$name.log" 2>&1 </dev/null &
    LIBVIRT_IPERF[$name]=$!
    wait_for "the iperf3 server for $name" grep -q listening "$RUN/iperf-$name.log"
    request=$(jq -cn '{execute: "guest-exec", arguments: {path: "iperf3", arg: $ARGS.positional}}' \
        --args -- -c 10.95.0.1 -p "$port" -P "$3" -t "$4")
    libvirt_qga "$name" "$request" >/dev/null
}

# libvirt_guest_iperf_stop NAME: stops the run; harmless without one. A guest that cannot be reached
# ends its client itself once the server has ended.
libvirt_guest_iperf_stop() {
    [ -n "${LIBVIRT_IPERF[$1]:-}" ] || return 0
    libvirt_guest_exec "$1" killall -q iperf3 >/dev/null 2>&1 || true
    stop_pid "${LIBVIRT_IPERF[$1]}"
    unset "LIBVIRT_IPERF[$1]"
}

# iperf_mbps NAME FROM TO: prints the mean over the whole seconds FROM..TO of the guest's latest
# run; fails if the log has none of them. With several flows only their [SUM] lines count. A line:
#   [SUM]   1.00-2.00   sec  21.9 MBytes  183646 Kbits/sec
iperf_mbps() {
    awk -v from="$2" -v to="$3" -v step="${IPERF_INTERVAL:-1}" '
        $NF != "Kbits/sec" { next } # also skips the totals, which end in "receiver"
        {
            match($0, /[0-9.]+-[0-9.]+/)
            split(substr($0, RSTART, RLENGTH), at, "-")
            if (at[1] < from - 0.5 || at[2] > to + 0.5 || at[2] - at[1] < 0.9 * step) next
            # By its start, because an interrupted run prints its last line twice.
            if ($1 == "[SUM]") sums[at[1]] = $(NF - 1); else flow[at[1]] = $(NF - 1)
        }
        END {
            for (second in sums) { total += sums[second]; seconds++ }
            if (!seconds) for (second in flow) { total += flow[second]; seconds++ }
            if (!seconds) exit 1
            printf "%.1f\n", total / seconds / 1000
        }' "$RUN/iperf-$1.log"
}
