# shellcheck shell=bash
# newer_debian.sh - for scripts that unpack a program of Debian 13, with the libraries that it
# needs, below $OUT. Nothing is installed, and this machine's package lists stay unchanged. The
# scripts define TOP, OUT, say and die.
#
#   newer_program PACKAGES PROGRAM [ARGUMENT...] <SCRIPT
#
# makes $OUT/root from PACKAGES (one word each) and their dependencies, and $OUT/PROGRAM from
# SCRIPT, unless both exist already. SCRIPT runs the program with the loader and the libraries in
# root next to it; it must succeed with ARGUMENTS. If the archive lacks such packages, the exit
# status is NOTHING_FITS (image_parts.sh).
# SPDX-License-Identifier: Apache-2.0

SUITE=trixie

. "$TOP/tests/lib/image_parts.sh"

# Runs apt-get with separate lists, state and cache, in which nothing is installed.
apt_apart() {
    apt-get -qq -o "Dir::State=$WORK/state" -o "Dir::State::status=$WORK/status" \
        -o "Dir::Cache=$WORK/cache" -o "Dir::Etc::SourceList=$WORK/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User=root -o APT::Get::Download-Only=true \
        -o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false -o Acquire::Languages=none \
        -o DPkg::Pre-Install-Pkgs::= -o DPkg::Post-Invoke::= -o APT::Update::Post-Invoke::= "$@"
}

newer_download() {
    local uri
    uri=$(debian_archive) || nothing_fits "apt names no Debian archive"
    mkdir -p "$WORK"/{state/lists/partial,cache/archives/partial}
    : >"$WORK/status"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
        "$uri" "$SUITE" >"$WORK/sources.list"
    say "downloading the package lists of $SUITE"
    apt_apart update >&2 || nothing_fits "cannot read the package lists of $SUITE from $uri"
    say "downloading $* and what that needs"
    # Packages that do not fit fail here already, which is not a failed download.
    apt_apart -s install "$@" >/dev/null || nothing_fits "no $* of $SUITE with libraries that fit"
    apt_apart -y install "$@" >&2 || die "cannot download $* of $SUITE"
}

newer_program() {
    local packages=$1 program=$2 deb
    shift 2
    mkdir -p "$OUT"
    # One builder at a time; a second test that needs it waits here.
    exec 9>"$OUT/lock"
    flock 9
    [ ! -e "$OUT/stamp" ] || [ "$0" -nt "$OUT/stamp" ] || [ "${BASH_SOURCE[0]}" -nt "$OUT/stamp" ] || return 0

    WORK=$(mktemp -d "$OUT/work.XXXXXX")
    trap 'rm -rf "$WORK"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # shellcheck disable=SC2086 # words
    newer_download $packages
    for deb in "$WORK"/cache/archives/*.deb; do dpkg -x "$deb" "$WORK/root"; done
    cat >"$WORK/$program"
    chmod 755 "$WORK/$program"
    "$WORK/$program" "$@" >/dev/null || die "the $program that was unpacked does not do: $*"
    rm -rf "$OUT/root" "$OUT/stamp"
    mv "$WORK/root" "$WORK/$program" "$OUT/"
    "$OUT/$program" --version | sed -n 1p >"$OUT/stamp"
}
