#!/usr/bin/env bash
# Tests what operators read: which VM an answer is about, what is not known, what failed and where.
# fake_host acts as one host; guests are not needed.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

FAKE_HOST=${DAQS_BIN%/bin}/tests/fake_host

controller_start
printf '%s\n' 'up0=10Gbit' 'db1 -' 'db2 -' >"$RUN/node1.vms"
start host "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" node1 "$RUN/node1.vms"
wait_for "the host is up" eval 'ctl -o json hosts | jq -e ".[0].state == \"up\"" >/dev/null'

# says STATUS PATTERN ARGUMENTS...: checks that daqsctl exits with STATUS and that its output or its
# errors match the pattern.
says() {
    local want=$1 pattern=$2 status=0
    shift 2
    timeout 60 "$DAQS_BIN/daqsctl" "$@" >"$RUN/out" 2>"$RUN/err" || status=$?
    [ "$status" = "$want" ] || { say "status $status: $(cat "$RUN/out" "$RUN/err")"; return 1; }
    cat "$RUN/out" "$RUN/err" | any_line -E -- "$pattern" || { say "said: $(cat "$RUN/out" "$RUN/err")"; return 1; }
}

# --- which host and VM ---

try "an answer names host and VM" says 0 '^node1/db1: min 2Gbit, max none, weight 1$' set-sla node1 db1 2Gbit
try "so does a dry run" says 0 '^would set node1/db1: min 3Gbit' set-sla node1 db1 3Gbit --dry-run
try "and a note" says 0 '^node1/db9: min 1Gbit.*VM has not been seen yet' set-sla node1 db9 1Gbit
try "and what takes an SLA away" says 0 '^node1/db9 no longer has an SLA$' unset-sla node1 db9
try "and what refuses to" says 1 ' node1/db9 has no SLA$' unset-sla node1 db9

# --- a VM without its host ---

UUID=0f9f1c5e-2f4b-4a51-9c4e-6a1d5c3b2a19
printf '%s\n' 'up0=10Gbit' 'db1 -' "web1 $UUID" 'node1 -' >"$RUN/node2.vms"
start host2 "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" node2 "$RUN/node2.vms"
HOST2_PID=$STARTED
wait_for "the second host is up" eval 'ctl -o json hosts | jq -e "length == 2 and all(.state == \"up\")" >/dev/null'
try "find lists hosts and VMs with a name" eval \
    '[ "$(ctl -o json find "node1" | jq -c "map([.host, .vm])")" = "[[\"node1\",\"\"],[\"node2\",\"node1\"]]" ]'
try "or a pattern" eval '[ "$(ctl -o json find "*b?" | jq -r "map(.vm) | join(\" \")")" = "db1 db2 db1 web1" ]'
try "or a UUID" eval "ctl -o json find ${UUID^^} | jq -e 'length == 1 and .[0].vm == \"web1\"' >/dev/null"
try "rows of VMs have their UUID" eval "ctl -o json vms node2 | jq -e --arg u $UUID 'any(.vm == \"web1\" and .uuid == \$u)' >/dev/null"
try "a VM whose name is unique needs no host" says 0 '^web1 on up0' explain web1
try "nor does one that is named by its UUID" says 0 '^web1 on up0' explain "$UUID"
try "one that several hosts have does" says 1 "'db1' is 2 VMs: 'node1 db1', 'node2 db1'; give the host, too" explain db1
try "a name that no VM has is refused" says 1 "no VM is called 'db7' now" history db7
try "where one word may be a host, it is the host's" says 0 '^daqsctl: no data|TIME|^HOST' report node2
try "unless a VM is called so, too" says 1 "'node1' is a host and 1 VM: 'node2 node1'" events node1
try "an SLA is removed without naming the host" eval 'ctl set-sla node2 web1 1Gbit >/dev/null && says 0 "^node2/web1 no longer has an SLA" unset-sla web1'
stop_pid "$HOST2_PID"
wait_for "the second host is away" eval 'ctl -o json hosts | jq -e "any(.host == \"node2\" and .state == \"away\")" >/dev/null'
try "it is forgotten" says 0 'node2' forget node2

# --- maintenance ---

