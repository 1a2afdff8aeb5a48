#!/usr/bin/env bash
# Tests what the controller serves over HTTP: the same data as daqsctl shows, read-only, whatever a
# client sends, however many clients there are, and however slowly they read. fake_host acts as the
# hosts.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes
HTTP_PORT=$((DAQS_PORT + 45))
DAQS_HTTP=127.0.0.1:$HTTP_PORT
URL=http://$DAQS_HTTP
API=$URL/api/v1
FAKE_HOST=${DAQS_BIN%/bin}/tests/fake_host
ulimit -n "$(ulimit -Hn)"

fake_host() { # NAME LINES...
    printf '%s\n' "${@:2}" >"$RUN/$1.vms"
    start "$1" "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" "$1" "$RUN/$1.vms"
    wait_for "$1 is up" eval "ctl -o json hosts | jq -e 'any(.host == \"$1\" and .state == \"up\")'"
}
get() { curl -sS --max-time 60 "$@"; }
code() { rm -f "$RUN/body"; touch "$RUN/body"; get -o "$RUN/body" -w '%{http_code}' "$@"; }
stranger() { python3 "$TOP/tests/lib/http_stranger.py" "${DAQS_HTTP%:*}" "$HTTP_PORT" "$@"; }
ODD='x"<b>&é'\''\'

controller_start
fake_host node1 'up0=10Gbit' 'db1 -' 'db2 -' "$ODD -"
ctl set-sla node1 db1 1Gbit >"$RUN/out"
wait_for "the nics are measured" vms_seen node1 3
wait_for "there is history" eval '[ "$(ctl -o json history node1 db1 | jq length)" -gt 1 ]'

# --- the same as daqsctl ---

same() { # PATH ARGUMENTS...: checks for the same rows, except for values that change all the time
    local changing='del(.[].last_report_ms?, .[].usage_bps?, .[].demand_bps?)'
    [ "$(get "$API/$1" | jq -S "$changing")" = "$(ctl -o json "${@:2}" | jq -S "$changing")" ]
}
try "hosts are those of daqsctl" same hosts hosts
try "those of one host" eval 'get "$API/hosts?host=node1" | jq -e >/dev/null "length > 0 and all(.host == \"node1\")" && [ "$(code "$API/hosts?host=nowhere")" = 404 ]'
try "VMs too" same vms vms
try "those of a host" same 'vms?host=node1' vms node1
try "SLAs" same slas list-sla
try "events" same 'events?since=1h' events --since 1h
try "the audit trail" same audit audit
try "what fits" same 'fit?rate=2Gbit' fit 2Gbit
try "history" eval '[ "$(get "$API/history?host=node1&vm=db1&since=5m&step=1s" | jq "map(.time) | length > 1 and . == sort")" = true ]'
shape() { jq -c 'map([.host, .vm, keys])'; } # the figures grow with every second
try "the report" wait_for "the same rows" eval '[ "$(get "$API/report?host=node1&since=1h" | shape)" = "$(ctl -o json report node1 --since 1h | shape)" ]'
try "the status" eval 'get "$API/status" | jq -e >/dev/null "any(.name == \"hosts_up\" and .value == \"1\")"'
try "an explanation" eval 'get "$API/explain?host=node1&vm=db1" | jq -e ".text | startswith(\"db1 on up0\")"'
try "the version" eval '[ "daqsctl $(get "$API/version" | jq -r .version)" = "$("$DAQS_BIN/daqsctl" --version)" ]'
last=$(get "$API/events?since=1h" | jq '.[-1].id')
try "events after one are those after it" eval '[ "$(get "$API/events?after=$((last - 1))" | jq -c "map(.id)")" = "[$last]" ]'
try "and none after the last" eval '[ "$(get "$API/events?after=$last")" = "[]" ]'
try "bytes are those of daqsctl" eval '[ "$(get "$API/slas")" = "$(ctl -o json list-sla)" ]'
try "odd names come out as they went in" eval \
    'get "$API/vms" | jq -e --arg n "$ODD" "any(.vm == \$n)" && get -G "$API/explain" --data-urlencode host=node1 --data-urlencode vm="$ODD" | jq -e ".text | length > 0"'
examples() { # all examples of docs/api.md
    local line count=0
    while read -r line; do
        bash -c "${line//127.0.0.1:7480/$DAQS_HTTP} -f -o $RUN/example" || { say "failed: $line"; return 1; }
        [ -s "$RUN/example" ] || { say "empty: $line"; return 1; }
        count=$((count + 1))
    done < <(grep '^curl' "$TOP/docs/api.md")
    [ "$count" -ge 8 ]
}
try "the examples of the documentation work" examples

# --- errors ---

