# shellcheck shell=bash
# image_parts.sh - for scripts that make images of machines: packages that are unpacked, not
# installed, and the libraries of programs. They define TOP, say and die.

# with_libraries ROOT FILE...: copies the shared libraries (and the loader) that the
# programs need into ROOT, at the paths where they lie here.
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

# module_files ROOT ABI MODULE...: of the kernel ABI unpacked below ROOT, the files of these modules and
# of all that they need, in the order in which they load.
module_files() {
    local root=$1 abi=$2 module
    shift 2
    for module in "$@"; do
        /sbin/modprobe -d "$root" -S "$abi" --show-depends "$module" || die "$abi has no module $module"
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}

# Exit status of a script that cannot make its image because no packages fit together: the test that
# wants the image is skipped. It is that of automake's and of ctest's SKIP_RETURN_CODE.
NOTHING_FITS=77
nothing_fits() {
    say "$*"
    exit $NOTHING_FITS
}

# package_lists: makes sure that apt has some.
package_lists() {
    [ -z "$(apt-cache policy qemu-guest-agent 2>/dev/null)" ] || return 0
    say "the package lists are missing, running apt-get update"
    apt-get -q update >&2 || say "apt-get update failed"
}

# fitting_versions PACKAGE...: a line "PACKAGE VERSION" for each of them and for all that they depend
# on, as apt would install them together on an empty machine. An archive does not always have all
# packages of one source in one version, so no version is derived from another. It fails, and apt's
# reason is on stderr, where the packages do not exist or do not fit.
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

# version_in LIST PACKAGE: its version in what fitting_versions printed.
version_in() { sed -n "s/^$2 //p" <<<"$1" | sed -n 1p; }

# newest_kernel METAPACKAGE: the package that it stands for at the moment, such as
# linux-image-6.1.0-56-cloud-amd64 for linux-image-cloud-amd64; empty where apt does not know.
newest_kernel() {
    apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | sed -n 1p
}

# download_package PACKAGE VERSION FOLDER: sets DEB to its file there. apt's own sandbox user may not
# write below the checkout.
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

# guest_kernel: sets KERNEL (linux-image-6.1.0-56-cloud-amd64) and VERSION to the package that
# guest-image took the guests' kernel from.
guest_kernel() {
    read -r KERNEL VERSION < <(sed -n 's/^\(linux-image-[^ ]*\) \([^ ]*\) qemu-guest-agent .*/\1 \2/p' "$TOP/build/guest/stamp")
    [ -n "${VERSION:-}" ] || die "build/guest/stamp does not name the guests' kernel"
}

# debian_archive: where this machine takes its own packages from.
debian_archive() {
    # shellcheck disable=SC2016 # apt's own names
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/\?$' | sed -n 1p
}
