# shellcheck shell=bash
# with_libraries.sh - for scripts that make images of machines; they define die.

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
