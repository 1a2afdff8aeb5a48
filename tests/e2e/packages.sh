#!/usr/bin/env bash
# Tests the Debian packages: builds them, checks them with lintian, and installs, upgrades, removes
# and purges them in a fresh Debian 12, where controller and agent run as their packages install
# them, started by hand. Under systemd: tests/e2e/running_units.sh.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/debian_root.sh"
need_root

NAMES=(daqs-common daqs-controller daqs-agent daqs-tools)

"$TOP/tools/package" --out "$RUN/built" >"$RUN/list" || die "tools/package failed"
mapfile -t files <"$RUN/list"
try "there are four packages" test "$(basename -a "${files[@]%%_*}" | sort | xargs)" = "$(printf '%s\n' "${NAMES[@]}" | sort | xargs)"
try "lintian has neither errors nor warnings" \
    lintian --allow-root --fail-on error,warning "${files[@]}"
VERSION=$(dpkg-deb -f "${files[0]}" Version)
try "their version is the programs'" says 0 "^daqs-agentd $VERSION\$" "${DAQS_BIN:-$TOP/build/release/bin}/daqs-agentd" --version

# --- installed ---

debian_root "${files[@]}"
ctl() { in_root daqsctl "$@"; }
# install_files FILE...: installs packages. Configuration files changed on both sides are kept as
# they are.
install_files() {
    cp "$@" "$DEBIAN_ROOT/tmp/"
    apt_in_root -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        install "${@/#*\///tmp/}"
}
owner() { in_root stat -c '%a %U:%G' "$1"; }
is_installed() { [ "$(in_root dpkg-query -W -f '${Version} ${db:Status-Status}' "$1")" = "$2 installed" ]; }

try "they can be installed where nothing is" install_files "${files[@]}"
for name in "${NAMES[@]}"; do try "$name is" is_installed "$name" "$VERSION"; done
try "there is a user daqs, who cannot log in" eval 'in_root getent passwd daqs | any_line ":/var/lib/daqs:/usr/sbin/nologin$"'
try "and a folder for backups" eval '[ "$(owner /var/backups/daqs)" = "750 daqs:daqs" ]'
try "the units are where systemd looks" eval 'ls "$DEBIAN_ROOT"/lib/systemd/system/daqs-{controllerd,agentd}.service >/dev/null'
try "both are started with the machine" eval \
    'ls "$DEBIAN_ROOT"/etc/systemd/system/multi-user.target.wants/daqs-{controllerd,agentd}.service >/dev/null'
try "what they name is there" eval 'cat "$DEBIAN_ROOT"/lib/systemd/system/daqs-*.service |
    sed -n "s,^ExecStart=,,p; s,^Documentation=,,p" | tr " " "\n" | sed s,^file:,, |
    while read -r path; do [ -e "$DEBIAN_ROOT$path" ]; done'
try "configuration files are known as such" eval '[ "$(in_root dpkg-query -W -f "\${Conffiles}\n" daqs-controller daqs-agent |
    grep -oE "/etc/daqs/[a-z]+.conf" | sort | paste -sd " ")" = "/etc/daqs/agentd.conf /etc/daqs/controllerd.conf" ]'

# --- run, by hand as systemd would ---

# run_daemon NAME: runs a daemon as user daqs, with the folders that its unit would create.
run_daemon() {
    in_root install -d -o daqs -g daqs -m 750 /run/daqs /var/lib/daqs
    start "$1" ip netns exec "$DEBIAN_NETNS" "${ROOT_COMMAND[@]}" \
        setpriv --reuid daqs --regid daqs --init-groups "/usr/bin/daqs-$1"
}
controller_run() {
    run_daemon controllerd
    CONTROLLER_PID=$STARTED
    wait_for "the controller answers" ctl status
}
sla_is() { ctl -o json list-sla | jq -e --argjson min "$1" '.[0].vm == "db1" and .[0].min_bps == $min' >/dev/null; }

try "an agent whose uplink is not named says what to do" says 2 'name the physical function' \
    in_root daqs-agentd
controller_run
try "the controller runs as it was installed, and root may use it" says 0 "version +$VERSION" ctl status
ip -n "$DEBIAN_NETNS" tuntap add up0 mode tap
ip -n "$DEBIAN_NETNS" link set up0 up
sed -i 's/^; host = .*/host = node1/; s/^; source = .*/source = sockets/; s/^; \[uplink .*/[uplink up0]/
    s/^; capacity = .*/capacity = 1Gbit/; s/^; nics = .*/nics = all/' "$DEBIAN_ROOT/etc/daqs/agentd.conf"
