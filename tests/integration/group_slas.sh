#!/usr/bin/env bash
# Tests SLAs of hosts of two members of a group: they follow their VMs from one to the other, and a
# file with SLAs of both is stored as a whole or not at all. fake_host acts as the
# hosts, and stays at the member that it is told to dial: each says that it has lost another one.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/pg.sh"
. "$TOP/tests/lib/group.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

U() { printf '00000000-0000-0000-0000-%012d' "$1"; }

# host_says HOST ["VM UUID"]...: sets what a host reports from now on.
host_says() {
    { printf 'up0=10Gbit\n' && printf '%s\n' "${@:2}"; } >"$RUN/$1.new"
    mv "$RUN/$1.new" "$RUN/$1.vms"
}
declare -A HOST_PID
host_start() { # HOST MEMBER
    start "host-$1" "${DAQS_BIN%/bin}/tests/fake_host" "$(member_bus "$2")" "$1" "$RUN/$1.vms" c0
    HOST_PID[$1]=$STARTED
    wait_for "host $1" member_has "$2" "$1"
}
sla_at() { # MEMBER HOST VM BPS: the member knows this SLA
    member "$1" -o json list-sla "$2" | jq -e --arg vm "$3" --argjson min "$4" 'any(.vm == $vm and .min_bps == $min)' >/dev/null
}
decided_at() { # MEMBER HOST VM BPS: it is in force
    member "$1" -o json vms "$2" | jq -e --arg vm "$3" --argjson min "$4" 'any(.vm == $vm and .min_bps == $min)' >/dev/null
}
event_at() { # MEMBER KIND HOST TEXT
    member "$1" -o json events "$3" | jq -e --arg k "$2" --arg t "$4" 'any(.kind == $k and (.text | contains($t)))' >/dev/null
}
moved() { member "$1" -o json audit "$2" | jq -e --arg vm "$3" 'any(.what == "sla-moved" and .vm == $vm)' >/dev/null; }

pg_start
for number in 1 2; do
    member_start "c$number" 1 "lost_after = 3s" "peer = tcp://127.0.0.1:$((GROUP_PORT + 8 + number))"
done
wait_for "two members" sees_all c1 2
wait_for "two members" sees_all c2 2

host_says a "db1 $(U 1)" "db4 $(U 4)"
host_says b
host_says c
host_says down "db2 $(U 2)"
host_says lost "db3 $(U 3)"
for host in a c down lost; do host_start "$host" c1; done
host_start b c2
for vm in "a db1 2Gbit" "a db4 1Gbit" "down db2 1500Mbit" "lost db3 1Gbit"; do
    # shellcheck disable=SC2086 # three words
    wait_for "the SLA of $vm" eval "member c1 set-sla $vm >/dev/null 2>&1"
done

# A host must have been heard for 10 s before a VM that it does not list has left it.
kill "${HOST_PID[down]}"
host_says b "db1 $(U 1)" "db2 $(U 2)" "db4 $(U 4)"
host_says c "db4 $(U 4)"
host_says a
try "the SLA follows its VM to a host of another member" wait_for "it" decided_at c2 b db1 2000000000
try "the member that had it knows so" wait_for "it" sla_at c1 b db1 2000000000
try "the old host has it no more" eval '! sla_at c1 a db1 2000000000'
try "the audit trail has it under both hosts" eval 'moved c1 a db1 && moved c1 b db1'
try "there is an event at the new host" event_at c2 sla-moved b a/db1
try "of two hosts with one UUID one gets the SLA" sla_at c1 c db4 1000000000
try "the other one's member names it" wait_for "sla-stays" event_at c2 sla-stays c "host c lists the same UUID"
try "the SLA of a host that is down follows its VM" wait_for "it" decided_at c2 b db2 1500000000

# --- a file with hosts of both ---

file() { printf '[%s]\nmin = %s\n' "$@" >"$RUN/slas"; }
changes_of() { pg_sql "SELECT count(*) FROM audit WHERE what = 'apply' AND host = '$1'"; }
link_is_up() { member c1 apply --dry-run "$RUN/slas" >/dev/null 2>&1 || [ $? = 4 ]; } # there are differences
file c/web 1Gbit b/web 3Gbit
wait_for "the connection between the members" link_is_up
try "a file with hosts of both members is applied" member c1 apply "$RUN/slas"
try "the other one knows it" wait_for "it" sla_at c2 b web 3000000000
try "it is one transaction" eval '[ "$(pg_sql "SELECT count(DISTINCT request) FROM audit WHERE what = '"'apply'"'")" = 1 ]'
file c/web 2Gbit b/web 9Gbit
try "what does not fit on a host of the other one is refused" eval '! member c1 apply "$RUN/slas" 2>"$RUN/out" && grep -q "slas:3: .*up0" "$RUN/out"'
try "as a whole" eval '[ "$(changes_of c)" = 1 ] && sla_at c1 c web 1000000000'
file c/web 2Gbit b/web 2Gbit
kill -STOP "${MEMBER_PID[c2]}"
try "so is one with hosts of a member that is silent" eval '! member c1 apply "$RUN/slas" 2>"$RUN/out" && grep -q "b is served by member c2.*does not answer" "$RUN/out" && sla_at c1 c web 1000000000'
kill -CONT "${MEMBER_PID[c2]}"
try "it is applied once it answers" wait_for "that" eval 'member c1 apply "$RUN/slas" >/dev/null 2>&1'

# --- the history of a host that moves ---

history() { member c1 -o json history b db1 --since 10m --step 1s 2>"$RUN/out"; }
kill "${HOST_PID[b]}"
tail --pid="${HOST_PID[b]}" -f /dev/null
MOVED=$(date -u +%FT%TZ)
host_start b c1
recorded_by_both() { history | jq -e --arg t "$MOVED" 'any(.[]; .time < $t) and any(.[]; .time > $t)' >/dev/null; }
try "its history is one answer" wait_for "rows of both members" recorded_by_both
try "in the order of time, no second twice" eval 'history | jq -e "map(.time) == (map(.time) | unique)" >/dev/null'
try "a report has one row for a VM of it" eval 'member c1 -o json report b --since 10m | jq -e "map(select(.vm == \"db1\")) | length == 1 and .[0].tx_bytes > 0" >/dev/null'
kill -STOP "${MEMBER_PID[c2]}"
try "a silent member's part is named" eval 'history >"$RUN/rows" || true; grep -q "^daqsctl: .* to .* is on c2, which does not answer" "$RUN/out"'
try "the rest is there" eval 'jq -e --arg t "$MOVED" "any(.[]; .time > \$t)" "$RUN/rows" >/dev/null'
kill -CONT "${MEMBER_PID[c2]}"
kill "${HOST_PID[b]}"
wait_for "c2" sees_all c1 2
host_start b c2

# --- the host and its member are lost together ---

kill "${HOST_PID[lost]}"
kill -KILL "${MEMBER_PID[c1]}"
host_says b "db1 $(U 1)" "db2 $(U 2)" "db3 $(U 3)"
try "so does one whose member is lost as well" wait_for "it" decided_at c2 b db3 1000000000
cases_done
