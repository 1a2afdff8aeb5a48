#!/usr/bin/env bash
# Tests the units and the files installed with them: systemd can parse them, they are not less
# strict than before, and the example configuration files are valid. Whether the daemons run with
# them: tests/e2e/running_units.sh.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"

ROOT=$RUN/root
DESTDIR=$ROOT cmake --install "${DAQS_BIN%/bin}" >"$RUN/install.log"
UNITS=$(dirname "$(find "$ROOT" -name daqs-agentd.service)")
EXAMPLES=$(dirname "$(find "$ROOT" -name host-side.conf)")
export SYSTEMD_COLORS=0 SYSTEMD_PAGER=

# --- verify ---

# The programs are not at their final place: the units under test use those of $ROOT.
mkdir "$RUN/units"
for unit in controllerd agentd; do
    program=$(sed -n 's/^ExecStart=//p' "$UNITS/daqs-$unit.service")
    try "daqs-$unit.service names a program that is installed" test -x "$ROOT$program"
    sed -e "s,^ExecStart=,&$ROOT," "$UNITS/daqs-$unit.service" >"$RUN/units/daqs-$unit.service"
done
verified() {
    systemd-analyze verify --man=no --recursive-errors=no "$RUN/units/daqs-$1.service" >"$RUN/out" 2>&1 && [ ! -s "$RUN/out" ] ||
        { cat "$RUN/out" >&2; return 1; }
}
documented() {
    local path
    sed -n "s,^Documentation=,,p" "$UNITS/daqs-$1.service" | tr " " "\n" | while read -r path; do [ -e "$ROOT${path#file:}" ]; done
}
for unit in controllerd agentd; do
    try "daqs-$unit.service is read without a word" verified $unit
    try "what documents it is installed" documented $unit
done
cp "$RUN/units/daqs-agentd.service" "$RUN/units/daqs-typo.service"
echo 'ProtectSistem=strict' >>"$RUN/units/daqs-typo.service"
try "a mistake would be seen" eval '! verified typo 2>/dev/null'

sed "s,^ExecStart=/usr/bin,ExecStart=$ROOT${program%/*}," "$EXAMPLES/daqs-export.service" >"$RUN/units/daqs-export.service"
cp "$EXAMPLES/daqs-export.timer" "$RUN/units/"
timed() {
    systemd-analyze verify --man=no --recursive-errors=no "$RUN/units/daqs-export.timer" >"$RUN/out" 2>&1 && [ ! -s "$RUN/out" ] ||
        { cat "$RUN/out" >&2; return 1; }
}
try "so is the example daqs-export.service" verified export
try "and its timer" timed
try "which runs every ten minutes" eval \
    'systemd-analyze calendar --iterations=2 "$(sed -n s/^OnCalendar=//p "$EXAMPLES/daqs-export.timer")" >"$RUN/out"'

# --- exposure, in tenths ---

# at_most_exposed NAME TENTHS: checks the unit below $RUN/units.
at_most_exposed() {
    systemd-analyze security --offline=yes --threshold="$2" "$RUN/units/$1.service" >"$RUN/out" 2>&1 ||
        { tail -n 1 "$RUN/out" >&2; return 1; }
}
exposure() { sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p' "$RUN/out"; }
try "the controller's exposure is 1.4 at most" at_most_exposed daqs-controllerd 14
try "the agent's is 1.2 at most" at_most_exposed daqs-agentd 12
mkdir "$RUN/units/daqs-agentd.service.d"
cp "$EXAMPLES/host-side.conf" "$RUN/units/daqs-agentd.service.d/"
try "and 1.7 with the right to set VFs' rates" at_most_exposed daqs-agentd 17
try "the export's is 2.0" at_most_exposed daqs-export 20
try "which is seen" eval '! at_most_exposed daqs-agentd 16 2>/dev/null && [ "$(exposure)" = 1.7 ]'
sed '/^ProtectSystem=/d; /^PrivateTmp=/d' "$UNITS/daqs-controllerd.service" >"$RUN/units/daqs-lax.service"
try "a laxer one would be seen" eval '! at_most_exposed daqs-lax 14 2>/dev/null'

# --- users and folders ---

mkdir -p "$ROOT/etc"
accounts() { systemd-sysusers --root="$ROOT" "$(find "$ROOT" -path '*/sysusers.d/daqs.conf')"; }
try "there is a user daqs then" eval 'accounts && grep -q "^daqs:.*:/var/lib/daqs:/usr/sbin/nologin$" "$ROOT/etc/passwd"'
try "with a group of its own" grep -q '^daqs:' "$ROOT/etc/group"
try "and no other" eval '! grep -E "^[^:]+:.*[:,]daqs(,|$)" "$ROOT/etc/group"'

# --- examples ---

examined() { "$DAQS_BIN/daqs-$1" --check-config --config "$2" >"$RUN/out" 2>&1; }
try "controllerd.conf is good as it is" examined controllerd "$EXAMPLES/controllerd.conf"
# With every commented-out line enabled. Files that the agent's example uses must exist.
filled() { sed 's/^; \(\[\|[a-z_]* = \)/\1/' "$EXAMPLES/$1.conf"; }
filled controllerd | sed "s,^exec = .*,exec = /bin/true," >"$RUN/controllerd.conf"
try "with each of its keys, too" examined controllerd "$RUN/controllerd.conf"
mkdir "$RUN/state"
"$DAQS_BIN/daqsctl" keygen "$RUN/state/controller.key" >/dev/null 2>&1
filled agentd | sed -e "s,/var/lib/daqs,$RUN/state," -e 's/^source = .*/source = sockets/' \
    -e 's/ens6f1np1/lo/' -e 's/^nics = .*/nics = all/' >"$RUN/agentd.conf"
try "so is agentd.conf" examined agentd "$RUN/agentd.conf"
# Each key of configuration.md must be in them, with the same default if that is a single value.
keys() { # FILE SECTION...: of configuration.md
    awk -v from="## $1" -F '|' '$0 ~ "^## " { on = $0 == from } on && $3 ~ /`/ { print $3 }' "$TOP/docs/configuration.md" |
        tr -d '` '
}
complete() { # NAME
    local key missing=0
    for key in $(keys "$1.conf"); do
        filled "$1" | any_line "^$key = " || { say "$key is missing"; missing=1; }
    done
    [ "$missing" = 0 ] && [ "$(keys "$1.conf" | wc -l)" -gt 10 ]
}
try "all keys of the agent are there" complete agentd
try "all of the controller's are" complete controllerd
cases_done