run_daemon agentd
AGENT_PID=$STARTED
host_is_up() { ctl -o json hosts | jq -e '.[0] | .host == "node1" and .state == "up" and .uplink == "up0"' >/dev/null; }
try "an agent on the same machine is there once its uplink is named" wait_for "the host" host_is_up
ctl set-sla node1 db1 200Mbit >/dev/null
try "a guarantee can be set" sla_is 200000000
stop_pid "$AGENT_PID"
stop_pid "$CONTROLLER_PID"

# --- upgraded ---

# The starts and stops that packages would make if systemd ran here are recorded instead.
mkdir -p "$DEBIAN_ROOT/run/systemd/system"
printf '#!/bin/sh\necho "$@" >>/tmp/invoked\n' >"$DEBIAN_ROOT/usr/bin/deb-systemd-invoke"
# invoked LINE...: checks that exactly these were recorded, in any order, since the last check.
invoked() {
    local had
    had=$(sort -u "$DEBIAN_ROOT/tmp/invoked") && rm "$DEBIAN_ROOT/tmp/invoked"
    [ "$had" = "$(printf '%s\n' "$@" | sort)" ] || { say "was: $had"; return 1; }
}

# Packages as of a later version. Their controllerd.conf differs, and so does their agentd.conf,
# which was changed here.
LATER=$VERSION+later
mkdir "$RUN/later"
for file in "${files[@]}"; do
    dpkg-deb -R "$file" "$RUN/unpacked"
    sed -i "s/^Version: .*/Version: $LATER/; s/(= $VERSION)/(= $LATER)/" "$RUN/unpacked/DEBIAN/control"
    for conf in "$RUN"/unpacked/etc/daqs/*.conf; do [ ! -e "$conf" ] || echo '; later' >>"$conf"; done
    dpkg-deb --root-owner-group -b "$RUN/unpacked" "$RUN/later/$(basename "${file/_$VERSION/_$LATER}")" >/dev/null
    rm -r "$RUN/unpacked"
done
try "they can be upgraded" install_files "$RUN"/later/*.deb
try "what runs is restarted, and nothing is left stopped" invoked 'restart daqs-controllerd.service' \
    'try-restart daqs-agentd.service' 'start daqs-agentd.service'
try "to the later version" is_installed daqs-agent "$LATER"
try "a configuration that was changed is kept" grep -q '^\[uplink up0\]' "$DEBIAN_ROOT/etc/daqs/agentd.conf"
try "one that was not is the later version's" grep -q '^; later' "$DEBIAN_ROOT/etc/daqs/controllerd.conf"
controller_run
try "guarantees are kept" sla_is 200000000
stop_pid "$CONTROLLER_PID"

# --- removed and purged ---

try "they can be removed" apt_in_root -y remove "${NAMES[@]}"
try "both are stopped" invoked 'stop daqs-controllerd.service' 'stop daqs-agentd.service'
try "the programs are gone" eval '! ls "$DEBIAN_ROOT"/usr/bin/daqs* 2>/dev/null'
try "the units are gone" eval '! find "$DEBIAN_ROOT"/lib/systemd "$DEBIAN_ROOT"/etc/systemd -name "daqs-*" -exec test -f {} \; -print | grep .'
try "configuration, database and keys are kept" eval \
    'ls "$DEBIAN_ROOT"/etc/daqs/{agentd,controllerd}.conf "$DEBIAN_ROOT"/var/lib/daqs/{daqs.db,controller.key,agent.key} >/dev/null'
try "removed, they can be installed again" install_files "$RUN"/later/*.deb
try "both are started then" invoked 'restart daqs-controllerd.service' 'try-restart daqs-agentd.service' \
    'start daqs-agentd.service'
try "the controller can be purged" eval 'in_root dpkg --purge daqs-controller >"$RUN/purge.log" 2>&1'
try "its database and keys are gone then, the agent's are not" eval \
    '[ "$(ls "$DEBIAN_ROOT/var/lib/daqs" | grep -E "daqs|controller")" = "" ] && ls "$DEBIAN_ROOT/var/lib/daqs/agent.key" >/dev/null'
try "so can the rest" eval 'in_root dpkg --purge "${NAMES[@]}" >"$RUN/purge.log" 2>&1'
left() { find "$DEBIAN_ROOT"/{etc,lib,usr,var/backups,var/lib} -name '*daqs*'; }
try "nothing of it is left" eval '[ -z "$(left)" ] || { left >&2; false; }'
try "but the user" eval 'in_root getent passwd daqs >/dev/null'
try "purged, they can be installed again" install_files "${files[@]}"
never_ran() { in_root dpkg --purge "${NAMES[@]}" >"$RUN/purge.log" 2>&1 && [ -z "$(left)" ] || { left >&2; return 1; }; }
try "and purged before they ever ran" never_ran
cases_done
