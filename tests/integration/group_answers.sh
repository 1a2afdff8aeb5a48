#!/usr/bin/env bash
# Tests that any member of a group answers for the whole fleet: three members with a simulated host
# each, questions at each about the hosts of each, lists with a member stopped, and an SLA that is
# set at the wrong member.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/pg.sh"
. "$TOP/tests/lib/group.sh"
. "$TOP/tests/lib/cases.sh"

HOSTS=12
MEMBERS='c1 c2 c3'

api() { curl -fsS -m 10 "http://$(member_http "$1")/api/v1/$2"; }
metrics() { curl -fsS -m 10 "http://$(member_http "$1")/metrics"; }
lists_all() { member "$1" -o json hosts | jq -e --argjson n $HOSTS 'map(select(.state == "up").host) | unique | length == $n' >/dev/null; }
hosts_of() { member "$1" -o json members | jq -r --arg m "$1" '.[] | select(.member == $m).hosts'; }
settled() { [ $(($(hosts_of c1) + $(hosts_of c2) + $(hosts_of c3))) = "$HOSTS" ]; }
value() { member "$1" -o json status | jq -r --arg n "$2" '.[] | select(.name == $n).value'; }
# A host that the member serves, of those that 'status' and 'members' count.
one_of() { member "$1" -o json hosts | jq -r --arg m "$1" 'map(select(.member == $m and .state == "up"))[0].host'; }

pg_start
for m in $MEMBERS; do
    member_start "$m" 1 "settle = 1s" "peer = $(member_peer "$m")"
done
for m in $MEMBERS; do wait_for "three members" sees_all "$m" 3; done
"$DAQS_BIN/daqs-fleetsim" --keys --hosts $HOSTS | member c2 enroll - >/dev/null
has_keys() { [ "$(member "$1" -o json peers | jq length)" = $HOSTS ]; }
for m in $MEMBERS; do wait_for "the keys at $m" has_keys "$m"; done
start_daemon sim daqs-fleetsim --controller "$(member_bus c1)" --controller-key "$RUN/controller.key.pub" --hosts $HOSTS --nics 2 --warm-up 2s --duration 10m
SIM_PID=$STARTED
for m in $MEMBERS; do
    try "$m lists the hosts of all members" wait_for "all hosts at $m" lists_all "$m"
done
wait_for "who serves each host" settled
declare -A HOST
for m in $MEMBERS; do HOST[$m]=$(one_of "$m"); done
try "each member serves a host" eval '[ "${HOST[c1]}" != null ] && [ "${HOST[c2]}" != null ] && [ "${HOST[c3]}" != null ]'

