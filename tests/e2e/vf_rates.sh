#!/usr/bin/env bash
# Tests VF rates, set and read back by a real kernel: agent, controller and a guest agent run inside
# an emulated machine whose NIC is the kernel's own netdevsim. It stores the rates of its VFs in 16
# bits and reports success for any rate; it carries no traffic and has no counters.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

"$TOP/tests/lib/netdevsim-image" "$DAQS_BIN" "$TOP/tests/lib/vf_rates_init" "$RUN/initramfs.gz"
# Without KVM, see guest-image.
start machine timeout 1800 qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 \
    -nodefaults -no-user-config -display none -no-reboot -serial "file:$RUN/console" \
    -kernel "$TOP/build/guest/vmlinuz" -initrd "$RUN/initramfs.gz" \
    -append "console=ttyS0 quiet mitigations=off no_timer_check cryptomgr.notests panic=-1 rdinit=/init"
ended() { ! kill -0 "$STARTED"; }
WAIT_S=1800 wait_for "the machine's tests (see $RUN/console)" ended
tr -d '\r' <"$RUN/console" >"$RUN/results"
cat "$RUN/results"

while read -r status what; do
    try "$what" test "$status" = 0
done < <(sed -n 's/^case //p' "$RUN/results")
try "all was tried" grep -qx 'cases: done' "$RUN/results"
cases_done
