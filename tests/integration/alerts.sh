#!/usr/bin/env bash
# Tests the alert rules, the dashboard and the webhook: Prometheus can parse the rules, alerts fire
# exactly when they should, every metric they use is documented and served, and Alertmanager gets
# each incident's start and end, also after it was away.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes
DAQS_HTTP=127.0.0.1:$((DAQS_PORT + 45))
need_root # Alertmanager is given its templates in a mount namespace
RULES=$TOP/packaging/prometheus/daqs.rules.yml
DASHBOARD=$TOP/packaging/grafana/daqs.json

"$TOP/tests/lib/prometheus"
promtool() { "$TOP/build/prometheus/promtool" "$@" >"$RUN/out" 2>&1 || { cat "$RUN/out" >&2; return 1; }; }

# --- rules and queries ---

try "Prometheus can read the rules" promtool check rules "$RULES"
try "alerts fire when they should" promtool test rules "$TOP/tests/data/alerts.yml"
untested() { sed -n 's/^ *- alert: //p' "$RULES" | while read -r alert; do grep -q "$alert" "$TOP/tests/data/alerts.yml" || echo "$alert"; done; }
try "and each of them is tried" test -z "$(untested)"
mkdir -p "$RUN/packaging/prometheus" "$RUN/tests/data"
cp "$TOP/tests/data/alerts.yml" "$RUN/tests/data/"
sed 's/(daqs_host_up) == 0/(daqs_host_up) == 2/' "$RULES" >"$RUN/packaging/prometheus/daqs.rules.yml"
try "one that does not fire would be seen" eval '! promtool test rules "$RUN/tests/data/alerts.yml" 2>/dev/null'
questions() { python3 "$TOP/tests/lib/dashboard_rules.py" "$1" >"$RUN/dashboard.yml" && promtool check rules "$RUN/dashboard.yml"; }
try "Prometheus understands the dashboard's questions" questions "$DASHBOARD"
try "there are some" test "$(grep -c '"record"' "$RUN/dashboard.yml")" -ge 20
sed 's/"expr": "sum(/"expr": "sum((/' "$DASHBOARD" >"$RUN/dashboard.json"
try "one that makes no sense would be seen" eval '! questions "$RUN/dashboard.json" 2>/dev/null'

# --- names ---

names() { grep -ohE '\b(daqs|process)_[a-z_]+' "$RULES" "$DASHBOARD" | sed -E 's/_(bucket|sum|count)$//' | sort -u; }
grep -oE '^\| `[a-z_]+`' "$TOP/docs/metrics.md" | tr -d '|` ' | sort -u >"$RUN/documented"
names >"$RUN/asked"
none_but() { [ -s "$1" ] && [ -z "$(comm -23 "$1" "$2")" ] || { say "not there: $(comm -23 "$1" "$2" | xargs)"; return 1; }; }
try "all metrics that are asked for are documented" none_but "$RUN/asked" "$RUN/documented"

AM_PORT=$((DAQS_PORT + 1))
ALERTS=127.0.0.1:$AM_PORT/api/v2/alerts
controller_start '[alerts]' "webhook = http://me:s3cret@$ALERTS" 'hold = 2s'
printf '%s\n' 'up0=10Gbit' 'db1 -' 'db2 -' >"$RUN/node1.vms"
start node1 "${DAQS_BIN%/bin}/tests/fake_host" "tcp://127.0.0.1:$DAQS_PORT" node1 "$RUN/node1.vms"
NODE_PID=$STARTED
wait_for "the nics are measured" vms_seen node1 2
ctl set-sla node1 db1 1Gbit --max 2Gbit >/dev/null
served() { curl -sSf "http://$DAQS_HTTP/metrics" | sed -nE 's/^# TYPE ([a-z_]+) .*/\1/p; s/^([a-z_]+)[{ ].*/\1/p' | sed -E 's/_(bucket|sum|count)$//' | sort -u; }
# Those of a group are served by its members only: group.sh.
documented_metrics 'Of a shared database' >"$RUN/of_group"
comm -23 "$RUN/asked" "$RUN/of_group" >"$RUN/of_all"
all_served() { served >"$RUN/served" && none_but "$RUN/of_all" "$RUN/served" 2>/dev/null; }
try "and served" wait_for "all of them" all_served
all_served || say "not served: $(comm -23 "$RUN/of_all" "$RUN/served" | xargs)"

