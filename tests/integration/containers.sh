#!/usr/bin/env bash
# Tests guests full of containers that come and go, with nics = all: their nics are those given by
# their host, according to Proxmox VE's configuration or QEMU's arguments, and where neither is
# known, those with an address from a hypervisor. Interfaces made in the guest are never nics. Guest
# agents are real; QEMU is a proxy started with QEMU's arguments.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

mkdir "$RUN/qemu" "$RUN/pve"

# qemu GUEST [ARGUMENT...]: starts the proxy of a guest.
qemu() {
    start "qemu-$1" python3 "$TOP/tests/lib/qga_proxy.py" "$RUN/qemu/$1.qga" "$RUN/a/$1.qga" \
        "$RUN/$1.executed" "${@:2}"
    wait_for "the socket of $1" test -S "$RUN/qemu/$1.qga"
}

# bridge_in GUEST NAME INDEX [ADDRESS]: adds a bridge with an IP address.
bridge_in() {
    local ns
    ns=$(guest_ns a "$1")
    ip -n "$ns" link add "$2" ${4:+address "$4"} type bridge forward_delay 0
    ip -n "$ns" addr add "172.17.$3.1/24" dev "$2"
    ip -n "$ns" link set "$2" up
}

# containers GUEST: runs six at a time, each with an interface that has an IP address; counts the
# rounds.
containers() {
    local ns round=0 i
    ns=$(guest_ns a "$1")
    while :; do
        for i in 1 2 3 4 5 6; do
            ip -n "$ns" link add "veth$round-$i" type veth peer name "c$round-$i"
            ip -n "$ns" addr add "172.18.$i.1/24" dev "veth$round-$i"
            ip -n "$ns" link set "veth$round-$i" up
        done
        sleep 0.5
        for i in 1 2 3 4 5 6; do ip -n "$ns" link del "veth$round-$i"; done
        round=$((round + 1))
        echo "$round" >"$RUN/$1.rounds.new"
        mv "$RUN/$1.rounds.new" "$RUN/$1.rounds"
    done
}
# containers_start GUEST: runs containers in the background.
containers_start() {
    echo 0 >"$RUN/$1.rounds"
    containers "$1" >/dev/null 2>&1 &
    on_exit stop_pid $!
}

guests="101 web1 bare"
index=0
netns_host_up a 200mbit
for guest in $guests; do
    index=$((index + 1))
    netns_guest_up a $guest $index
    bridge_in $guest docker0 1
    bridge_in $guest br-4c1d2e 2
    bridge_in $guest virbr0 3 "52:54:00:99:00:0$index" # with an address as libvirt assigns
done
for guest in 101 web1; do bridge_in $guest lan0 4 "52:54:00:88:00:01"; done
printf 'agent: 1\nnet0: virtio=%s,bridge=vmbr0,firewall=1\n' "$(guest_mac a 101)" >"$RUN/pve/101.conf"
qemu 101
qemu web1 -chardev "socket,path=$RUN/qemu/web1.qga,server=on,wait=off,id=qga0" \
    -device "virtio-net-pci,netdev=n0,mac=$(guest_mac a web1)"
qemu bare
for guest in $guests; do containers_start $guest; done
controller_start
later=52:54:00:77:00:01
UPLINK_LINES="[uplink up1]
capacity = 200Mbit
nics = $later"
agent_start a up0 200Mbit "source = sockets" "socket_glob = $RUN/qemu/*.qga" "vm_configs = $RUN/pve"

try "g3: each guest's nic is found and measured" wait_for "usage" vms_seen a 3
rows() { ctl -o json vms a | jq -c 'map([.vm, .nic]) | sort'; }
expected=$(for guest in $guests; do jq -nc --arg vm $guest --arg mac "$(guest_mac a $guest)" '[$vm, $mac]'; done |
    jq -sc sort)

log=$RUN/agent-a.log
try "g3: its host's configuration tells it" grep -q "guest 101: its nics are those in $RUN/pve/101.conf" "$log"
try "g3: so do QEMU's arguments" grep -q "guest web1: its nics are those that QEMU was started with" "$log"
try "g3: where nothing does that is said" grep -q "guest bare: the nics that its host gave it are not known" "$log"
netns_guest_up a odd 4
guest_exec_ns a odd ip link set eth0 address 02:00:00:00:00:01
qemu odd
try "g3: so is that none of a guest's interfaces is a nic" wait_for "the log" \
    grep -q "guest odd: the nics that its host gave it are not known, and none of its 1 interfaces" "$log"
lines=$(wc -l <"$log")

# no_others ROUNDS: checks that there are no other rows during this number of rounds in each guest.
no_others() {
    local guest seen
    for guest in $guests; do
        until [ "$(cat "$RUN/$guest.rounds")" -ge "$1" ]; do
            seen=$(rows)
            [ "$seen" = "$expected" ] || { say "rows: $seen, expected: $expected"; return 1; }
            sleep 0.1
        done
    done
}
# More than 5 s, the time for which a list that changes is held back.
try "g3: containers make no rows" no_others 12
try "g3: nothing is said of them" eval "! tail -n +$((lines + 1)) '$log' | any_line -E 'WARN|veth|docker|virbr|guest'"
no_execs() { ! grep -hE 'veth|docker0|br-|virbr0|lan0' "$RUN"/*.executed; }
try "g3: nothing is executed for them" no_execs
try "g3: but for nics, as ever" eval "for guest in $guests; do grep -q eth0 '$RUN/'\$guest.executed || exit 1; done"

netns_guest_nic a 101 9
added=$(guest_exec_ns a 101 cat /sys/class/net/eth1/address)
try "g3: an interface that its host does not list is not a nic" no_others 14
printf 'net1: virtio=%s,bridge=vmbr0\n' "$added" >>"$RUN/pve/101.conf"
has_both() { ctl -o json vms a | jq -e 'map(select(.vm == "101" and .usage_bps != null)) | length == 2' >/dev/null; }
try "g3: one that is plugged in is a nic" wait_for "two nics" has_both

netns_plug a web1 8 eth1 address $later
has_listed() {
    ctl -o json vms a | jq -e --arg nic $later 'any(.vm == "web1" and .nic == $nic and .uplink == "up1" and .usage_bps != null)'
}
try "g3: so is one that QEMU was not started with, if its address is listed" wait_for "a nic" has_listed
try "g3: and nothing else" eval 'ctl -o json vms a | jq -e "length == 5"'
cases_done
