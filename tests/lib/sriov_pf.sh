# shellcheck shell=bash
# sriov_pf.sh - inside the machine of sriov_machine.sh: its NIC, with four virtual functions that
# have addresses, and a libvirtd whose folders start empty. Source it after libvirt_rig.sh.
#
#   sriov_pf_up           pf0, with VFs 52:54:00:da:05:a0 to a3
#   rate VF               its max_tx_rate, Mbit/s; empty: none
#   on_wire MBPS          what a ceiling needs on the wire in full frames, in whole Mbit/s
#   address_xml VF        the function's address, as XML for libvirt
#   sriov_libvirt_up [LINES...]   LINES of libvirtd.conf
# SPDX-License-Identifier: Apache-2.0

PF=/sys/class/net/pf0

sriov_pf_up() {
    local vf
    ip link set eth0 name pf0
    ip link set pf0 up
    echo 4 >$PF/device/sriov_numvfs
    for vf in 0 1 2 3; do ip link set pf0 vf $vf mac 52:54:00:da:05:a$vf; done
}

rate() { ip link show pf0 | sed -n "s/^ *vf $1 .*max_tx_rate \([0-9]*\)Mbps.*/\1/p"; }
on_wire() { echo $(($1 * 1538 / 1448)); }

address_xml() {
    local pci bus slot function
    pci=$(basename "$(readlink "$PF/device/virtfn$1")")
    IFS=:. read -r _ bus slot function <<<"$pci"
    printf "<address type='pci' domain='0x0000' bus='0x%s' slot='0x%s' function='0x%s'/>" "$bus" "$slot" "$function"
}

sriov_libvirt_up() {
    local folder
    for folder in /etc/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
        mkdir -p "$folder"
        mount -t tmpfs tmpfs "$folder"
    done
    libvirt_configure /etc/libvirt /etc
    echo 'namespaces = []' >>/etc/libvirt/qemu.conf # in a private /dev, QEMU would lack /dev/kvm
    [ $# = 0 ] || printf '%s\n' "$@" >/etc/libvirt/libvirtd.conf # libvirtd rejects an empty line
    LIBVIRT_URI=qemu:///system LIBVIRT_DIR=$RUN
    start libvirtd libvirtd
    wait_for "libvirtd answers" libvirt_virsh list
    # How guests are started: with the first VF, and room for two more.
    LIBVIRT_GUEST_TYPE=kvm LIBVIRT_GUEST_CPU=host-passthrough
    LIBVIRT_GUEST_KERNEL=$TOP/build/sriov/vmlinuz LIBVIRT_GUEST_INITRD=$TOP/build/sriov/guest.gz
    LIBVIRT_GUEST_NIC="<interface type='hostdev' managed='yes'><source>$(address_xml 0)</source>
    <mac address='52:54:00:da:05:11'/></interface>"
}
