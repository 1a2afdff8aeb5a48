#!/usr/bin/env bash
# SR-IOV from end to end: an emulated host (the machine) with an emulated NIC whose virtual functions
# are passed through to a guest by libvirt and VFIO. Drivers, libvirt and guest agent are the real
# ones; the emulated NIC stores the rates it is given and does not enforce them, so what its driver
# wrote is looked at. The cases are in tests/lib/sriov_host.sh.

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
need_root

"$TOP/tests/lib/newer-qemu"
"$TOP/tests/lib/sriov-image"

# The wire's other end is a namespace of this run's own.
NETNS=dq$$-sriov
ip netns add "$NETNS"
on_exit ip netns del "$NETNS"
ip -n "$NETNS" link set lo up
ip -n "$NETNS" tuntap add wire mode tap
ip -n "$NETNS" addr add 10.95.0.1/24 dev wire
ip -n "$NETNS" link set wire up
start iperf ip netns exec "$NETNS" iperf3 -s

# The machine sees this one's files, but keeps what it writes to itself.
cat >"$RUN/run" <<RUN
export DAQS_BIN=$DAQS_BIN RUN=/run/daqs
mkdir /run/daqs
exec bash $TOP/tests/lib/sriov_host.sh 2>&1
RUN
# Not under KVM, see guest-image.
start machine timeout 600 ip netns exec "$NETNS" "$TOP/build/qemu/qemu" \
    -M q35,kernel-irqchip=split -accel tcg,thread=multi -cpu max -smp 2 -m 3072 \
    -nodefaults -no-user-config -display none -no-reboot -serial "file:$RUN/console" \
    -kernel "$TOP/build/sriov/vmlinuz" -initrd "$TOP/build/sriov/host.gz" \
    -append "console=ttyS0 quiet mitigations=off cryptomgr.notests panic=-1 intel_iommu=on iommu=pt daqs.run=$RUN/run" \
    -virtfs local,path=/,security_model=none,readonly=on,mount_tag=root,multidevs=remap \
    -device intel-iommu,intremap=on,caching-mode=on \
    -device pcie-root-port,id=slot1,chassis=1,slot=1 \
    -netdev tap,id=wire,ifname=wire,script=no,downscript=no \
    -device igb,netdev=wire,bus=slot1,mac=52:54:00:da:05:01 \
    -trace enable=e1000e_wrn_regs_write_unknown
ended() { ! kill -0 "$STARTED"; }
wait_for 600 "the machine's tests (see $RUN/console)" ended
tr -d '\r' <"$RUN/console" >"$RUN/results"
sed "s/^/    /" "$RUN/results" # its cases are counted below

while IFS= read -r line; do
    try "${line#*ok }" test "${line%% *}" = ok
done < <(grep -E '^(not )?ok ' "$RUN/results")
try "all was tried" grep -qx 'cases: done' "$RUN/results"

# RTTBCNRC (0x36b0), after RTTDQSEL chose the VF: bit 31 enables, and the rest is the link's 1000
# Mbit/s over the rate's with 14 bits of fraction (82576's datasheet; igb_set_vf_rate_limit).
written() { sed -n 's/.*register 0x36b0,.* value: \(0x[0-9a-f]*\)$/\1/p' "$RUN/machine.log"; }
rates_written() { written | while read -r v; do [ $((v >> 31)) = 0 ] || echo $(((1000 << 14) / (v & 0x7fffffff))); done; }
try "the driver wrote rates into the NIC" eval 'rates_written | grep -E "^(1?[0-9]|20)$" >/dev/null'
try "and took the last one out" eval '[ "$(written | tail -n 1)" = 0x0 ]'
cases_done
