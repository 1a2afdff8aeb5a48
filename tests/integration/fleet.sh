#!/usr/bin/env bash
# Tests a controller with a fleet: 200 simulated hosts of 8 nics connect at once, are all listed,
# get the limits that a guarantee calls for, and keep working when reports are lost and agents come
# and go. One host follows two controllers of a group, which are fakes.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

HOSTS=200 NICS=8
controller_start
# fleet_start NAME OPTION...: starts a fleet that writes its figures to $RUN/NAME.json. Sets
# FLEET_PID.
fleet_start() {
    local name=$1
    shift
    "$DAQS_BIN/daqs-fleetsim" --controller "tcp://127.0.0.1:$DAQS_PORT" --hosts $HOSTS --nics $NICS \
        -o json "$@" >"$RUN/$name.json" 2>"$RUN/$name.log" </dev/null &
    FLEET_PID=$!
    on_exit stop_pid "$FLEET_PID"
}
# ended PID: waits for a process; sets STATUS.
ended() { STATUS=0 && wait "$1" || STATUS=$?; }
# of NAME TEST: checks the figures with a jq test.
of() { jq -e "$2" "$RUN/$1.json" >/dev/null; }
status_is() { ctl -o json status | jq -e --arg n "$1" --arg v "$2" 'any(.name == $n and .value == $v)' >/dev/null; }

# --- a storm ---

# With other patterns, the other VMs would fill the uplink whenever the first of a host sends.
fleet_start calm --storm --duration 600s --capacity 10Gbit --mix steady=1 --label sla-tenant=acme --label team=a
all_up() { ctl -o json hosts | jq -e --argjson n $HOSTS 'map(select(.state == "up")) | length == $n' >/dev/null; }
try "all hosts are there" wait_for "$HOSTS hosts up" all_up
all_measured() { ctl -o json vms | jq -e --argjson n $((HOSTS * NICS)) 'map(select(.usage_bps != null)) | length == $n' >/dev/null; }
try "all of their nics are measured" wait_for "$((HOSTS * NICS)) nics" all_measured
labelled() { ctl -o json labels | jq -e --argjson n $((HOSTS * NICS * 2)) 'length == $n and all(.key != "")' >/dev/null; }
try "the labels of all VMs are known" labelled
found() { ctl -o json find 'vm0*' | jq -e --argjson n $((HOSTS * NICS)) 'length == $n and all(.tenant == "acme")' >/dev/null; }
try "all of them are found by their name" found
one_named() { ctl -o json history sim0100 vm01 --since 1m | jq -e 'length > 0' >/dev/null; }
try "their history begins" wait_for "history of sim0100" one_named
try "and nothing of it is lost while they get their numbers" status_is history_rows_lost 0
nobody_limited() { ctl -o json vms | jq -e 'all(.limit_bps == null)' >/dev/null; }
try "nobody is limited before there is an SLA" nobody_limited

# --- guarantees ---

for i in $(seq 1 20 $HOSTS); do ctl set-sla "$(printf 'sim%04d' "$i")" vm01 4Gbit >/dev/null; done
# held HOST: checks that its guarantee is in use and achieved, and that all others yield.
held() {
    ctl -o json vms "$1" | jq -e 'length == 8
        and (map(select(.vm == "vm01")) | .[0].usage_bps > 3.9e9)
        and (map(select(.vm != "vm01")) | all(.limit_bps != null))' >/dev/null
}
try "a guarantee is held on the first host" wait_for "sim0001" held sim0001
try "and on the last that has one" wait_for "sim0181" held sim0181
lifted() { ctl -o json vms sim0001 | jq -e 'length == 8 and all(.limit_bps == null)' >/dev/null; }
try "limits are lifted while it is not in use" wait_for "sim0001 free" lifted
try "and come back with the report that it is in use again" wait_for "sim0001" held sim0001
others_free() { ctl -o json vms sim0002 | jq -e 'length == 8 and all(.limit_bps == null)' >/dev/null; }
try "hosts without a guarantee are left alone" others_free

