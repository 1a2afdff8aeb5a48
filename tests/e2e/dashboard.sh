#!/usr/bin/env bash
# Tests the dashboard in a headless Chromium, against a controller with a simulated fleet and hosts
# whose VMs have hostile names. Screenshots are kept in build/check/dashboard.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
# shellcheck disable=SC2034 # for daqs.sh
DAQS_INSECURE=yes
HOSTS=200
FAKE_HOST=${DAQS_BIN%/bin}/tests/fake_host
DAQS_HTTP=127.0.0.1:$((DAQS_PORT + 45))

ulimit -n 8192
controller_start

# fake NAME LINES...: starts a host without guests that reports these VMs. Names must not contain
# blanks.
fake() {
    local name=$1 file
    shift
    file=$(mktemp "$RUN/vms-XXXXXX")
    printf '%s\n' "$@" >"$file"
    start "fake-$((FAKES += 1))" "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" "$name" "$file"
}
FAKES=0
HOSTILE_HOST='<img/src=x/onerror=window.pwned=1>&amp;#/"&%3f%2f'
LONG=$(printf 'long-%.0s' {1..50})
fake node1 'up0=10Gbit up1=5Gbit' 'db1 -' 'db2 -' 'web - 3'
fake "$HOSTILE_HOST" 'up0=10Gbit' \
    '<img/src=x/onerror=window.pwned=1> -' '"><script>window.pwned=1</script> -' "'-window.pwned=1-' -" \
    '</td></tr></table><h1>owned</h1> -' 'javascript:window.pwned=1 -' '../../etc/passwd -' '{{7*7}}${7*7} -' \
    '&lt;b&gt; -' '日本語-ü-😀 -' "$LONG -"
fake gone 'up0=10Gbit' 'vm -'
GONE=$STARTED
start sim "$DAQS_BIN/daqs-fleetsim" --controller "tcp://127.0.0.1:$DAQS_PORT" --hosts $HOSTS --nics 4 --rate 2 \
    --warm-up 6s --duration 1h

up() { ctl -o json hosts | jq -e --argjson n "$1" 'map(select(.state == "up").host) | unique | length == $n' >/dev/null; }
wait_for "all hosts are up" up $((HOSTS + 3))
ctl set-sla node1 db1 2Gbit --max 5Gbit --weight 3 >/dev/null
ctl set-sla sim0001 vm01 5Gbit >/dev/null
ctl set-sla "$HOSTILE_HOST" "$LONG" 1Gbit >/dev/null
stop_pid "$GONE"
wait_for "a host is away" up $((HOSTS + 2))

disown "$CONTROLLER_PID" # dashboard.py kills it on purpose
status=0
python3 -B "$TOP/tests/e2e/dashboard.py" --origin "http://$DAQS_HTTP" --daqsctl "$DAQS_BIN/daqsctl" --hosts $((HOSTS + 3)) \
    --hostile "$HOSTILE_HOST" --long "$LONG" --folder "$RUN/browser" --shots "$TOP/build/check/dashboard" \
    --controller-pid "$CONTROLLER_PID" -- "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf" || status=1
exit $status
