# shellcheck shell=bash
# image_parts.sh - for scripts that make images of machines: packages that are unpacked but not
# installed, and the libraries of programs. The scripts define TOP, say and die.
# SPDX-License-Identifier: Apache-2.0

# with_libraries ROOT FILE...: copies the shared libraries (and the loader) that the programs need
# into ROOT, at the same paths as on this machine.
with_libraries() {
    local root=$1 list path
    shift
    list=$(ldd "$@")
    if grep -F 'not found' <<<"$list" >&2; then die "a shared library of the guest's programs is missing here"; fi
    while read -r path; do
        mkdir -p "$root${path%/*}"
        cp -L "$path" "$root$path"
    done < <(grep -o '/[^ ]*\.so[^ ]*' <<<"$list" | sort -u)
}

# module_files ROOT ABI MODULE...: prints, of the kernel ABI unpacked below ROOT, the files of these
# modules and of all that they need, in the order in which they load.
module_files() {
    local root=$1 abi=$2 module
    shift 2
    for module in "$@"; do
        /sbin/modprobe -d "$root" -S "$abi" --show-depends "$module" || die "$abi has no module $module"
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# Exit status of a script that cannot make its image because packages do not fit together: the test
# that needs the image is skipped. The value is that of automake's and ctest's SKIP_RETURN_CODE.
NOTHING_FITS=77
nothing_fits() {
    say "$*"
    exit $NOTHING_FITS
}

# package_lists: makes sure that apt has package lists.
package_lists() {
    [ -z "$(apt-cache policy qemu-guest-agent 2>/dev/null)" ] || return 0
    say "the package lists are missing, running apt-get update"
    apt-get -q update >&2 || say "apt-get update failed"
}

# fitting_versions PACKAGE...: prints a line "PACKAGE VERSION" for each of them and for all that
# they depend on, as apt would install them together on an empty machine. An archive does not always
# have all packages of one source in one version, so versions are not derived from each other.
# Fails, with apt's reason on stderr, if the packages do not exist or do not fit.
fitting_versions() {
    local status chosen
    status=$(mktemp)
    chosen=$(apt-get -s -o "Dir::State::status=$status" -o APT::Install-Recommends=false install "$@" 2>&1) || {
        rm -f "$status"
        grep -E '^E: |Depends: ' <<<"$chosen" >&2
        return 1
    }
    rm -f "$status"
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1 \2/p' <<<"$chosen"
}

# version_in LIST PACKAGE: prints its version in the output of fitting_versions.
version_in() { sed -n "s/^$2 //p" <<<"$1" | sed -n 1p; }

# newest_kernel METAPACKAGE: prints the package it currently stands for, such as
# linux-image-6.1.0-56-cloud-amd64 for linux-image-cloud-amd64; nothing if apt does not know it.
newest_kernel() {
    apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | sed -n 1p
}

# download_package PACKAGE VERSION FOLDER: downloads it and sets DEB to its file there. Runs as
# root, because apt's sandbox user may not write below the checkout.
download_package() {
    local package=$1 version=$2 folder=$3
    DEB=$(compgen -G "$folder/${package}_${version/:/%3a}_*.deb") && return
    say "downloading $package $version"
    mkdir -p "$folder"
    rm -f "$folder/${package}"_*.deb
    (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download "$package=$version" >&2) ||
        die "cannot download $package $version (try: apt-get update)"
    DEB=$(compgen -G "$folder/${package}_*.deb") || die "apt-get download left no $package in $folder"
}

# unpack_package PACKAGE VERSION ROOT: downloads it and unpacks it below ROOT.
unpack_package() {
    local DEB
    download_package "$1" "$2" "$3"
    dpkg -x "$DEB" "$3"
    rm "$DEB"
}

# guest_kernel: sets KERNEL (linux-image-6.1.0-56-cloud-amd64) and VERSION to the package from which
# guest-image took the guests' kernel.
guest_kernel() {
    read -r KERNEL VERSION < <(sed -n 's/^\(linux-image-[^ ]*\) \([^ ]*\) qemu-guest-agent .*/\1 \2/p' "$TOP/build/guest/stamp")
    [ -n "${VERSION:-}" ] || die "build/guest/stamp does not name the guests' kernel"
}

# debian_archive: prints the archive that this machine uses for its packages.
debian_archive() {
    # shellcheck disable=SC2016 # apt's own names
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/\?$' | sed -n 1p
}