# --- a clean stop ---

kill -TERM "$FLEET_PID"
ended "$FLEET_PID"
try "the fleet stops when it is told to" test "$STATUS" = 0
try "every agent got limits" of calm ".served == $HOSTS"
try "all stayed connected" of calm ".connected == $HOSTS"
# If the machine stalls for as long as a VM sends, there is nothing left to answer.
try "limits followed the reports that called for them" of calm '.answered > 0 and .unanswered * 4 <= .answered'
try "no agent was refused or told nonsense" of calm '.refusals == 0 and .malformed == 0 and .limits_ignored == 0'
try "the controller heard them leave" wait_for "nobody up" status_is hosts_up 0

# --- reports are lost, agents come and go ---

fleet_start rough --storm --duration 15s --loss 10 --churn 20
ended "$FLEET_PID"
try "with losses and churn the fleet runs to its end" test "$STATUS" = 0
try "every agent got limits all the same" of rough ".served == $HOSTS"
try "none stays away" of rough ".connected >= $HOSTS - 20" # the last may be on its way back
try "a tenth of the reports was lost" \
    of rough '.reports_withheld / (.reports_withheld + .reports) | . > 0.08 and . < 0.12'
try "hundreds of connections were dropped" of rough '.dropped > 100'
try "no agent was told nonsense" of rough '.malformed == 0'
try "no message was refused" status_is messages_refused 0
try "the controller knows as many hosts as before" status_is hosts $HOSTS

# --- reports come twice, late ---

unfit() { ctl -o json status | jq -r '.[] | select(.name == "reports_unfit") | .value'; }
before=$(unfit)
fleet_start twice --storm --duration 10s --repeat 20
ended "$FLEET_PID"
try "with reports that come twice the fleet runs to its end" test "$STATUS" = 0
repeated=$(jq .reports_repeated "$RUN/twice.json")
try "hundreds did" test "$repeated" -gt 300
# Except for the first and the last moment, which add or remove a few for each host.
none_taken() { [ $(($(unfit) - before)) -gt $((repeated * 9 / 10)) ]; }
try "the second of each is not taken" wait_for "$repeated reports unfit" none_taken

# --- a large host ---

"$DAQS_BIN/daqs-fleetsim" --controller "tcp://127.0.0.1:$DAQS_PORT" --hosts 1 --nics 4096 --rate 1 \
    --storm --duration 10s -o json >"$RUN/large.json" || true
try "a host of 4096 nics is served" of large '.served == 1 and .malformed == 0 and .limits_ignored == 0'
try "and all of its VMs are listed" test "$(ctl -o json vms sim0001 | jq length)" = 4096

# --- another controller ---

fleet_start orphaned --storm --duration 600s --capacity 10Gbit --mix steady=1
wait_for "$HOSTS hosts up" all_up
kill -TERM "$CONTROLLER_PID"
ended "$CONTROLLER_PID"
try "the controller ends well while agents are connected" test "$STATUS" = 0
controller_start
try "all agents find the next one" wait_for "$HOSTS hosts up" all_up
try "and obey it" wait_for "sim0001" held sim0001
kill -TERM "$FLEET_PID"
ended "$FLEET_PID"
try "and stop when they are told to" test "$STATUS" = 0
try "none was lost" of orphaned ".connected == $HOSTS and .malformed == 0"

# --- hosts that do not return ---

kill -TERM "$CONTROLLER_PID"
ended "$CONTROLLER_PID"
sed -i '/^insecure/a forget_hosts = 10s' "$RUN/controllerd.conf"
start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
CONTROLLER_PID=$STARTED
fleet_start leaving --storm --duration 5s
ended "$FLEET_PID"
promised() { ctl -o json list-sla | jq '[.[].host] | unique | length'; }
try "hosts that stay away are forgotten, unless they have SLAs" \
    wait_for "only hosts with SLAs" status_is hosts "$(promised)"
