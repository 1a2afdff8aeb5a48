#!/usr/bin/env bash
# Tests the life of real guests on a hypervisor: they are paused, hang, shut down, start, are
# reverted to a snapshot and migrate, and libvirtd is killed. Two hosts, with hardly any traffic.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/libvirt_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

libvirt_rig_up 200mbit there
THERE_URI=$LIBVIRT_URI
libvirt_rig_up 200mbit here
# Snapshots of a running guest need a disk to be stored on; the guest has no driver for it.
qemu-img create -q -f qcow2 "$RUN/disk.qcow2" 256M
LIBVIRT_GUEST_DEVICES="<disk type='file'><driver name='qemu' type='qcow2'/><source file='$RUN/disk.qcow2'/>
    <target dev='vda' bus='virtio'/></disk>" libvirt_guest_start tame 1
libvirt_guest_start calm 2
libvirt_guest_start mover 3
controller_start
agent_start here "$UPLINK_IF" 200Mbit "source = libvirt" "uri = $LIBVIRT_URI"
agent_start there "$UPLINK_IF" 200Mbit "source = libvirt" "uri = $THERE_URI"
WAIT_S=300 try "all guests are found and measured" wait_for "three measured nics" vms_seen here 3
for vm in tame calm mover; do ctl set-sla here $vm --max 50Mbit; done

# limit VM: prints the rate of the class set by DAQS in the guest, as tc prints it; nothing without
# a class.
limit() { libvirt_guest_exec "$1" tc class show dev eth0 | sed -n 's/^class htb da05:1 root.* rate \([^ ]*\) .*/\1/p'; }
# limit_is GUEST MAX: checks for the rate that the ceiling needs on the wire with an MTU of 1500, or
# up to 2 % less where the guest sends large segments (agentd/core/shaper.h).
limit_is() {
    limit "$1" | awk -v want="$2" '
        function bps(text) { return text * (text ~ /Gbit/ ? 1e9 : text ~ /Mbit/ ? 1e6 : 1e3) }
        { most = bps(want) * 1538 / 1448; good = bps($0) <= most && bps($0) >= 0.98 * most }
        END { exit !good }'
}
state_is() { vm_is "$1" "$2" state ". == \"$3\""; }
limits_are() { limit_is tame "$1" && limit_is calm "$1" && limit_is mover "$1"; }
try "all are limited" wait_for "limits" limits_are 50Mbit

# --- paused ---

libvirt_virsh suspend tame
try "a guest that is paused is unresponsive" wait_for "the state" state_is here tame unresponsive
rows() { ctl -o json history here "$1" --since 6s --until 1s | jq -e "length $2" >/dev/null; }
sleep 7 # until the observed span has passed
try "which delays nobody else" rows calm '>= 4'
try "and is a gap in its history, not zeros" rows tame '== 0'
ctl set-sla here tame --max 40Mbit
libvirt_virsh resume tame
try "when it goes on it is limited as was ordered meanwhile" wait_for "the limit" limit_is tame 40Mbit

# --- libvirtd ---

libvirt_daemon_kill
sleep 3 # of polls that fail
try "without libvirtd no guest is forgotten" vm_is here calm nic '. != null'
ctl set-sla here calm --max 30Mbit
libvirt_daemon_start
try "guests kept their limits" eval 'limit_is tame 40Mbit && limit_is mover 50Mbit'
try "when libvirtd is back, what was ordered meanwhile is done" wait_for "the limit" limit_is calm 30Mbit
libvirt_guest_start late 4
try "and guests that come are found" wait_for "four measured nics" vms_seen here 4
libvirt_guest_stop late

# --- reverting the guest to a snapshot, with its counters ---

libvirt_virsh snapshot-create-as tame before >/dev/null
ctl set-sla here tame --max 20Mbit
wait_for "the limit" limit_is tame 20Mbit
libvirt_guest_iperf tame 1 1 5
wait_for "traffic" vm_is here tame usage_bps '. > 5e6'
wait_for "its end" vm_is here tame usage_bps '. < 1e6'
libvirt_virsh snapshot-revert tame before --running
try "a guest that was reverted gets the limit of today" wait_for "the limit" limit_is tame 20Mbit
try "and is measured" wait_for "a measured nic" vm_is here tame usage_bps '. != null'
most() { ctl -o json history here tame --since 20s | jq 'map(.usage_bps) | max'; }
try "counters that jump back do not count as traffic" at_most "$(most)" 30e6

# --- down and up ---

libvirt_guest_exec calm poweroff -f || true # the guest agent ends with the guest
gone() { ctl -o json vms "$1" | jq -e --arg vm "$2" 'map(.vm) | index($vm) == null' >/dev/null; }
try "a guest that shut down is forgotten" wait_for "calm gone" gone here calm
libvirt_virsh start calm >/dev/null
# libvirt 9.0 may see the end of the old guest's agent only now: it treats that as an error of the
# new agent, and keeps this state until the guest starts again.
agent_given_up() { libvirt_virsh qemu-agent-command calm '{"execute": "guest-ping"}' 2>&1 | any_line 'due to an error'; }
if agent_given_up; then
    libvirt_virsh destroy calm >/dev/null
    libvirt_virsh start calm >/dev/null
fi
try "when it starts again it gets its limit back" wait_for "the limit" limit_is calm 30Mbit

# --- migration to the other host ---

ctl set-sla there mover --max 60Mbit
migrate() {
    libvirt_virsh migrate mover "$THERE_URI" --live --migrateuri "unix://$RUN/migration" --timeout 120
    wait_for "it gone here" gone here mover
    wait_for "it there" vm_is there mover usage_bps '. != null'
}
try "a guest that migrates away is forgotten here, and found there" migrate
libvirt_host_use there
try "where it has the limit of that host" wait_for "the limit" limit_is mover 60Mbit
libvirt_host_use here
try "those that stay are as they were" eval 'limit_is tame 20Mbit && limit_is calm 30Mbit'
cases_done
