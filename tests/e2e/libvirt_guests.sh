#!/usr/bin/env bash
# Tests the whole path on real guests: libvirtd, QEMU, qemu-ga, tc in the guest, one controller and
# one agent. A 20 Mbit/s uplink, which emulated guests fill on any machine, one flow against eight.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/libvirt_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

libvirt_rig_up 20mbit
libvirt_guest_start gold 1
controller_start
agent_start node "$UPLINK_IF" 20Mbit "source = libvirt" "uri = $LIBVIRT_URI"
# Two guests start while the agent runs: it must learn of them from libvirt's events.
libvirt_guest_start noisy 2
libvirt_guest_start mute 3 "daqs.qga=--block-rpcs=guest-exec"
WAIT_S=300 try "guests that run and guests that come are found and measured" \
    wait_for "three measured nics" vms_seen node 3
macs_known() { ctl -o json vms node | jq -e 'map(.nic) | index("52:54:00:da:05:01") != null' >/dev/null; }
try "nics are known by their MAC address" macs_known

limited() { libvirt_guest_exec "$1" tc class show dev eth0 | any_line "htb da05:1 root"; }

# --- what those who made them say ---

# label VM KEY VALUE: checks that the controller knows this label of the VM.
label() {
    ctl -o json labels node | jq -e --arg vm "$1" --arg k "$2" --arg v "$3" \
        'any(.vm == $vm and .key == $k and .value == $v)' >/dev/null
}
no_labels() { ctl -o json labels node | jq -e --arg vm "$1" 'any(.vm == $vm and .key == "")' >/dev/null; }
titled() { ctl -o json labels node | jq -e --arg vm "$1" --arg t "$2" 'any(.vm == $vm and .title == $t)' >/dev/null; }
sla_of() { libvirt_virsh metadata "$1" --uri urn:daqs:sla:1 --key daqs "${@:2}" --live >/dev/null; }
try "a domain without metadata has no labels" no_labels gold
sla_of gold --set '<sla class="gold" min="9Mbit"><label name="team" value="billing"/></sla>'
try "what is written into a domain's metadata is known at once" wait_for "its class" label gold sla-class gold
try "with all that it says" eval 'label gold sla-min 9Mbit && label gold team billing'
libvirt_virsh desc gold --title "A database" --live >/dev/null
try "and so is its title" wait_for "the title" titled gold "A database"
sla_of gold --set '<sla clas="gold"/>'
try "an attribute that is not known is a problem" \
    wait_for "the problem" label gold sla-problem "'clas' is not known; use min, max, weight, class, tenant"
sla_of gold --remove
try "what is removed is gone" wait_for "no labels" no_labels gold

# --- the guarantee ---

libvirt_guest_iperf gold 1 1 600
began=$(date +%s)
libvirt_guest_iperf noisy 2 8 600
wait_for "both send" eval 'vm_is node gold usage_bps ". > 500000" && vm_is node noisy usage_bps ". > 500000"'
sleep 10 # until the observed span has passed
base=$(iperf_mbps gold 3 9)
ctl set-sla node gold 9Mbit
try "best effort is limited in the guest, by HTB of ours" wait_for "noisy limited" \
    eval 'vm_limited node noisy && limited noisy'
try "a guest that blocks guest-exec is unmanaged, and says why" \
    vm_is node mute reason 'test("guest-exec is blocked")'
try "without control the lone flow is below the guarantee" at_most "$base" 8
held() {
    local now=$(($(date +%s) - began))
    at_least "$(iperf_mbps gold $((now - 7)) $((now - 1)))" 8.8
}
try "with the guarantee it has it" wait_for "six seconds of it" held
recorded() {
    ctl -o json history node gold --since 8s --until 2s |
        jq '[.[].usage_bps] | if length >= 3 then add / length / 1e6 else error("too few") end'
}
# Both cover the same six seconds, give or take one; a stall of the machine in that second shows.
history_agrees() {
    local now=$(($(date +%s) - began))
    within_percent "$(recorded)" "$(iperf_mbps gold $((now - 8)) $((now - 2)))" 10
}
try "history agrees with what arrived" wait_for "agreement" history_agrees

# --- resets and nics that come and go ---

libvirt_guest_iperf_stop noisy
libvirt_virsh reset noisy
wait_for "noisy has gone down" eval '! libvirt_guest_ready noisy'
try "a guest that was reset gets its limit back" wait_for "noisy limited again" limited noisy
cat >"$RUN/nic.xml" <<'XML'
<interface type='bridge'>
  <source bridge='br0'/>
  <mac address='52:54:00:da:05:f1'/>
  <model type='virtio'/>
</interface>
XML
# nics VM COUNT: checks that the VM has this number of nics, all of them measured.
nics() {
    ctl -o json vms node | jq -e --arg vm "$1" --argjson n "$2" \
        'map(select(.vm == $vm)) | length == $n and all(.usage_bps != null)' >/dev/null
}
all_limited() {
    ctl -o json vms node | jq -e --arg vm "$1" 'map(select(.vm == $vm)) | all(.limit_bps != null)'
}
plug_in() {
    libvirt_virsh attach-device noisy "$RUN/nic.xml" --live
    wait_for "eth1 in the guest" libvirt_guest_exec noisy ip link set eth1 up
    wait_for "two nics" nics noisy 2
    wait_for "both limited" all_limited noisy
}
unplug() {
    libvirt_virsh detach-device noisy "$RUN/nic.xml" --live
    wait_for "one nic" nics noisy 1
}
try "a nic that is plugged in is found, measured and limited like the rest" plug_in
try "a nic that is unplugged is forgotten" unplug
libvirt_guest_stop mute
try "a guest that was destroyed is forgotten" wait_for "mute gone" \
    eval 'ctl -o json vms node | jq -e "map(.vm) | index(\"mute\") == null"'

ctl unset-sla node gold
lifted() {
    ctl -o json vms node | jq -e 'all(.limit_bps == null)' >/dev/null
    ! libvirt_guest_exec noisy tc qdisc show dev eth0 | any_line da05:
}
try "lifting the SLA removes every limit and our qdisc" wait_for "limits lifted" lifted
cases_done
