#!/usr/bin/env bash
# Tests the units as installed, in an emulated machine whose first process is systemd: controller
# and agent with all of their limits, with libvirt, a guest with a VF, and QEMU's sockets. The cases
# are in tests/lib/units_host.sh.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/sriov_machine.sh"
need_root

QGA=$(netns_qga_program)
DESTDIR=$RUN/root cmake --install "${DAQS_BIN%/bin}" --prefix /usr/local >"$RUN/install.log"

# Runs before systemd: installs the programs, and disables the services of this machine.
cat >"$RUN/prepare" <<RUN
cp -a $RUN/root/. /
rm -f /.dockerenv /run/.containerenv # systemd would detect a container
: >/etc/fstab
echo 8d0a6c1f4b3e4c0f9d2b7a5e6f1c3d70 >/etc/machine-id
for unit in udevd udev-trigger udev-settle hwdb-update timesyncd binfmt random-seed modules-load \\
    update-utmp firstboot remount-fs sysctl sysusers tmpfiles-setup tmpfiles-setup-dev; do
    ln -sf /dev/null /etc/systemd/system/systemd-\$unit.service
done
for unit in systemd-udevd-kernel.socket systemd-udevd-control.socket modprobe@.service; do
    ln -sf /dev/null /etc/systemd/system/\$unit
done
printf '[Manager]\nShowStatus=no\n' >/etc/systemd/system.conf
cat >/etc/systemd/system/daqs-test.service <<UNIT
[Unit]
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
TimeoutStartSec=infinity
Environment=HOME=/root DAQS_BIN=/usr/local/bin RUN=/run/units QGA=$QGA
ExecStartPre=mkdir /run/units
ExecStart=/bin/bash $TOP/tests/lib/units_host.sh
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
UNIT
RUN
sriov_machine_run "$RUN/prepare" daqs.systemd systemd.unit=daqs-test.service systemd.show_status=no
cases_done