refused() { # STATUS PATTERN PATH
    local got
    got=$(code --path-as-is "$URL$3")
    [ "$got" = "$1" ] && grep -qE -- "$2" "$RUN/body" && jq -e '.error | length > 0' "$RUN/body" >/dev/null ||
        { say "$3: $got $(cat "$RUN/body")"; return 1; }
}
try "an unknown path" refused 404 'unknown path' /api/v1/nothing
try "a host that nobody knows" refused 404 'host nowhere is not known' '/api/v1/vms?host=nowhere'
try "a VM that nobody knows" refused 404 'VM nobody is not known' '/api/v1/history?host=node1&vm=nobody'
try "a parameter given twice" refused 400 "'host' is given twice" '/api/v1/vms?host=node1&host=node1'
try "one that is not taken" refused 400 "does not accept 'token'" '/api/v1/vms?token=7'
try "one that is missing" refused 400 "needs 'host'" '/api/v1/history?vm=db1'
try "a rate without unit" refused 400 'no unit' '/api/v1/fit?rate=100'
try "an invalid time" refused 400 'since: ' '/api/v1/events?since=yesterday'
try "a step of less than a second" refused 400 'whole seconds' '/api/v1/history?host=node1&vm=db1&step=100ms'
try "a span that ends before it begins" refused 400 'ends before it begins' '/api/v1/report?since=1h&until=2h'
try "an invalid name" refused 400 'VM|control' '/api/v1/explain?host=node1&vm=a%0ab'
for path in '/../../etc/passwd' '//etc/passwd' '/%2e%2e/%2e%2e/etc/passwd' '/api/v1/../../metrics' '/index.html/' \
    '/api/v1/hosts/' '/api//v1/hosts' '/./healthz' '/%5c..%5cx' '/HEALTHZ'; do
    try "no such path: $path" refused 404 'unknown path' "$path"
done
for path in '/%00' '/index.html%00.js' '/%' '/%zz' '/%ff' '/api/v1/vms?host=%00' '/api/v1/vms?host=%c0%ae' '/healthz?x=1'; do
    try "nonsense: $path" refused 400 . "$path"
done
long=$(printf 'x%.0s' {1..6000})
try "a path that is too long" refused 414 'too long' "/$long"
try "many parameters" refused 400 'too many|does not accept' "/api/v1/vms?$(printf 'a%s=&' {1..40})"

# --- read-only ---

before=$(ctl -o json list-sla; ctl -o json audit; ctl -o json peers 2>/dev/null || true)
for method in POST PUT DELETE PATCH OPTIONS TRACE PROPFIND CONNECT nonsense; do
    try "$method is not served" eval '[ "$(code -X '$method' "$API/slas")" = 405 ]'
done
try "nor are bodies" eval '[ "$(code -X GET --data host=node1 "$API/slas")" = 413 ]'
try "nor verbs that change something" eval \
    'for verb in set-sla unset-sla apply enroll revoke set-policy backup peers; do [ "$(code "$API/$verb?host=node1&vm=db1&min=1Gbit")" = 404 ] || exit 1; done'
try "nothing was changed" eval '[ "$(ctl -o json list-sla; ctl -o json audit; ctl -o json peers 2>/dev/null || true)" = "$before" ]'

# --- headers ---

header() { get -o "$RUN/body" -D - "$@" | tr -d '\r'; }
try "answers forbid guessing, framing and foreign scripts" eval \
    'for path in / /api/v1/hosts /metrics /healthz /nowhere; do header "$URL$path" >"$RUN/head"; grep -qx "X-Content-Type-Options: nosniff" "$RUN/head" && grep -q "^Content-Security-Policy: default-src .none." "$RUN/head" && grep -qx "Referrer-Policy: no-referrer" "$RUN/head" || exit 1; done'
try "the API is not stored" eval 'header "$API/hosts" | grep -x "Cache-Control: no-store" >/dev/null'
etag=$(header "$URL/" | sed -n 's/^ETag: //p')
try "what has not changed is not sent again" eval '[ "$(code -H "If-None-Match: $etag" "$URL/")" = 304 ] && [ ! -s "$RUN/body" ]'
try "what has is" eval '[ "$(code -H "If-None-Match: \"other\"" "$URL/")" = 200 ] && [ -s "$RUN/body" ]'
try "HEAD has the head of GET, and no body" eval \
    '[ "$(curl -sI "$URL/" | grep -vi ^date)" = "$(curl -si "$URL/" | sed "/^\r$/q" | grep -vi ^date)" ] && [ "$(stranger status "HEAD / HTTP/1.0\r\nHost: localhost\r\n\r\n")" = 200 ]'
try "a name that points here is not answered" eval '[ "$(code -H "Host: evil.example.com" "$API/hosts")" = 400 ]'
try "those of this machine are" eval 'for h in localhost 127.0.0.1:1 "[::1]:7480" LOCALHOST; do [ "$(code -H "Host: $h" "$API/hosts")" = 200 ] || exit 1; done'
try "nor is a request without a name" eval '[ "$(stranger status "GET /healthz HTTP/1.0\r\n\r\n")" = 400 ]'

# --- requests that browsers do not send ---

try "requests in a row are answered in order, also to who has hung up on their side" stranger pipelined
try "garbage is refused" stranger garbage
try "a header of a megabyte" eval '[[ "$(stranger status "GET / HTTP/1.1\r\nHost: localhost\r\nX: '"$(printf 'a%.0s' {1..100000})"'\r\n\r\n")" =~ ^(431|none)$ ]]'
try "who never ends a request is hung up on" stranger dripping
try "the address of another server" eval '[ "$(stranger status "GET http://example.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n")" = 400 ]'

