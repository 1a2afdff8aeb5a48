#!/usr/bin/env bash
# Tests the choice of packages for test images: packages that fit together must be chosen, whatever
# versions an archive offers. The archive is made by this test, and apt has a separate
# configuration.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/newer_debian.sh"

mkdir -p "$RUN"/{archive,state/lists/partial,cache/archives/partial,build}
: >"$RUN/status"
cat >"$RUN/apt.conf" <<CONF
Dir::State "$RUN/state";
Dir::State::status "$RUN/status";
Dir::Cache "$RUN/cache";
Dir::Etc::SourceList "$RUN/sources.list";
Dir::Etc::SourceParts "/dev/null";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
CONF
echo "deb [trusted=yes] copy:$RUN/archive ./" >"$RUN/sources.list"
export APT_CONFIG=$RUN/apt.conf

# package NAME VERSION [DEPENDS]: adds a package to the archive.
package() {
    local folder=$RUN/build/$1_$2
    mkdir -p "$folder/DEBIAN"
    printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\n%s' \
        "$1" "$2" "${3:+Depends: $3$'\n'}" >"$folder/DEBIAN/control"
    printf 'Description: for a test\n' >>"$folder/DEBIAN/control"
    dpkg-deb -b "$folder" "$RUN/archive" >"$RUN/build/log"
}
publish() {
    (cd "$RUN/archive" && dpkg-scanpackages -m . >Packages 2>"$RUN/build/log")
    apt-get -qq update
}

# As in Debian 12's archive on 2026-11-28: some packages of the source were newer than the others.
package linux-headers-1 6.1.192-2 'linux-headers-common (= 6.1.192-2), linux-kbuild (>= 6.1.192-2)'
package linux-headers-common 6.1.192-2
package linux-kbuild 6.1.192-3
package linux-kbuild 6.1.176-1
package linux-image-1 6.1.192-2
package linux-image-meta 6.1.192-2 linux-image-1
publish
chosen() { fitting_versions "$1" >"$RUN/chosen" && grep -qx "$2" "$RUN/chosen"; }
try "a package is taken in the version that fits" chosen linux-headers-1 'linux-kbuild 6.1.192-3'
try "and each other one in the version that there is" chosen linux-headers-1 'linux-headers-common 6.1.192-2'
version_is() { [ "$(version_in "$(<"$RUN/chosen")" "$1")" = "$2" ]; }
try "of one package the version is told" version_is linux-kbuild 6.1.192-3
try "the kernel is the one that the metapackage stands for" test "$(newest_kernel linux-image-meta)" = linux-image-1
try "a package is downloaded and unpacked" unpack_package linux-kbuild 6.1.192-3 "$RUN/root"

rm "$RUN"/archive/linux-kbuild_6.1.192-3*
publish
try "where none fits, it fails and says what is missing" says 1 'linux-headers-1 : Depends: linux-kbuild' \
    fitting_versions linux-headers-1
try "one that does not exist, too" says 1 'Unable to locate package nothing' fitting_versions nothing
try "no metapackage stands for no kernel" test -z "$(newest_kernel nothing)"
try "the test that wants it is skipped with the reason" says $NOTHING_FITS '^no headers$' nothing_fits 'no headers'

# From Debian 13, through the Debian archive that the machine uses.
OUT=$RUN/newer
newer() { newer_program linux-kbuild program --version <<<'#!/bin/true'; }
try "a program of a newer Debian is skipped where apt has no Debian archive" \
    says $NOTHING_FITS 'apt names no Debian archive' newer
main=$RUN/old/debian/dists/bookworm/main/binary-amd64
mkdir -p "$main"
cp "$RUN/archive/Packages" "$main/"
echo "deb [trusted=yes] copy:$RUN/old/debian/ bookworm main" >>"$RUN/sources.list"
apt-get -qq update
try "so it is where the archive has no newer Debian" \
    says $NOTHING_FITS "cannot read the package lists of trixie from copy:$RUN/old/debian/" newer
try "and nothing is left of it" eval '[ "$(ls "$OUT")" = lock ]'
cases_done
