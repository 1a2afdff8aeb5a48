#!/usr/bin/env bash
# What tools/install-deps installs in each of its sizes: enough, and for a hypervisor nothing more.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"

deps() { "$TOP/tools/install-deps" "$@" --list | sort -u; }

# The package that a library is of. A file may be known by its path from before /lib became /usr/lib.
package_of() {
    local path
    path=$(readlink -f "$1")
    { dpkg-query -S "$path" || dpkg-query -S "${path#/usr}"; } 2>"$RUN/dpkg.log" | sed -n '1s/:.*//p'
}

# Libraries that the programs ask for themselves; their libraries' own come as dependencies.
needed() {
    local program name
    for program in daqs-agentd daqs-controllerd daqsctl daqs-fleetsim; do
        for name in $(objdump -p "$DAQS_BIN/$program" | sed -n 's/^ *NEEDED *//p'); do
            package_of "$(ldd "$DAQS_BIN/$program" | sed -n "s/^[[:space:]]*$name => \([^ ]*\).*/\1/p")"
        done
    done | sort -u
}

# What has come with the packages on standard input, besides themselves.
with_dependencies() {
    local package
    while read -r package; do
        echo "$package"
        dpkg-query -W -f '${Depends}\n' "$package" | tr ',|' '\n\n' | sed 's/^ *//; s/[ :(].*//'
    done | sort -u
}

run_has_all() {
    local missing
    deps --run | with_dependencies >"$RUN/with"
    missing=$(needed | sed '/^libc6$/d' | comm -23 - "$RUN/with")
    [ -z "$missing" ] || say "missing: $missing"
    [ -z "$missing" ] && [ "$(needed | wc -l)" -ge 10 ]
}
try "--run has the packages of all libraries that the programs load" run_has_all
try "--run has nothing else" eval '[ -z "$(comm -23 <(deps --run) <(needed))" ]'
try "--build has all of it" eval '[ -z "$(comm -23 <(deps --run) <(deps --build))" ]'
has_none() { ! deps "$1" | grep -E '^(qemu|chromium|libvirt-daemon|libvirt-clients|clang|valgrind|debootstrap|postgresql|patroni|etcd|pgbouncer)'; }
try "--run has no browser, emulator or daemon" has_none --run
try "nor has --build" has_none --build
try "without an option the tests have theirs" eval 'deps | any_line -x chromium && deps | any_line -x patroni && [ -z "$(comm -23 <(deps --build) <(deps))" ]'
ends_with() {
    local status=0
    "$TOP/tools/install-deps" "$2" >"$RUN/said" 2>&1 || status=$?
    [ "$status" = "$1" ]
}
try "an unknown option is an error" ends_with 2 --rum
try "help says what each size is for" eval 'ends_with 0 --help && any_line -e "--build " <"$RUN/said"'
cases_done
