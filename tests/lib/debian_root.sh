# shellcheck shell=bash
# debian_root.sh - a fresh Debian 12 to install packages in: a folder in which programs run with
# chroot. It runs without systemd, and packages start nothing. Needs root. Source it after
# common.sh.
#
#   debian_root FILE...         unpacks one to $DEBIAN_ROOT, from an archive that is made once; it
#                               has the packages that FILEs depend on, downloaded, not installed
#   in_root COMMAND...          runs it there, in the network namespace $DEBIAN_NETNS
#   in_root_online COMMAND...   runs it there, with this machine's network
#   ROOT_COMMAND                words before a command, for 'start'. Its mounts end with the command
# SPDX-License-Identifier: Apache-2.0

DEBIAN_ROOT=$RUN/debian
DEBIAN_NETNS=dq$$-debian
DEBIAN_BASE=$TOP/build/debian/base.tar

. "$TOP/tests/lib/image_parts.sh"

# shellcheck disable=SC2016 # expanded by the inner shell
ROOT_COMMAND=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
    unshare --mount --propagation private sh -c
    'root=$1 && shift && mount -t proc proc "$root/proc" && exec chroot "$root" "$@"' sh "$DEBIAN_ROOT")

in_root_online() { "${ROOT_COMMAND[@]}" "$@"; }
in_root() { ip netns exec "$DEBIAN_NETNS" "${ROOT_COMMAND[@]}" "$@"; }

apt_in_root() {
    in_root_online apt-get -qq -o Dpkg::Use-Pty=0 "$@" >"$RUN/apt.log" 2>&1 || {
        tail -n 20 "$RUN/apt.log" >&2
        return 1
    }
}

# Downloads to $DEBIAN_ROOT, from the archive that apt uses on this machine.
debian_download() {
    local mirror
    mirror=$(debian_archive) || die "apt names no Debian archive"
    say "downloading a Debian"
    debootstrap --variant=minbase bookworm "$DEBIAN_ROOT" "$mirror" >"$RUN/debootstrap.log" 2>&1 || {
        tail -n 5 "$RUN/debootstrap.log" >&2
        die "debootstrap failed"
    }
    apt-config dump | grep -iE '^Acquire::.*(Proxy|CaInfo)' >"$DEBIAN_ROOT/etc/apt/apt.conf.d/host" || true
    # The files do not outlive the test, so dpkg need not wait for the disk.
    echo force-unsafe-io >"$DEBIAN_ROOT/etc/dpkg/dpkg.cfg.d/unsafe-io"
    printf '#!/bin/sh\nexit 101\n' >"$DEBIAN_ROOT/usr/sbin/policy-rc.d"
    chmod 755 "$DEBIAN_ROOT/usr/sbin/policy-rc.d"
    rm -f "$DEBIAN_ROOT"/var/cache/apt/archives/*.deb
    cp "$@" "$DEBIAN_ROOT/tmp/"
    apt_in_root update
    apt_in_root install --no-install-recommends --download-only "${@/#*\///tmp/}"
    for file in "${@##*/}"; do rm "$DEBIAN_ROOT/tmp/$file"; done
}

debian_root() {
    local lock
    ip netns add "$DEBIAN_NETNS"
    on_exit ip netns del "$DEBIAN_NETNS"
    ip -n "$DEBIAN_NETNS" link set lo up
    mkdir -p "$DEBIAN_ROOT" "${DEBIAN_BASE%/*}"
    exec {lock}>"${DEBIAN_BASE%/*}/lock" # a second test waits here
    flock "$lock"
    if [ -s "$DEBIAN_BASE" ]; then
        tar -C "$DEBIAN_ROOT" -xf "$DEBIAN_BASE"
    else
        debian_download "$@"
        tar -C "$DEBIAN_ROOT" -cf "$DEBIAN_BASE.part" .
        mv "$DEBIAN_BASE.part" "$DEBIAN_BASE"
    fi
    exec {lock}>&-
}