try "a host is put in maintenance" says 0 '^node1 is in maintenance: its alerts are muted' maintenance node1 on
try "explain says so" says 0 '^node1 is in maintenance since 20.*: its alerts are muted$' explain node1 db1
in_hosts() { ctl -o json hosts | jq -e 'all(.[] | select(.host == "node1"); (.maintenance != null) == $on)' --argjson on "$1" >/dev/null; }
try "hosts says so" in_hosts true
try "vms says so" says 0 '^daqsctl: node1 is in maintenance since' vms node1
try "and so does problems" says 0 'left out, because they are in maintenance: node1$' problems
try "the second time nothing changes" says 0 '^node1 is in maintenance already; nothing changed$' maintenance node1 on
try "neither on nor off is refused" says 2 "takes on or off, not 'perhaps'" maintenance node1 perhaps
try "a host that is not known cannot be" says 1 'host node5 is not known' maintenance node5 on
try "maintenance ends" says 0 '^node1 is no longer in maintenance' maintenance node1 off
try "and hosts no longer shows it" in_hosts false

# --- a mode that enforces nothing ---

ctl set-policy node1 off >"$RUN/out"
try "set-sla warns of it" says 0 '^node1/db1: min 1Gbit.* \(the SLA is not enforced on .* while its mode is off\)$' set-sla node1 db1 1Gbit
try "fit leaves it out" says 0 'left out, because their mode keeps no guarantees: [0-9]+ uplink' fit 1Mbit
try "hosts shows it" eval 'ctl -o json hosts | jq -e "map(select(.host == \"node1\").mode) | unique == [\"off\"]" >/dev/null'
ctl set-policy node1 default >"$RUN/out"

# --- zero and none ---

sla_is() { # VM MIN MAX WEIGHT
    ctl -o json list-sla node1 | jq -e --arg vm "$1" "map(select(.vm == \$vm)) |
        length == 1 and (.[0] | .min_bps == $2 and .max_bps == $3 and .weight == $4)" >/dev/null
}
ctl set-sla node1 db1 2Gbit --max 5Gbit --weight 3 >"$RUN/out"
lifted() { says 0 '^node1/db1: min 2Gbit, max none, weight 3$' set-sla node1 db1 --max none && sla_is db1 2000000000 null 3; }
try "--max none takes the ceiling away, and nothing else" lifted
ctl set-sla node1 db1 --max 5Gbit >"$RUN/out"
no_guarantee() { says 0 '^node1/db1: min none, max 5Gbit, weight 3$' set-sla node1 db1 "$1" && sla_is db1 0 5000000000 3; }
try "none takes the guarantee away, and nothing else" no_guarantee none
ctl set-sla node1 db1 2Gbit >"$RUN/out"
try "and so does 0" no_guarantee 0
try "a ceiling of 0 is refused, for it could be meant in two ways" says 2 '--max: rate .0. has no unit' set-sla node1 db1 --max 0

# --- unknown names ---

for verb in report events audit list-sla; do
    try "$verb of an unknown host says so" says 1 '^daqsctl: host nowhere is not known' $verb nowhere
done
for verb in report events audit history; do
    try "$verb of an unknown VM says so" says 1 '^daqsctl: VM nobody is not known on host node1' $verb node1 nobody
done
try "history of an unknown host too" says 1 'host nowhere is not known' history nowhere db1
try "so does a sum" says 1 'host nowhere is not known' report nowhere --by fleet
try "and who wants to follow" says 1 'host nowhere is not known' events nowhere --follow
empty() { [ "$(ctl -o json "$@")" = "[]" ]; }
try "a host without SLAs has an empty list" eval 'ctl unset-sla node1 db1 >/dev/null && empty list-sla node1'
try "a VM without events has none" empty events node1 db2
try "a VM without changes has none" empty audit node1 db2
try "nor has an uplink" empty audit node1 up0
ctl set-sla node7 vm 1Gbit >"$RUN/out"
try "a VM that has an SLA only has no history" empty history node7 vm
ctl unset-sla node7 vm >"$RUN/out"
try "one that had one is known" empty list-sla node7

# --- no room ---

no_room() {
    [ "$(ctl -o json fit 11Gbit 2>"$RUN/err")" = "[]" ] &&
        grep -qx 'daqsctl: no uplink has room for another guarantee of 11Gbit' "$RUN/err"
}
try "where nothing fits, that is said beside the table" no_room
try "where something fits, nothing is" eval 'ctl fit 1Gbit 2>"$RUN/err" | any_line up0 && [ ! -s "$RUN/err" ]'

# --- times ---