forgotten() { ctl -o json events --since 1h | jq '[.[] | select(.kind == "host-forgotten")] | length'; }
each_forgotten() { [ "$(forgotten)" = $((HOSTS - $(promised))) ]; }
try "each of them is an event" wait_for "all events" each_forgotten
fleet_start back --storm --duration 600s
try "and all are known again when they come back" wait_for "$HOSTS hosts up" all_up
kill -TERM "$FLEET_PID"
ended "$FLEET_PID"

# --- with keys ---

kill -TERM "$CONTROLLER_PID"
ended "$CONTROLLER_PID"
sed -i -e '/^insecure/d' -e '/^forget_hosts/d' "$RUN/controllerd.conf"
printf '[limits]\nrequests = 40\n' >>"$RUN/controllerd.conf"
start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
CONTROLLER_PID=$STARTED
wait_for "the controller answers" ctl status
enrolled() {
    "$DAQS_BIN/daqs-fleetsim" --hosts $HOSTS --keys | ctl enroll - >"$RUN/enrolled" &&
        [ "$(wc -l <"$RUN/enrolled")" = $HOSTS ] && ctl -o json status |
        jq -e 'any(.name == "requests_put_off" and (.value | tonumber) > 0)' >/dev/null
}
try "more keys are enrolled than the controller admits requests at once" enrolled
fleet_start keys --storm --duration 600s --capacity 10Gbit --mix steady=1 --controller-key "$RUN/controller.key.pub"
try "with keys all connect too" wait_for "$HOSTS hosts up" all_up
try "and guarantees are held" wait_for "sim0001" held sim0001
ctl revoke sim0002 >/dev/null
away() { ctl -o json hosts | jq -e 'any(.host == "sim0002" and .state == "away")' >/dev/null; }
try "who is revoked is dropped" wait_for "sim0002 away" away
try "and nobody else" eval '[ "$(ctl -o json hosts | jq "map(select(.state == \"up\")) | length")" = $((HOSTS - 1)) ]'
kill -TERM "$FLEET_PID"
ended "$FLEET_PID"
try "the others were served to the end" of keys ".served == $HOSTS and .connected >= $HOSTS - 1 and .malformed == 0"

# Of another seed, so that its key is not enrolled.
connections_refused() { ctl -o json status | jq -r '.[] | select(.name == "connections_refused").value'; }
before=$(connections_refused)
fleet_start strange --hosts 1 --seed 2 --handshakes --storm --controller-key "$RUN/controller.key.pub"
refused() { [ "$(connections_refused)" -gt "$before" ]; }
wait_for "a refusal" refused
sleep 1 # the simulator counts it with the next report
kill -TERM "$FLEET_PID"
ended "$FLEET_PID"
try "a handshake that is refused is counted" of strange '.handshakes_refused > 0 and .handshakes == 0'

# A host that connects all the time is slowed down.
"$DAQS_BIN/daqs-fleetsim" --controller "tcp://127.0.0.1:$DAQS_PORT" --controller-key "$RUN/controller.key.pub" \
    --hosts 1 --nics 1 --storm --duration 5s --churn 20 --handshakes -o json >"$RUN/restless.json" 2>/dev/null || true
put_off() { ctl -o json status | jq -e 'any(.name == "connections_put_off" and (.value | tonumber) > 0)' >/dev/null; }
try "who connects over and over again is put off" put_off
try "handshakes that succeed are counted" of restless '.handshakes > 1'

# --- without a controller ---

bare() { # NAME OPTION...
    local name=$1
    shift
    "$DAQS_BIN/daqs-fleetsim" --bare --hosts 50 --nics $NICS -o json "$@" >"$RUN/$name.json"
}
try "a bare router serves them too" bare bare --storm --duration 3s --answers 50
try "and answers half of the reports" of bare '.served == 50 and .limits / .reports > 0.45 and .limits / .reports < 0.55'
try "and with keys" bare curve --curve --storm --duration 0s
try "which shows in how all are served" of curve '.served == 50 and .malformed == 0'

