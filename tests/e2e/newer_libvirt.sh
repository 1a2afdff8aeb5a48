#!/usr/bin/env bash
# Tests the agent on a host with a newer libvirt than this machine's: a libvirtd of Debian 13
# (11.3), which reports the errors of guest agents with other codes than versions before 11.2. The
# guests are real; their agents block guest-exec, are frozen, or hang.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/libvirt_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

"$TOP/tests/lib/newer-libvirt"
LIBVIRT_DAEMON=$TOP/build/libvirt/libvirtd
LIBVIRT_CACHE=$TOP/build/libvirt/cache
libvirt_rig_up 20mbit

# A file system that can be frozen.
truncate -s 4M "$RUN/disk"
mke2fs -qF -t ext4 -O ^has_journal "$RUN/disk"
libvirt_guest_start gold 1
LIBVIRT_GUEST_DEVICES="<disk type='file' device='disk'><driver name='qemu' type='raw'/>
    <source file='$RUN/disk'/><target dev='vda' bus='virtio'/></disk>" libvirt_guest_start noisy 2
libvirt_guest_start mute 3 "daqs.qga=--block-rpcs=guest-exec"
controller_start
agent_start node "$UPLINK_IF" 20Mbit "source = libvirt" "uri = $LIBVIRT_URI"
try "the daemon is a newer libvirt's" eval 'libvirt_virsh version --daemon | any_line "daemon: 11\."'
WAIT_S=300 try "its guests are found and measured" wait_for "three measured nics" vms_seen node 3

is() { # VM STATE WORDS
    vm_is node "$1" state ". == \"$2\"" && vm_is node "$1" reason "test(\"$3\")"
}

# --- guest-exec is blocked ---

# The replies send as much as arrives: about 4 Mbit/s.
start echo ip netns exec "$LIBVIRT_SINK" busybox ping -q -s 10000 -i 0.02 10.95.0.13
refused() { libvirt_qga mute '{"execute":"guest-exec","arguments":{"path":"tc"}}'; }
try "libvirt reports a refusal as an error of its own" \
    says 1 'error: guest agent command failed: .*guest-exec has been disabled' refused
ctl set-sla node gold 9Mbit
libvirt_guest_iperf gold 1 1 600
libvirt_guest_iperf noisy 2 8 600
try "a guest that blocks guest-exec is unmanaged, and says why" \
    wait_for "mute" is mute unmanaged 'guest-exec is blocked'
try "and is measured" wait_for "what mute sends" vm_is node mute usage_bps '. > 1e6'

# --- limits ---

limited() { libvirt_guest_exec noisy tc class show dev eth0 | any_line "htb da05:1 root"; }
try "best effort is limited in the guest" wait_for "noisy limited" eval 'vm_limited node noisy && limited'

# --- frozen ---

wait_for "the disk of noisy" libvirt_guest_exec noisy grep -q ' /disk ext4 ' /proc/mounts
libvirt_virsh domfsfreeze noisy >/dev/null
try "a guest whose file systems are frozen is frozen" wait_for "noisy" is noisy frozen 'file systems are frozen'
try "its limit stays" vm_is node noisy limit_bps '. != null'
libvirt_virsh domfsthaw noisy >/dev/null
try "thawed, it is limited as before" wait_for "noisy limited" eval 'vm_limited node noisy && limited'

# --- an agent that hangs ---

# The guest agent continues when the guest reaches an address that does not exist yet. It may hang
# before it has replied.
libvirt_qga noisy "$(jq -cn '{execute: "guest-exec", arguments: {path: "sh", arg: ["-c",
    "killall -STOP qemu-ga; until ping -c 1 -W 1 10.95.0.2; do :; done; killall -CONT qemu-ga"]}}')" >/dev/null || true
try "a guest agent that hangs is unresponsive, and why" \
    wait_for "noisy" is noisy unresponsive 'did not answer in time'
try "its neighbours are as before" eval 'is mute unmanaged "guest-exec is blocked" && vm_is node gold usage_bps ". != null"'
ip -n "$LIBVIRT_SINK" addr add 10.95.0.2/24 dev sink0
try "it is limited again when it goes on" wait_for "noisy limited" eval 'vm_limited node noisy && limited'
cases_done
