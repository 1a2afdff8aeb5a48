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

# unpack_package PACKAGE VERSION ROOT: downloads it and unpacks it below ROOT.
unpack_package() {
    local package=$1 version=$2 root=$3
    say "downloading $package $version"
    mkdir -p "$root"
    (cd "$root" && apt-get -qq -o APT::Sandbox::User=root download "$package=$version" >&2) ||
        die "cannot download $package $version (try: apt-get update)"
    dpkg -x "$root/$package"_*.deb "$root"
    rm "$root/$package"_*.deb
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
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m 1 '/debian/\?$'
}