kill -TERM "$CONTROLLER_PID"
ended "$CONTROLLER_PID"
try "the controller ends well" test "$STATUS" = 0
# --- a group of controllers ---

C1=tcp://127.0.0.1:$((DAQS_PORT + 1)) C2=tcp://127.0.0.1:$((DAQS_PORT + 2))
# group FIRST: sets which member the host is to be at.
group() {
    local name
    for name in c1 c2; do
        printf 'name %s\nepoch 100\nlease 2000\nlimit 100000000\nmember %s\nmember c1=%s\nmember c2=%s\n' \
            "$name" "$1" "$C1" "$C2" >"$RUN/$name.new"
        mv "$RUN/$name.new" "$RUN/$name.says"
    done
}
served() { grep -q '^served' "$RUN/$1.log"; }
group "c1=$C1"
start c1 "${DAQS_BIN%/bin}/tests/fake_controller" "$C1" "$RUN/c1.says"
start c2 "${DAQS_BIN%/bin}/tests/fake_controller" "$C2" "$RUN/c2.says"
C2_PID=$STARTED
# group_fleet NAME OPTION...: connects a fleet, and ends it at once.
group_fleet() { "$DAQS_BIN/daqs-fleetsim" --nics 2 --storm --duration 0s -o json "${@:2}" >"$RUN/$1.json" 2>"$RUN/$1.log"; }
try "a host that dials another member than its home is served" group_fleet sent --hosts 1 --controller "$C2"
try "it was redirected once, and is at home" of sent '.redirects == 1 and .redirects_most == 1 and .hosts_at_c1 == 1'
sed "s|^member c1=.*|member c2=$C2|" "$RUN/c2.says" >"$RUN/c2.new" && mv "$RUN/c2.new" "$RUN/c2.says"
try "hosts that know one member each, another one, are served" \
    wait_for "both" group_fleet seeds --hosts 2 --seeds 1 --controller "$C1" --controller "$C2"
try "each where it began" of seeds '.hosts_at_c1 == 1 and .hosts_at_c2 == 1'
group "c1=$C1"
: >"$RUN/c1.log"
"$DAQS_BIN/daqs-fleetsim" --controller "$C1" --hosts 1 --nics 2 --storm --duration 600s -o json \
    >"$RUN/moved.json" 2>"$RUN/moved.log" </dev/null &
FLEET_PID=$!
on_exit stop_pid "$FLEET_PID"
try "a host is at the member that it dials" wait_for "c1" served c1
group "c2=$C2"
try "it goes where it is sent" wait_for "c2" served c2
try "and says so" wait_for "its goodbye" grep -q '^bye 4' "$RUN/c1.log"
: >"$RUN/c1.log"
kill -KILL "$C2_PID"
try "it goes on to the other member when that is lost" wait_for "c1" served c1
try "and names the one that it lost" grep -q '^hello .* left=c2' "$RUN/c1.log"
kill -TERM "$FLEET_PID"
ended "$FLEET_PID"
try "the fleet says where its hosts are" of moved '.hosts_at_c1 == 1 and has("hosts_at_c2") == false'
try "how they moved" of moved '.moves == 1 and .moves_failed == 0 and .malformed == 0'
try "and how long they were without a controller" of moved '.lost == 1 and .lost_max_us > 1e6'

# --- leases that lapse ---

# Its limits come with each report, once a second, and are valid for a third of that.
group "c1=$C1"
sed 's/^lease .*/lease 300/' "$RUN/c1.says" >"$RUN/c1.new" && mv "$RUN/c1.new" "$RUN/c1.says"
"$DAQS_BIN/daqs-fleetsim" --controller "$C1" --hosts 1 --nics 2 --rate 1 --storm --duration 4s --changes -o json \
    >"$RUN/lapses.json" 2>"$RUN/lapses.log"
what() { awk '$3 == "sim0001" && n < 4 { printf "%s ", $4; n++ }' "$RUN/lapses.log"; }
try "a host that obeys the same controller again says so" test "$(what)" = "obeys lapsed obeys lapsed "

cases_done