# --- many clients, and slow ones ---

decided() { # checks that reports arrive and are processed now
    local first
    first=$(get "$URL/metrics" | awk '$1 == "daqs_controller_report_seconds_count" { print $2 }')
    wait_for "reports" eval '[ "$(get "$URL/metrics" | awk "\$1 == \"daqs_controller_report_seconds_count\" { print \$2 }")" -gt '"$first"' ]'
}
try "10,000 connections" stranger many 10000
try "600 half requests, begun again when they are closed, keep no other client of the address out" stranger halves 600
try "nor do 600 clients that do not read" stranger unread_rows / 600
try "and reports are decided" decided
try "daqsctl is answered, too" eval 'ctl status >/dev/null'
rows() { local i; for ((i = 0; i < 4000; i++)); do echo "vm$i -"; done; }
mapfile -t vms < <(rows)
try "who asks about the past keeps nobody from the present" stranger asked '/api/v1/history?host=node1&vm=db1&since=10y&step=1s' 60 /metrics /api/v1/hosts
for n in 2 3 4 5; do fake_host "node$n" 'up0=10Gbit' "${vms[@]}"; done
try "who reads nothing of a long answer keeps nobody waiting, and gets all of it in the end" stranger unread /api/v1/vms 60 "$CONTROLLER_PID"
try "if there are more of them, who does not read goes" stranger hoarded /api/v1/vms 64 0
try "and reports are decided" decided
try "all hosts are up" eval 'get "$API/hosts" | jq -e "length == 5 and all(.state == \"up\")"'
try "metrics of all nics, in parts" eval '[ "$(get "$URL/metrics" | grep -c "^daqs_nic_state{")" = 0 ] && get "$URL/metrics" | grep -x "daqs_metrics_nics_left_out 16003" >/dev/null'

# --- health ---

try "it is healthy" eval '[ "$(get -f "$URL/healthz")" = ok ]'
try "and ready" eval '[ "$(get -f "$URL/readyz")" = ok ]'
sqlite3 "$RUN/daqs.db" '.timeout 10000' 'ALTER TABLE audit RENAME TO audit_away'
try "a question that the database cannot answer" eval '[ "$(code "$API/audit")" = 503 ]'
not_ready() { [ "$(code "$URL/readyz")" = 503 ] && grep -q "database cannot be read" "$RUN/body"; }
try "not ready then" wait_for "it is not ready" not_ready # answers are reused for a second
try "but healthy" eval '[ "$(code "$URL/healthz")" = 200 ]'
sqlite3 "$RUN/daqs.db" '.timeout 10000' 'ALTER TABLE audit_away RENAME TO audit'

# --- where it is served ---

sed "s,^http = .*,http = $DAQS_HTTP,; s,^bus = .*,bus = tcp://127.0.0.1:$((DAQS_PORT + 1)),; s,$RUN/,$RUN/second/,g" \
    "$RUN/controllerd.conf" >"$RUN/second.conf"
mkdir "$RUN/second"
try "an address that is taken is said, and the controller does not start" \
    says 1 "\[controller\] http: cannot listen on $DAQS_HTTP: Address already in use" \
    timeout 20 "$DAQS_BIN/daqs-controllerd" --config "$RUN/second.conf"
sed -i 's,^http = .*,http = 127.0.0.1,' "$RUN/second.conf"
try "an invalid one, too" says 2 'is not an address and a port' "$DAQS_BIN/daqs-controllerd" --config "$RUN/second.conf"
stop_pid "$CONTROLLER_PID"
DAQS_HTTP=127.0.0.2:$HTTP_PORT
controller_start '[limits]' 'requests = 5'
try "an address is served by its own name, too" eval '[ "$(code "http://$DAQS_HTTP/healthz")" = 200 ] && [ "$(code -H "Host: 127.0.0.3" "http://$DAQS_HTTP/healthz")" = 400 ]'
too_many() { # requests are refused, except for health and metrics
    local i codes=
    for i in {1..30}; do codes+=" $(code "http://$DAQS_HTTP/api/v1/vms?host=h$i")"; done
    [[ $codes == *503* ]] && [ "$(code "http://$DAQS_HTTP/healthz") $(code "http://$DAQS_HTTP/metrics")" = '200 200' ] ||
        { say "$codes"; return 1; }
}
try "who asks too much is put off, and it is healthy still" too_many
stop_pid "$CONTROLLER_PID"
sed -i 's/^database/metrics_nics = 100000\n&/' "$RUN/controllerd.conf"
start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
CONTROLLER_PID=$STARTED
wait_for "metrics of all nics" eval '[ "$(get "http://$DAQS_HTTP/metrics" 2>"$RUN/out" | grep -c "^daqs_nic_state{")" = 16003 ]'
try "who does not read metrics keeps nobody from them" stranger hoarded /metrics 5 1.1
stop_pid "$CONTROLLER_PID"
DAQS_HTTP=
controller_start
no_listener() { ! curl -s --max-time 5 "$URL/healthz" && ctl status >/dev/null; }
try "off, it is not served" no_listener

cases_done
