#!/usr/bin/env bash
# Tests SR-IOV from end to end: an emulated host (the machine) with an emulated NIC whose virtual
# functions are passed through to a guest by libvirt and VFIO. Drivers, libvirt and guest agent are
# the real ones. The emulated NIC stores the rates it is given without enforcing them, so the test
# checks the register writes of its driver. The cases are in tests/lib/sriov_host.sh.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/sriov_machine.sh"
need_root

cat >"$RUN/run" <<RUN
export DAQS_BIN=$DAQS_BIN RUN=/run/daqs
mkdir /run/daqs
exec bash $TOP/tests/lib/sriov_host.sh 2>&1
RUN
sriov_machine_run "$RUN/run"

# RTTBCNRC (0x36b0), after RTTDQSEL has selected the VF: bit 31 enables the limit; the rest is the
# link's 1000 Mbit/s divided by the rate, with 14 bits of fraction (82576's datasheet;
# igb_set_vf_rate_limit).
written() { sed -n 's/.*register 0x36b0,.* value: \(0x[0-9a-f]*\)$/\1/p' "$RUN/machine.log"; }
rates_written() { written | while read -r v; do [ $((v >> 31)) = 0 ] || echo $(((1000 << 14) / (v & 0x7fffffff))); done; }
try "the driver wrote rates into the NIC" eval 'rates_written | grep -E "^(1?[0-9]|20)$" >/dev/null'
try "and took the last one out" eval '[ "$(written | tail -n 1)" = 0x0 ]'
cases_done
