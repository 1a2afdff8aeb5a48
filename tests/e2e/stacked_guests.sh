#!/usr/bin/env bash
# Tests guests with a device on top of their nics (FIELD.md G2): a bond, a team, a switch of Open
# vSwitch, each with the address of a nic, by the real drivers and daemons. The guest's agent
# reports all of them. A 20 Mbit/s uplink, which emulated guests fill on any machine.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/libvirt_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

"$TOP/tests/lib/switches-image"
libvirt_rig_up 20mbit
LIBVIRT_GUEST_INITRD=$TOP/build/guest/switches.gz

mac() { printf '52:54:00:da:05:%s\n' "$1"; }
nic() { echo "<interface type='bridge'><source bridge='br0'/><mac address='$(mac "$1")'/><model type='virtio'/></interface>"; }
# stacked NAME INDEX KIND NIC...: starts a guest whose nics have these last bytes.
stacked() {
    local name=$1 index=$2 nics='' byte
    for byte in "${@:4}"; do nics+=$(nic "$byte"); done
    LIBVIRT_GUEST_NIC=$nics libvirt_guest_start "$name" "$index"
    WAIT_S=300 wait_for "$name answers" libvirt_guest_ready "$name"
    libvirt_guest_exec "$name" switch-up "$3" "10.95.0.$((10 + index))/24"
    wait_for "$name reaches the sink" libvirt_guest_exec "$name" ping -q -c 1 -W 1 10.95.0.1
}
stacked bonded 1 bond 11 21
stacked teamed 2 team 12 22
stacked switched 3 ovs 13
libvirt_guest_start noisy 4
controller_start
agent_start node "$UPLINK_IF" 20Mbit "source = libvirt" "uri = $LIBVIRT_URI"

# nic_is BYTE FIELD TEST: checks a field of the nic with this last byte.
nic_is() {
    ctl -o json vms node | jq -e --arg nic "$(mac "$1")" --arg f "$2" \
        "map(select(.nic == \$nic)) | length == 1 and (.[0][\$f] | $3)" >/dev/null
}
measured() {
    local byte
    for byte in 11 21 12 22 13; do nic_is "$byte" usage_bps '. != null' && nic_is "$byte" state '. == "ok"' || return; done
}
WAIT_S=300 try "g2: every nic below a bond, a team or a switch is measured" wait_for "the nics" measured
address() { libvirt_guest_exec "$1" cat "/sys/class/net/$2/address"; }
share_one() {
    [ "$(address bonded eth1)" = "$(mac 11)" ] && [ "$(address teamed eth1)" = "$(mac 12)" ] &&
        [ "$(address switched br0)" = "$(mac 13)" ]
}
try "g2: though they share an address in their guests" share_one

# sum VM: prints the rate sent by its nics, in Mbit/s.
sum() { ctl -o json vms node | jq --arg vm "$1" 'map(select(.vm == $vm) | .usage_bps // 0) | add / 1e6'; }
# holds VM: checks for its guarantee of 9 Mbit/s in the traffic received in six seconds.
holds() {
    local now=$(($(date +%s) - BEGAN))
    at_least "$(iperf_mbps "$1" $((now - 7)) $((now - 1)))" 8.8
}
# begins VM INDEX: starts to send at the same time as noisy, and gives the VM the only guarantee.
begins() {
    BEGAN=$(date +%s)
    libvirt_guest_iperf "$1" "$2" 1 600
    wait_for "$1 sends" eval "at_least \"\$(sum $1)\" 0.5"
    ctl set-sla node "$1" 9Mbit >/dev/null
}
ends() {
    libvirt_guest_iperf_stop "$1"
    ctl unset-sla node "$1" >/dev/null
}
# limited VM DEVICE: checks for a class set by DAQS.
limited() { libvirt_guest_exec "$1" tc class show dev "$2" | any_line 'htb da05:1 root'; }
# bounded VM DEVICE...: checks that each of these devices is limited.
bounded() {
    local vm=$1 device
    for device in "${@:2}"; do limited "$vm" "$device" || return; done
}

WAIT_S=300 wait_for "noisy answers" libvirt_guest_ready noisy
libvirt_guest_iperf noisy 4 8 1200
wait_for "noisy sends" eval 'at_least "$(sum noisy)" 3'

begins bonded 1
try "g2: the guarantee of a bond holds on its active leg" wait_for "six seconds of it" holds bonded
try "g2: which is one of them" wait_for "usage" nic_is 11 usage_bps '. > 8e6'
stands_by() { nic_is 21 state '. == "ok"' && nic_is 21 usage_bps '. < 500000'; }
try "g2: the leg that stands by is well, and sends nothing" stands_by
# Both share by weight the 10 Mbit/s that the guarantee leaves; a second reserve would leave almost
# nothing.
try "g2: and nothing is kept free for it" wait_for "the limit" vm_is node noisy limit_bps '. > 4e6'
libvirt_guest_exec bonded sh -c "echo eth1 >/sys/class/net/bond0/bonding/active_slave"
try "g2: when the other takes over the guarantee is there" wait_for "six seconds of it" holds bonded
try "g2: by its nic" wait_for "usage" nic_is 21 usage_bps '. > 8e6'
ends bonded
ctl set-sla node bonded --max 5Mbit >/dev/null
try "g2: both legs are limited" wait_for "limits" bounded bonded eth0 eth1
bond_is_free() { ! limited bonded bond0; }
try "g2: and not the bond" bond_is_free
ctl unset-sla node bonded >/dev/null

begins teamed 2
try "g2: the guarantee of a team holds over its ports together" wait_for "six seconds of it" holds teamed
each_sends() { nic_is 12 usage_bps '. > 3e6' && nic_is 22 usage_bps '. > 3e6'; }
try "g2: of which each sends its part" wait_for "usage" each_sends
ends teamed

begins switched 3
try "g2: the guarantee of a guest behind Open vSwitch holds" wait_for "six seconds of it" holds switched
ends switched
ctl set-sla node switched --max 5Mbit >/dev/null
try "g2: its nic is limited" wait_for "a limit" bounded switched eth0
switch_is_free() { ! limited switched br0; }
try "g2: and not the switch" switch_is_free
nobody_blamed() { ! ctl -o json events | jq -e 'map(.kind) | any(. == "tampered")' >/dev/null; }
try "g2: nobody is accused" nobody_blamed
cases_done