# --- Alertmanager ---

# It shows what is firing; ends are seen by what is gone.
printf '%s\n' 'route: {receiver: none}' 'receivers: [{name: none}]' >"$RUN/am.yml"
alertmanager() {
    start alertmanager "$TOP/build/prometheus/alertmanager" --config.file="$RUN/am.yml" \
        --storage.path="$RUN/am" --web.listen-address="127.0.0.1:$AM_PORT" --cluster.listen-address=
    AM_PID=$STARTED
    wait_for "Alertmanager" curl -sSf "http://127.0.0.1:$AM_PORT/-/ready"
}
firing() { curl -sSf "http://$ALERTS" | jq -e "map(select(.status.state == \"active\")) | $1" >"$RUN/firing"; }
host_say() { printf '%s\n' "$@" >"$RUN/node1.new" && mv "$RUN/node1.new" "$RUN/node1.vms"; }
state_is() { ctl -o json vms node1 | jq -e --arg s "$1" 'any(.state == $s)' >"$RUN/out"; }
counted() { ctl -o json status | jq -e --arg r "$1" "map(select(.name == \$r)) | .[0].value | tonumber | $2" >"$RUN/out"; }

host_say 'up0=10Gbit' 'db1 - 2' 'db2 -'
try "while Alertmanager is away the controller tries, and serves" wait_for "failures" counted alerts_failed '. >= 2'
alertmanager
try "once it is there it has the alert" wait_for "an alert" firing \
    'any(.labels.alertname == "DaqsVmState" and .labels.severity == "warning" and .labels.host == "node1" and .labels.vm == "db1")'
try "with what to run, and since when" firing '.[0].annotations | .command == "daqsctl explain node1 db1" and (.since | test("^20..-"))'
stop_pid "$NODE_PID"
try "a host that goes away is one alert more" wait_for "host-down" firing \
    'length == 2 and any(.labels.alertname == "DaqsHostDown" and .labels.severity == "critical")'
log_has() { grep -qE "$1" "$RUN/controller.log"; }
quick() { for _ in $(seq 20); do timeout 2 "$DAQS_BIN/daqsctl" status >"$RUN/out" || return 1; done; }
host_say 'up0=10Gbit' 'db1 -' 'db2 -'
kill -STOP "$AM_PID"
start node1 "${DAQS_BIN%/bin}/tests/fake_host" "tcp://127.0.0.1:$DAQS_PORT" node1 "$RUN/node1.vms"
wait_for "db1 is well" state_is ok
try "an Alertmanager that says nothing is left" wait_for "its log" log_has '\[alerts\] webhook: .* did not answer in time'
try "and costs operators nothing" quick
kill -CONT "$AM_PID"
try "once it answers again it gets both ends" wait_for "no alert" firing 'length == 0'

stop_pid "$AM_PID"
cat >"$RUN/endless.py" <<'PY'
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    peer, _ = server.accept()
    try:
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10000000)
    except OSError:
        pass
PY
start endless python3 "$RUN/endless.py" "$AM_PORT"
ENDLESS_PID=$STARTED
host_say 'up0=10Gbit' 'db1 - 2' 'db2 -'
try "an answer without an end is cut" wait_for "its log" log_has '\[alerts\] webhook: http://127.0.0.1:[0-9]+: its answer is larger'
stop_pid "$ENDLESS_PID"
alertmanager
try "and the alert reaches the Alertmanager that follows" wait_for "an alert" firing 'any(.labels.vm == "db1")'
secret_seen() { ctl status | cat - "$RUN/controller.log" | any_line -E 's3cret'; }
try "the URL's password is in no log and no answer" eval '! secret_seen'
bad_url() {
    sed 's|^webhook = .*|webhook = ftp://me:s3cret@host/|' "$RUN/controllerd.conf" >"$RUN/bad.conf"
    "$DAQS_BIN/daqs-controllerd" --config "$RUN/bad.conf" --check-config
}
try "another kind of URL is refused" says 2 'webhook: this is not a URL of http or https' bad_url
try "without its password" eval '! grep -q s3cret "$RUN/out"'
cases_done