same_minute() { # the first event, queried from its minute on and from the next
    local minute
    minute=$(ctl -o json events | jq -r '.[0].time[0:16]')
    [ "$(ctl -o json events --since "$minute" | jq '.[0].id')" = 1 ] &&
        [ "$(TZ=America/New_York ctl -o json events --since "${minute/T/ }" | jq '.[0].id')" = 1 ] &&
        [ "$(ctl -o json events --until "$minute" | jq 'map(select(.id == 1 and .time[17:19] != "00")) | length')" = 0 ]
}
try "times by the minute, UTC whatever the zone" same_minute
# Its first event's minute, as a clock in New York shows it.
local_minute() {
    local minute
    minute=$(TZ=EST+5 ctl --local -o csv events | sed -n '2s/.*\(20..-..-..T..:..\):.*-05:00.*/\1/p')
    [ -n "$minute" ] && [ "$(TZ=EST+5 ctl --local -o json events --since "$minute" | jq '.[0].id')" = 1 ] &&
        TZ=EST+5 ctl --local events --since "$minute" | any_line "$minute.*-05:00"
}
try "with --local, times are those of the machine's time zone" local_minute
try "json stays UTC" eval 'TZ=EST+5 ctl --local -o json events | jq -e ".[0].time | endswith(\"Z\")" >/dev/null'
try "weeks are spans" eval '[ "$(ctl -o json events --since 1w | jq ".[0].id")" = 1 ]'
try "the help says that times are UTC" says 0 'Times are UTC' events --help

# --- tokens: 3 list-sla, 12 events, 15 apply, 17 backup ---

answers() { # PATTERN VERB TOKEN
    "${DAQS_BIN%/bin}/tests/admin_ask" "$DAQS_CONTROLLER" "$2" "$3" >"$RUN/out" && grep -qE "^$1" "$RUN/out" ||
        { say "said: $(cat "$RUN/out")"; return 1; }
}
for verb in 3 12 15 17; do
    try "an unknown token, with verb $verb" answers '2 unknown token' $verb nonsense
done
for token in '7 x' '7 1 1' -7 1e3 ' ' 99999999999999999999999999999999999; do
    try "nor is '$token' one of apply" answers '2 unknown token' 15 "$token"
done
try "a token of an upload that is forgotten" answers '15 the upload has expired' 15 '4711 2000'
try "a token of a backup that is forgotten" answers '7 no backup is running' 17 'go on'

# --- a database that cannot be read ---

status_is() { ctl -o json status | jq -e --arg n "$1" --arg v "$2" 'any(.name == $n and .value == $v)' >/dev/null; }
try "all is well" eval 'status_is queries ok && status_is history ok'
sqlite3 "$RUN/daqs.db" '.timeout 10000' 'ALTER TABLE audit RENAME TO audit_away'
try "a question that the database cannot answer" says 1 'no such table: audit' audit
try "shows in the status" status_is queries failing
try "and in the log" grep -q 'a query failed: .*no such table' "$RUN/controller.log"
sqlite3 "$RUN/daqs.db" '.timeout 10000' 'ALTER TABLE audit_away RENAME TO audit'
try "until one is answered" eval 'ctl audit >/dev/null && status_is queries ok'

# --- where a backup goes ---

part=$(printf 'x%.0s' {1..200})
deep=$RUN/$part/$part
mkdir -p "$deep/$part/$part"
try "a long path comes back whole" says 0 "^$deep/b.db: [0-9]+ pages\$" backup "$deep/b.db"
try "one that SQLite cannot take is refused, with the most" \
    says 1 '^daqsctl: no backup: the path of the backup has 6[0-9]{2} bytes; the most that SQLite accepts is 499' backup "$deep/$part/b.db"
try "one that cannot be sent is refused, with its length" \
    says 1 '^daqsctl: the path of the backup has 1[0-9]{3} bytes; the most is 1024$' backup "$deep/$part/$part/$part/b.db"
try "so is one by way of the working folder" \
    eval 'cd "$deep/$part/$part" && says 1 "the path of the backup has" backup "$part/b.db"'
try "a name that is too long for a file is refused" \
    says 1 '^daqsctl: no backup: cannot make .*: File name too long$' backup "$RUN/$part$part.db"

# --- a host that is gone ---

try "a host that is up is not forgotten" says 1 'node1 is up: stop its agent first' forget node1
ctl set-sla node5 vm 1Mbit --force >"$RUN/out"
# Right after a start of the controller, any host may be up.
wait_for "30 s after the start" eval 'ctl forget node5 --dry-run >"$RUN/out" 2>&1'
try "a dry run names what goes with a host" says 0 '^would forget node5: 1 SLA$' forget node5 --dry-run
try "a host that is gone is forgotten" says 0 '^node5 is forgotten: 1 SLA$' forget node5
try "with its SLAs" eval '[ "$(ctl -o json list-sla node5)" = "[]" ]'
names_who() { ctl -o json events node5 | jq -e 'any(.kind == "host-forgotten" and (.text | startswith("1 SLA, by ")))' >/dev/null; }
try "and the event names who did it" wait_for "the event" names_who
try "a host that is not known is not forgotten" says 1 'host node5 is not known' forget node5

cases_done
