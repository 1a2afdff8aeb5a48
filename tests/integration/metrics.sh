#!/usr/bin/env bash
# Tests the metrics: exactly those that docs/metrics.md lists are served, promtool accepts them, and
# a real Prometheus scrapes them. Prometheus is unpacked below build/, not installed.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes
DAQS_HTTP=127.0.0.1:$((DAQS_PORT + 45))
PROMETHEUS=127.0.0.1:$((DAQS_PORT + 46))
AGENT_METRICS=127.0.0.1:$((DAQS_PORT + 47))
FAKE_HOST=${DAQS_BIN%/bin}/tests/fake_host
"$TOP/tests/lib/prometheus"
PATH=$PATH:$TOP/build/prometheus

controller_start
printf '%s\n' 'up0=10Gbit up1=25Gbit' 'db1 -' 'x"\é -' >"$RUN/node1.vms"
start node1 "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" node1 "$RUN/node1.vms"
ctl set-sla node1 db1 1Gbit --max 2Gbit >"$RUN/out"
wait_for "the nics are measured" vms_seen node1 4
mkdir "$RUN/qga"
AGENT_LINES="metrics = $AGENT_METRICS" agent_start node2 up0 10Gbit 'source = sockets' "socket_glob = $RUN/qga/*.qga"

scrape() { curl -sSf --max-time 30 "http://$1/metrics" "${@:2}"; }
OPEN='Accept: application/openmetrics-text; version=1.0.0'
wait_for "the agent's metrics" scrape "$AGENT_METRICS"

# --- what is served ---

served() { scrape "$1" | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | sort; }
agree() { # ADDRESS SECTIONS
    local section
    for section in "${@:2}"; do documented_metrics "$section"; done | sort >"$RUN/documented"
    served "$1" >"$RUN/served"
    [ -s "$RUN/served" ] && diff "$RUN/documented" "$RUN/served" >&2
}
try "the controller serves what the documentation lists, and no more" agree "$DAQS_HTTP" 'Of the fleet' 'Of the controller'
try "and so does the agent" agree "$AGENT_METRICS" 'Of the agent'
types() { # as documented
    scrape "$1" | sed -n 's/^# TYPE \([^ ]*\) \(.*\)/\1 \2/p' | while read -r name type; do
        [[ $name != *_info ]] || type=info
        grep -q "^| \`$name\` | $type |" "$TOP/docs/metrics.md" || { say "$name is a $type"; return 1; }
    done
}
try "with their types" eval 'types "$DAQS_HTTP" && types "$AGENT_METRICS"'
try "promtool finds nothing to complain of" eval 'scrape "$DAQS_HTTP" | promtool check metrics'
try "nor with the agent" eval 'scrape "$AGENT_METRICS" | promtool check metrics'
figure() { # ADDRESS SAMPLE: prints its value
    scrape "$1" | awk -v s="$2" 'index($0, s " ") == 1 { print substr($0, length(s) + 2) }'
}
is() { [ "$(figure "$1" "$2")" = "$3" ] || { say "$2: $(figure "$1" "$2")"; return 1; }; }
try "rates are bytes" eval "is '$DAQS_HTTP' 'daqs_uplink_capacity_bytes_per_second{host=\"node1\",uplink=\"up1\"}' 3125000000 &&
    is '$DAQS_HTTP' 'daqs_vm_guarantee_bytes_per_second{host=\"node1\",vm=\"db1\",uplink=\"up0\"}' 125000000 &&
    is '$DAQS_HTTP' 'daqs_vm_ceiling_bytes_per_second{host=\"node1\",vm=\"db1\",uplink=\"up0\"}' 250000000"
