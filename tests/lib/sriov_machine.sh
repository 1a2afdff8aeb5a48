# shellcheck shell=bash
# sriov_machine.sh - an emulated machine with an emulated NIC (82576) that has virtual functions. It
# sees this machine's files; its own writes stay inside. Needs root. Source it after daqs.sh and
# cases.sh.
#
#   sriov_machine_run SCRIPT [PARAMETER...]   boots it, runs SCRIPT there with bash, and waits for
#       the end; PARAMETERs go onto its kernel's command line (see sriov-image). The machine's
#       console is then in $RUN/console, QEMU's messages in $RUN/machine.log. Counts the cases
#       printed there.
#   The wire's other end is 10.95.0.1, in the network namespace $SRIOV_NETNS.
# SPDX-License-Identifier: Apache-2.0

SRIOV_NETNS=dq$$-sriov

sriov_machine_ended() { ! kill -0 "$STARTED"; }

# Now and then the emulator loses the timer of the first processor while the kernel boots, and the
# machine stops. The kernel reports that, before any program of ours has run.
sriov_timer_stopped() {
    grep -q 'Possible timer handling issue' "$RUN/console" && ! grep -qE '^(not )?ok ' "$RUN/console"
}

sriov_machine_over() { sriov_machine_ended || sriov_timer_stopped; }

sriov_machine_boot() { # SCRIPT [PARAMETER...]
    local script=$1
    shift
    : >"$RUN/console"
    # Without KVM, see guest-image.
    start machine timeout 1800 ip netns exec "$SRIOV_NETNS" "$TOP/build/qemu/qemu" \
        -M q35,kernel-irqchip=split -accel tcg,thread=multi -cpu max -smp 2 -m 3072 \
        -nodefaults -no-user-config -display none -no-reboot -serial "file:$RUN/console" \
        -kernel "$TOP/build/sriov/vmlinuz" -initrd "$TOP/build/sriov/host.gz" \
        -append "console=ttyS0 quiet mitigations=off no_timer_check cryptomgr.notests panic=-1 intel_iommu=on iommu=pt daqs.run=$script $*" \
        -virtfs local,path=/,security_model=none,readonly=on,mount_tag=root,multidevs=remap \
        -device intel-iommu,intremap=on,caching-mode=on \
        -device pcie-root-port,id=slot1,chassis=1,slot=1 \
        -netdev tap,id=wire,ifname=wire,script=no,downscript=no \
        -device igb,netdev=wire,bus=slot1,mac=52:54:00:da:05:01 \
        -trace enable=e1000e_wrn_regs_write_unknown
}

sriov_machine_run() {
    local script=$1 line
    shift
    "$TOP/tests/lib/newer-qemu"
    "$TOP/tests/lib/sriov-image"
    ip netns add "$SRIOV_NETNS"
    on_exit ip netns del "$SRIOV_NETNS"
    ip -n "$SRIOV_NETNS" link set lo up
    ip -n "$SRIOV_NETNS" tuntap add wire mode tap
    ip -n "$SRIOV_NETNS" addr add 10.95.0.1/24 dev wire
    ip -n "$SRIOV_NETNS" link set wire up
    start iperf ip netns exec "$SRIOV_NETNS" iperf3 -s

    local boots
    for boots in 1 2 3 4 5; do
        sriov_machine_boot "$script" "$@"
        WAIT_S=1900 wait_for "the machine's tests (see $RUN/console)" sriov_machine_over
        sriov_timer_stopped && [ "$boots" -lt 5 ] || break
        say "the emulated machine's timer stopped while it booted; it is started again"
        stop_pid "$STARTED"
    done
    stop_pid "$STARTED"
    tr -d '\r' <"$RUN/console" >"$RUN/results"
    sed "s/^/    /" "$RUN/results" # its cases are counted below

    while IFS= read -r line; do
        try "${line#*ok }" test "${line%% *}" = ok
    done < <(grep -E '^(not )?ok ' "$RUN/results")
    try "all was tried" grep -qx 'cases: done' "$RUN/results"
}
