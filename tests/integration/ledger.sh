#!/usr/bin/env bash
# Tests the life of SLAs: which operator set them, files of them, where they fit, events and alerts,
# and SLAs that follow their VMs. fake_host acts as the hosts; guests are not needed.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

FAKE_HOST=${DAQS_BIN%/bin}/tests/fake_host

# host_says HOST UPLINKS ["VM UUID [STATE]"]...: sets what a host reports from now on.
host_says() {
    local host=$1 uplinks=$2
    shift 2
    {
        printf '%s\n' "$uplinks"
        [ $# = 0 ] || printf '%s\n' "$@"
    } >"$RUN/$host.new"
    mv "$RUN/$host.new" "$RUN/$host.vms"
}

# host_start HOST: starts a host; sets HOST_PID.
host_start() {
    start "host-$1" "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" "$1" "$RUN/$1.vms"
    HOST_PID=$STARTED
}

host_is() { ctl -o json hosts | jq -e --arg h "$1" --arg s "$2" 'any(.host == $h and .state == $s)' >/dev/null; }
sla_is() { # HOST VM TEST
    ctl -o json list-sla "$1" | jq -e --arg vm "$2" "map(select(.vm == \$vm)) | $3" >/dev/null
}
has_event() { # KIND [HOST [VM]]
    ctl -o json events "${@:2}" | jq -e --arg k "$1" 'any(.kind == $k)' >/dev/null
}
U() { printf '00000000-0000-0000-0000-%012d' "$1"; }

# --- alerts: each event is one line of a file ---

cat >"$RUN/alert" <<PROGRAM
#!/bin/sh
cat >> $RUN/alerts.log
PROGRAM
chmod +x "$RUN/alert"
controller_start '[alerts]' "exec = $RUN/alert" 'level = info' 'hold = 0s'

host_says a 'up0=10Gbit up1=10Gbit' "db1 $(U 1)" "db2 $(U 2)" "web1 -"
host_says b 'up0=10Gbit' "big $(U 9)"
host_start a
A_PID=$HOST_PID
host_start b
try "hosts come up" wait_for "two hosts" eval 'host_is a up && host_is b up'
try "and that is an event" wait_for "host-up" has_event host-up a

# --- which operator ---

ctl set-sla a db1 2Gbit >"$RUN/out"
by_is() { ctl -o json list-sla "$1" | jq -e --arg vm "$2" --arg by "$3" 'any(.vm == $vm and .updated_by == $by)' >/dev/null; }
try "who set an SLA is whom the kernel knows" by_is a db1 "$(id -un)"
SUDO_USER=alice ctl set-sla a db1 2.1Gbit >"$RUN/out"
try "and behind sudo both" by_is a db1 "alice ($(id -un))"
audit_has() { # HOST VM TEST
    ctl -o json audit "$1" "$2" | jq -e "any($3)" >/dev/null
}
try "the trail has the change with both values" audit_has a db1 \
    '.what == "set-sla" and (.by | startswith("alice (")) and .old_min_bps == 2000000000 and .min_bps == 2100000000'
ctl set-policy a/up1 fair >"$RUN/out"
try "and policies" audit_has a up1 '.what == "set-policy" and .old == "default" and .new == "fair"'
try "a change is an event, and who made it" wait_for "the event" eval \
    'ctl -o json events a db1 | jq -e "any(.kind == \"sla-set\" and (.text | test(\"alice\")))" >/dev/null'

# A VM may be renamed at once: its SLA gets the UUID without waiting for the next scan of its host.
uuid_is() { # HOST VM UUID
    [ "$(sqlite3 -readonly "$RUN/daqs.db" "SELECT uuid FROM sla WHERE host = '$1' AND vm = '$2'")" = "$3" ]
}
known_at_once() {
    for _ in 1 2 3; do
        ctl set-sla a db2 1Gbit >"$RUN/out" && uuid_is a db2 "$(U 2)" && ctl unset-sla a db2 >"$RUN/out" || return 1
        printf '[a/db2]\nmin = 1Gbit\n' | ctl apply - >"$RUN/out" && uuid_is a db2 "$(U 2)" &&
            ctl unset-sla a db2 >"$RUN/out" || return 1
    done
}
try "an SLA knows its VM when it is stored" known_at_once

# --- files ---

cat >"$RUN/good.ini" <<'FILE'
; by hand
[a/db1]
min = 4Gbit
max = 5Gbit
[a/db2]
min = 2Gbit       # more
weight = 3
[elsewhere/a%5D%3B%23%25/b ]
min = 1Gbit
FILE
ended_as() { # STATUS PATTERN ARGUMENTS...
    local status=0
    ctl apply "${@:3}" >"$RUN/out" || status=$?
    [ "$status" = "$1" ] && tail -n 1 "$RUN/out" | any_line -E "$2" || { cat "$RUN/out"; return 1; }
}
applied_as() { ended_as 0 "$@"; } # PATTERN ARGUMENTS...
try "a dry run says what would be, and that something would" ended_as 4 "^would be 2 new, 1 changed, 0 removed" "$RUN/good.ini" --dry-run
try "and changes nothing" sla_is a db1 ".[0].min_bps == 2100000000"
try "a file is applied, with how many nobody has seen yet" \
    applied_as '^2 new, 1 changed, 0 removed, 0 as before; of hosts or VMs not seen yet: 1$' "$RUN/good.ini"
try "what changed is shown" grep -qx '~ a/db1: min 2.1Gbit, max none, weight 1 -> min 4Gbit, max 5Gbit, weight 1' "$RUN/out"
try "again it changes nothing" applied_as '^0 new, 0 changed, 0 removed, 3 as before$' "$RUN/good.ini"
ctl export >"$RUN/export.ini"
try "what is exported changes nothing" applied_as '^0 new, 0 changed, 0 removed, 3 as before$' "$RUN/export.ini" --prune
try "a dry run without differences ends well" applied_as '^would be 0 new, 0 changed' "$RUN/export.ini" --dry-run
try "from standard input too" eval 'applied_as "3 as before" - <"$RUN/export.ini"'
try "odd names survive" sla_is elsewhere 'a];#%/b' '.[0].min_bps == 1000000000'
try "one record in the trail for each change" audit_has a db2 '.what == "apply" and .old_min_bps == null'
printf '[a/db1]\nmin = 4Gbit\nmax = 5Gbit\n' >"$RUN/one.ini"
try "others stay without --prune" applied_as '1 as before; 2 that the file does not name stay' "$RUN/one.ini"
try "a guarantee moves between VMs in any order" eval \
    'printf "[a/db2]\nmin = 8Gbit\n[a/db1]\nmin = 1Gbit\n" | applied_as "2 changed" -'
try "with --prune others go" applied_as '0 new, 1 changed, 2 removed, 0 as before' "$RUN/one.ini" --prune
try "as an object for programs" eval \
    'ctl -o json apply "$RUN/good.ini" | jq -e "map(.change) == [\"+\", \"+\"]" >/dev/null'

ctl -o json list-sla >"$RUN/before"
# bad_file PATTERN TEXT [ARGUMENTS]: checks that a file is refused with one line that matches, and
# that nothing changes.
bad_file() {
    local status=0
    printf '%b' "$2" >"$RUN/bad.ini"
    ctl apply "$RUN/bad.ini" "${@:3}" >"$RUN/out" 2>"$RUN/err" || status=$?
    [ "$status" = 1 ] && [ "$(wc -l <"$RUN/err")" = 1 ] && grep -qE "$1" "$RUN/err" &&
        ctl -o json list-sla | cmp -s - "$RUN/before" ||
        { say "status $status, said: $(cat "$RUN/err")"; return 1; }
}
try "an unknown key" bad_file 'bad.ini:3: unknown key .foo.' '[a/db1]\nmin = 1Gbit\nfoo = 1\n'
try "a key given twice" bad_file 'bad.ini:3: min is given twice' '[a/db1]\nmin = 1Gbit\nmin = 2Gbit\n'
try "a section given twice" bad_file 'bad.ini:4: a/db1 is already in line 1' \
    '[a/db1]\nmin = 1Gbit\n[a/db2]\n[a/db1]\n'
try "a bad rate" bad_file 'bad.ini:2: min: .*unit' '[a/db1]\nmin = 1\n'
try "UTF-16" bad_file 'bad.ini:1: the file is not UTF-8 text' '\xff\xfe[\x00a\x00/\x00b\x00]\x00\n\x00'
try "an unknown unit, with the known ones" bad_file "bad.ini:2: min: '5Gb' is not a rate; write it like 10Gbit" '[a/db1]\nmin = 5Gb\n'
try "a guarantee above the maximum" bad_file 'bad.ini:1: the guarantee .* is above' '[a/db1]\nmin = 2Gbit\nmax = 1Gbit\n'
try "a line that is nothing" bad_file 'bad.ini:2: this is neither' '[a/db1]\nnonsense\n'
try "no host" bad_file 'bad.ini:1: .* is not a \[HOST/VM\]' '[db1]\nmin = 1Gbit\n'
try "guarantees that together do not fit" bad_file 'bad.ini:3: uplink up. has [0-9.]+Gbit to give .* 6Gbit more does not fit' \
    '[a/db1]\nmin = 5Gbit\n[a/db2]\nmin = 6Gbit\n'
try "one good and one bad: neither" bad_file 'bad.ini:4: min: ' '[b/new]\nmin = 1Gbit\n[a/db1]\nmin = x\n'
try "an empty file is hardly meant" bad_file 'contains no SLA; is it the right one' ''
try "nor one of comments, forced" bad_file 'contains no SLA; is it the right one' '; [a/db1]\n' --force
try "an empty file does not prune by accident" bad_file 'contains no SLA' '' --prune
try "more than a link carries, though forced" bad_file 'bad.ini:1: 11Gbit is more' '[b/big]\nmin = 11Gbit\n' --force
missing_file() { ! ctl apply "$RUN/nothing.ini" 2>"$RUN/err" && grep -q 'cannot read' "$RUN/err"; }
try "a file that is not there" missing_file
many() {
    for i in $(seq 12000); do printf '[far%d/vm%d]\nmin = %dMbit\n' $((i % 100)) "$i" $((i % 50 + 1)); done >"$RUN/large.ini"
    applied_as '^12000 new' "$RUN/large.ini"
    [ "$(wc -l <"$RUN/out")" = 12001 ]
    applied_as '12000 as before' "$RUN/large.ini" && applied_as '12000 removed' "$RUN/good.ini" --prune
}
try "a file of several messages" many

# --- room ---

# The mode of a/up1, fair, keeps no guarantees.
fits() { ctl -o json fit "$1" | jq -e "$2" >/dev/null; }
try "uplinks with room, most first" fits 1Gbit \
    'map(.host + "/" + .uplink) == ["b/up0", "a/up0"] and .[0].promised_bps == 0 and .[1].promised_bps == 6000000000'
try "no uplink has room for more than the largest" fits 10Gbit 'length == 0'

# --- SLAs follow their VMs ---

host_says a 'up0=10Gbit up1=10Gbit' "gold $(U 1)" "db2 $(U 2)" "web1 -"
try "a renamed VM takes its SLA along" wait_for "renamed" sla_is a gold '.[0].min_bps == 4000000000'
try "nothing is left under the old name" sla_is a db1 'length == 0'
try "that is an event" wait_for "sla-renamed" has_event sla-renamed a gold
try "and in the trail, by the controller" audit_has a gold \
    '.what == "sla-renamed" and .by == "controller" and .old == "a/db1"'
host_says a 'up0=10Gbit up1=10Gbit' "db2 $(U 1)" "gold $(U 2)"
try "names are swapped with their SLAs" wait_for "swapped" eval \
    'sla_is a db2 ".[0].min_bps == 4000000000" && sla_is a gold ".[0].min_bps == 2000000000"'

host_says b 'up0=10Gbit' "big $(U 9)" "db2 $(U 1)" # in migration: both hosts have it
wait_for "both have it" eval 'ctl -o json vms b | jq -e "any(.vm == \"db2\")"'
# Three seconds in which it would move.
try "during a live migration the SLA waits" eval 'sleep 3; sla_is a db2 "length == 1" && sla_is b db2 "length == 0"'
host_says a 'up0=10Gbit up1=10Gbit' "gold $(U 2)"
try "and moves when the VM has gone" wait_for "moved" eval \
    'sla_is b db2 ".[0].min_bps == 4000000000" && sla_is a db2 "length == 0"'
try "that is an event" wait_for "sla-moved" has_event sla-moved b db2

ctl set-sla b big 4Gbit >"$RUN/out"
host_says b 'up0=10Gbit' "big $(U 9)" "db2 $(U 1)" "gold $(U 2)"
host_says a 'up0=10Gbit up1=10Gbit' # gold wants 2, and 8 of about 9.4 are guaranteed
try "an SLA that does not fit stays, with an event" wait_for "sla-stays" has_event sla-stays a gold
try "where it was" eval 'sla_is a gold "length == 1" && sla_is b gold "length == 0"'
ctl set-sla b big 1Gbit >"$RUN/out"
try "and moves once there is room" wait_for "moved" sla_is b gold '.[0].min_bps == 2000000000'
once() { [ "$(ctl -o json events a gold | jq 'map(select(.kind == "sla-stays")) | length')" = 1 ]; }
try "it was said once" once

# --- a host that goes away ---

stop_pid "$A_PID"
try "a host that goes away is an event" wait_for "host-down" has_event host-down a
host_says a 'up0=10Gbit up1=10Gbit' "sick $(U 5) 2"
host_start a
try "so is a guest that does not answer" wait_for "unresponsive" has_event unresponsive a sick
host_says a 'up0=10Gbit up1=10Gbit' "sick $(U 5)"
try "and its recovery, with when it began" wait_for "recovered" eval \
    'ctl -o json events a sick | jq -e "any(.kind == \"recovered\" and .since != null)"'
ctl set-sla a sick 9Gbit >"$RUN/out"
host_says a 'up0=1Gbit up1=10Gbit' "sick $(U 5)"
try "a slower link is an event, with what it breaks" wait_for "oversubscribed" eval \
    'has_event capacity-changed a && has_event oversubscribed a'

# --- alerts that were sent ---

alerted() { jq -s -e "map(select(.kind == \"$1\")) | length > 0" "$RUN/alerts.log" >/dev/null; }
try "the operator's program gets all of them" wait_for "alerts" eval \
    'alerted controller-started && alerted host-down && alerted sla-moved && alerted sla-stays && alerted oversubscribed'
same_names() {
    [ "$(jq -s -c '.[0] | keys' "$RUN/alerts.log")" = "$(ctl -o json events | jq -c '.[0] | keys + ["key", "status"] | sort')" ]
}
try "under the names that daqsctl uses, with a key and a status" same_names
resolved() { jq -s -e 'any(.key == "vm-state/a/sick" and .status == "resolved" and .kind == "recovered" and .since != null)' "$RUN/alerts.log" >/dev/null; }
try "the end of an incident has the key of its start" wait_for "an end" resolved

# --- following ---

followed() {
    local pid
    "$DAQS_BIN/daqsctl" -o json events a --follow --since 5s >"$RUN/follow.log" &
    pid=$!
    ctl set-sla a sick 8Gbit >/dev/null
    wait_for "a line" grep -q 'min 8Gbit' "$RUN/follow.log"
    ctl set-sla a sick 7Gbit >/dev/null
    wait_for "another" grep -q 'min 7Gbit' "$RUN/follow.log"
    kill "$pid"
    [ "$(jq -s 'map(.id) | . == sort' "$RUN/follow.log")" = true ]
}
try "events are followed as they come" followed
# follow_first PATTERN ARGUMENTS...: checks the first event that --follow prints. Sets an SLA again
# and again until then, because the start of following cannot be observed.
follow_first() {
    local pid n=0
    rm -f "$RUN/follow.log"
    "$DAQS_BIN/daqsctl" -o json events --follow "${@:2}" >"$RUN/follow.log" &
    pid=$!
    something() { ctl set-sla a sick $((n = n % 8 + 1))Gbit >/dev/null && [ -s "$RUN/follow.log" ]; }
    wait_for "a line" something
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    head -n 1 "$RUN/follow.log" | any_line -E "$1" || { head -n 1 "$RUN/follow.log" >&2; return 1; }
}
try "without --since none of before is shown" follow_first '"kind": "sla-set".*"text": "min [1-8]Gbit, max none, weight 1, by'
try "with it what was is shown first" follow_first '"id": 1, ' --since 1h
pipe_closed() { # by SIGPIPE, or when it finds the pipe closed: 124 would be the time limit
    { timeout 20 "$DAQS_BIN/daqsctl" events --follow --since 1h || echo $? >"$RUN/follow.status"; } | head -n 2 >"$RUN/out"
    ! grep -qx 124 "$RUN/follow.status"
}
: >"$RUN/follow.status"
try "until nobody reads them" pipe_closed

# --- a restart ---

ids() { ctl -o json events | jq -c 'map(.id)'; }
last=$(ctl -o json events | jq 'map(.id) | max')
stop_pid "$CONTROLLER_PID"
start_daemon controller2 daqs-controllerd --config "$RUN/controllerd.conf"
wait_for "the controller answers" ctl status
restarted() { ctl -o json events | jq -e --argjson n "$last" 'map(select(.kind == "controller-started")) | length == 2 and .[1].id > $n' >/dev/null; }
try "events and SLAs are there after a restart, numbers go on" wait_for "events" eval \
    'restarted && sla_is b gold ".[0].min_bps == 2000000000"'
host_says b 'up0=10Gbit' "big $(U 9)" "db2 $(U 1)" "au $(U 2)"
try "UUIDs too: a VM renamed then takes its SLA along" wait_for "renamed" sla_is b au '.[0].min_bps == 2000000000'

# --- a program that does not exist ---

sed "s|^exec = .*|exec = $RUN/nothing|" "$RUN/controllerd.conf" >"$RUN/missing.conf"
missing_program() {
    local status=0
    "$DAQS_BIN/daqs-controllerd" --config "$RUN/missing.conf" --check-config >"$RUN/out" 2>"$RUN/err" || status=$?
    [ "$status" = 1 ] && grep -q '\[alerts\] exec: .*nothing: No such file' "$RUN/err"
}
try "a program that is not there is found by --check-config" missing_program
sed "s|^exec = .*|exec = $RUN/alert --loud|" "$RUN/controllerd.conf" >"$RUN/missing.conf"
with_arguments() {
    ! "$DAQS_BIN/daqs-controllerd" --config "$RUN/missing.conf" --check-config >"$RUN/out" 2>"$RUN/err" &&
        grep -q '\[alerts\] exec: .*alert --loud: No such file or directory; no arguments can be given' "$RUN/err"
}
try "one with arguments too, and that there can be none" with_arguments
cases_done
