#!/usr/bin/env bash
# Tests the alert rules and the dashboard: Prometheus can parse them, alerts fire exactly when they
# should, and every metric they use is documented and served.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes
DAQS_HTTP=127.0.0.1:$((DAQS_PORT + 12000))
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
sed 's/daqs_host_up == 0/daqs_host_up == 2/' "$RULES" >"$RUN/packaging/prometheus/daqs.rules.yml"
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

controller_start
printf '%s\n' 'up0=10Gbit' 'db1 -' 'db2 -' >"$RUN/node1.vms"
start node1 "${DAQS_BIN%/bin}/tests/fake_host" "tcp://127.0.0.1:$DAQS_PORT" node1 "$RUN/node1.vms"
wait_for "the nics are measured" vms_seen node1 2
ctl set-sla node1 db1 1Gbit --max 2Gbit >/dev/null
served() { curl -sSf "http://$DAQS_HTTP/metrics" | sed -nE 's/^# TYPE ([a-z_]+) .*/\1/p; s/^([a-z_]+)[{ ].*/\1/p' | sed -E 's/_(bucket|sum|count)$//' | sort -u; }
all_served() { served >"$RUN/served" && none_but "$RUN/asked" "$RUN/served" 2>/dev/null; }
try "and served" wait_for "all of them" all_served
all_served || say "not served: $(comm -23 "$RUN/asked" "$RUN/served" | xargs)"
cases_done