answers_for_all() {
    local m
    for m in $MEMBERS; do
        member "$1" -o json vms "${HOST[$m]}" | jq -e --arg h "${HOST[$m]}" 'length > 0 and all(.[]; .host == $h)' >/dev/null
        member "$1" explain "${HOST[$m]}" vm01 >/dev/null
        member "$1" -o json list-sla "${HOST[$m]}" >/dev/null
    done
}
for m in $MEMBERS; do try "$m answers about a host of each" answers_for_all "$m"; done
try "a host that no member knows is an error at each" eval '! member c1 vms nowhere 2>"$RUN/out" && grep -q "not known" "$RUN/out"'
try "a list has no host twice" eval "member c2 -o json hosts | jq -e 'map(.host) | length == (unique | length)' >/dev/null"
try "the status counts the hosts of all" eval '[ "$(value c1 hosts_up)" = $HOSTS ] && [ "$(value c3 hosts_up)" = $HOSTS ]'
try "and has a row for each member" eval 'value c1 "member c3" | any_line "^hosts [0-9]*, up"'
try "the API answers for all" eval "api c2 hosts | jq -e --argjson n $HOSTS 'map(.host) | unique | length == \$n' >/dev/null"
try "and lists the members" eval "api c2 members | jq -e 'length == 3' >/dev/null"
try "metrics are those of one member" eval 'n=$(metrics c1 | grep -c "^daqs_host_up") && [ "$n" -gt 0 ] && [ "$n" -lt $HOSTS ]'
try "that there is no problem is said once" eval '[ "$(member c1 problems 2>&1 | grep -c "no problems")" = 1 ]'
try "a host of any member is found" eval "member c2 -o json find ${HOST[c3]} | jq -e 'length == 1' >/dev/null"
try "a VM that all hosts have is not unique" eval '! member c1 explain vm01 2>"$RUN/out" && grep -q "give the host, too" "$RUN/out"'
try "events of all members are listed" eval "member c1 -o json events --kind controller-started | jq -e 'length == 3' >/dev/null"
try "the API lists them, too" eval "api c3 'events?kind=controller-started' | jq -e 'length == 3' >/dev/null"
try "and those of one member" eval "api c3 'events?kind=controller-started&member=c1' | jq -e 'length == 1' >/dev/null"
polls_each() {
    local m last
    for m in $MEMBERS; do
        last=$(api c2 "events?member=$m" | jq 'map(.id) | max')
        [ "$(api c2 "events?member=$m&after=$((last - 1))" | jq -c 'map(.id)[0]')" = "$last" ] || return 1
    done
}
try "events of each member are polled by their numbers" polls_each
# api_refuses STATUS PATH PATTERN
api_refuses() { [ "$(curl -s -m 10 -o "$RUN/out" -w '%{http_code}' "http://$(member_http c2)/api/v1/$2")" = "$1" ] && grep -q "$3" "$RUN/out"; }
try "a number without a member is refused" api_refuses 400 'events?after=1' 'member=NAME'
try "events of somebody who is no member are refused" api_refuses 404 'events?member=c9' 'the group has no member c9'
member c1 -o json events --follow >"$RUN/followed" 2>"$RUN/followed.log" &
FOLLOW_PID=$!
on_exit stop_pid "$FOLLOW_PID"
follows() { jq -es --arg m "$1" 'any(.[]; .kind == "maintenance-on" and .host == $m)' "$RUN/followed" >/dev/null; }
followed_everywhere() {
    local m
    for m in $MEMBERS; do
        member c2 maintenance "${HOST[$m]}" on >/dev/null
        wait_for "the event of ${HOST[$m]}" follows "${HOST[$m]}"
        member c2 maintenance "${HOST[$m]}" off >/dev/null
    done
}
try "events of all members are followed at one" followed_everywhere
try "each once" eval '[ "$(jq -r .kind "$RUN/followed" | grep -c maintenance-on)" = 3 ]'

# --- changes at another member ---

try "an SLA is set at a member that does not serve the host" member c1 set-sla "${HOST[c2]}" vm01 10Mbit
try "it is in force where the host is served" wait_for "the SLA" eval "member c2 -o json vms ${HOST[c2]} | jq -e 'any(.[]; .vm == \"vm01\" and .min_bps == 10000000)' >/dev/null"
try "the audit trail names who asked, and where" wait_for "the audit trail" eval "member c3 -o json audit ${HOST[c2]} | jq -e 'any(.[]; .by | test(\"\\\\(.*c1\\\\)\$|^root \\\\(c1\\\\)\$\"))' >/dev/null"
try "what does not fit is refused by the member that knows" eval '! member c1 set-sla "${HOST[c3]}" vm01 100Tbit 2>"$RUN/out" && [ -s "$RUN/out" ]'
try "a mode for an uplink that is not there is noticed" eval '! member c1 set-policy "${HOST[c3]}/nothing" fair 2>"$RUN/out" && [ -s "$RUN/out" ]'
try "an SLA is removed the same way" member c3 unset-sla "${HOST[c2]}" vm01
try "a host that is up elsewhere is not forgotten" eval '! member c1 forget "${HOST[c2]}" 2>"$RUN/out" && grep -q "is up" "$RUN/out"'

# --- a member is silent ---

kill -STOP "${MEMBER_PID[c3]}"
status=0
member c1 -o json hosts >"$RUN/hosts" 2>"$RUN/out" || status=$?
try "who follows events is told which member is silent" wait_for "its name" grep -q "no events of c3: " "$RUN/followed.log"
kill -CONT "${MEMBER_PID[c3]}"
try "a list without a member says which hosts are missing" any_line 'c3 does not answer: its [0-9]* hosts* ' <"$RUN/out"
try "its exit status says so" [ "$status" = 4 ]
try "and so does JSON" eval "jq -e 'any(.[]; .missing_member == \"c3\" and .missing_hosts > 0)' <\"$RUN/hosts\" >/dev/null"
try "the others' hosts are there" eval "jq -e 'any(.[]; .host == \"${HOST[c1]}\") and any(.[]; .host == \"${HOST[c2]}\")' <\"$RUN/hosts\" >/dev/null"
try "after that nothing is missing" wait_for "all hosts" lists_all c1

kill "$SIM_PID"
cases_done