try "a host has one sample, however many uplinks" eval '[ "$(scrape "$DAQS_HTTP" | grep -c "^daqs_host_up{host=\"node1\"} 1$")" = 1 ]'
odd_name() { scrape "$DAQS_HTTP" >"$RUN/scraped" && grep -qF 'daqs_nic_state{host="node1",vm="x\"\\é",nic="02:00:00:00:00:01",uplink="up0",state="ok"} 1' "$RUN/scraped"; }
try "odd names are escaped" odd_name
status_counts() { # each figure of the status is one of the metrics
    local name value
    scrape "$DAQS_HTTP" >"$RUN/scraped"
    ctl -o csv status | tail -n +2 | grep -vE '^(version|history|queries|events|database|clock|sla_file|epoch|uptime_seconds),' | while IFS=, read -r name value; do
        grep -qE "^daqs_controller_$name(_total)? [0-9]" "$RUN/scraped" || { say "$name ($value) is none"; return 1; }
    done
}
try "all counters of the status are there" status_counts
ctl set-sla node9 db9 1Gbit >"$RUN/out"
try "a host that has an SLA and was not heard is down" wait_for "it" is "$DAQS_HTTP" 'daqs_host_up{host="node9"}' 0
try "and whether its guarantee is met is not known" wait_for "it" is "$DAQS_HTTP" daqs_controller_guarantees_unknown 1
try "an uplink of it has no samples" eval '! scrape "$DAQS_HTTP" | grep "^daqs_uplink.*node9"'
ctl unset-sla node9 db9 >"$RUN/out"
start twin "$FAKE_HOST" "tcp://127.0.0.1:$DAQS_PORT" node1 "$RUN/node1.vms"
claimed() { { ctl -o json problems node1 || true; } | jq -e 'any(.kind == "host-claimed" and (.text | test("127.0.0.1 is refused")))' >/dev/null; }
try "a second machine that uses its name is a problem" wait_for "it" claimed
claims() { ctl -o json events node1 --since 1h | jq -e 'map(select(.kind == "host-claimed")) | length == 1' >/dev/null; }
try "and one event" wait_for "it" claims
stop_pid "$STARTED"
grows() { # SAMPLE
    local before
    before=$(figure "$DAQS_HTTP" "$1")
    wait_for "$1 grows" eval '[ "$(figure "$DAQS_HTTP" '"'$1'"')" -gt '"$before"' ]'
}
TX='daqs_nic_transmit_bytes_total{host="node1",vm="db1",nic="02:00:00:00:00:00",uplink="up0"}'
try "what is sent is counted" grows "$TX"
before=$(figure "$DAQS_HTTP" "$TX")
echo 'db3 -' >>"$RUN/node1.vms"
wait_for "another VM" vms_seen node1 6
try "on and on, when VMs come" eval '[ "$(figure "$DAQS_HTTP" "$TX")" -ge '"$before"' ]'
try "reports are timed" grows daqs_controller_report_seconds_count
try "so are transactions" grows daqs_controller_store_write_seconds_count
try "and answers" grows daqs_controller_http_request_seconds_count
buckets_add_up() {
    scrape "$DAQS_HTTP" | awk '/^daqs_controller_report_seconds_bucket/ { bad += $2 < last; last = $2 }
        /^daqs_controller_report_seconds_count/ { count = $2 } END { exit !(bad == 0 && count == last && last > 0) }'
}
try "buckets add up" buckets_add_up
try "OpenMetrics has an end, types and units" eval \
    'scrape "$DAQS_HTTP" -H "$OPEN" >"$RUN/open" && [ "$(tail -n 1 "$RUN/open")" = "# EOF" ] && grep -qx "# TYPE daqs_nic_transmit_bytes counter" "$RUN/open" && grep -qx "# UNIT daqs_nic_transmit_bytes bytes" "$RUN/open"'
try "and its own content type" eval 'scrape "$DAQS_HTTP" -o /dev/null -w "%{content_type}" -H "$OPEN" | any_line -x "application/openmetrics-text; version=1.0.0; charset=utf-8"'
try "which without being asked for is that of old" eval 'scrape "$DAQS_HTTP" -o /dev/null -w "%{content_type}" | any_line -x "text/plain; version=0.0.4; charset=utf-8"'

# --- Prometheus ---

cat >"$RUN/prometheus.yml" <<YML
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: daqs-controller
    static_configs: [targets: ["$DAQS_HTTP"]]
  - job_name: daqs-agent
    static_configs: [targets: ["$AGENT_METRICS"]]
YML
start prometheus prometheus --config.file="$RUN/prometheus.yml" --storage.tsdb.path="$RUN/tsdb" \
    --web.listen-address="$PROMETHEUS" --log.level=warn
asked() { # QUERY JQ: prints an answer of Prometheus
    curl -sSf --max-time 10 -G "http://$PROMETHEUS/api/v1/query" --data-urlencode "query=$1" |
        jq -e ".data.result | $2" >/dev/null
}
wait_for "Prometheus" curl -sf "http://$PROMETHEUS/-/ready"
try "Prometheus scrapes both" wait_for "up" asked up 'length == 2 and all(.value[1] == "1")'
try "and knows the rate of a nic" wait_for "the rate" asked 'rate(daqs_nic_transmit_bytes_total{vm="db1",uplink="up0"}[10s])' 'length == 1 and (.[0].value[1] | tonumber) > 1000'
try "and a quantile of what decisions take" wait_for "it" asked 'histogram_quantile(0.99, rate(daqs_controller_report_seconds_bucket[10s]))' '(.[0].value[1] | tonumber) > 0'
try "and the odd name" asked 'daqs_nic_state{vm="x\"\\é",uplink="up1"}' 'length == 1'
try "and the link of the agent" wait_for "it" asked 'daqs_agent_controller_up' '.[0].value[1] == "1"'
try "and complains of nothing" eval '! grep -iE "level=(warn|error)" "$RUN/prometheus.log" >&2'

cases_done
