#!/usr/bin/env bash
# Tests a group of controllers with a real agent and a real database: a standby takes over, the host
# comes back to its home, a member that is stopped sends its host away first, and no guarantee is
# lost on the way. Each member has a key of its own; the agent is given that of the standby only. A
# second agent has the key of its controller with the endpoint.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/netns_rig.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/pg.sh"
. "$TOP/tests/lib/group.sh"
. "$TOP/tests/lib/cases.sh"
need_root

limited() { guest_exec_ns a plain tc class show dev eth0 | any_line '^class htb da05:1 root'; }
promise_of() { grep -q "$1" "$RUN/agent-a/promises"; }
lapses() { grep -c 'the lease expired' "$RUN/agent-a.log" || true; }
event_at() { member "$1" -o json events | jq -e --arg k "$2" 'any(.[]; .kind == $k)' >/dev/null; }

MEMBER_KEYS=own
pg_start
netns_host_up a 500mbit
netns_guest_up a gold 1
netns_guest_up a plain 2
member_start c1 1 "settle = 2s"
member_start c2 0 "settle = 2s"
try "each member sees the other" wait_for "two members" sees_all c1 2
try "also the standby" wait_for "two members" sees_all c2 2
documented_metrics 'Of a shared database' >"$RUN/documented"
of_group() { curl -sSf --max-time 30 "http://$(member_http c1)/metrics" | sed -nE 's/^# TYPE (daqs_controller_(ledger|members)_[a-z]+) .*/\1/p' | sort | diff "$RUN/documented" - >/dev/null; }
try "a member serves the metrics that the documentation lists for a group" wait_for "all of them" of_group

ctl() { member c1 "$@"; }
cp "$RUN/c2/controller.key.pub" "$RUN/"
agent_enroll a "$RUN/agent-a"
member c1 set-sla a gold 300Mbit >/dev/null
DAQS_BUS=$(member_bus c2) agent_start a up0 500Mbit "source = sockets" "socket_glob = $RUN/a/*.qga"
try "the host is at its home, although it dialled the standby" wait_for "the host" member_has c1 a
try "and not at the standby" eval '! member_has c2 a'
try "the agent keeps the key of its home, which it was told" \
    wait_for "the list" grep -qF "$(member_bus c1) $(cut -d' ' -f1 "$RUN/c1/controller.key.pub") c1" "$RUN/agent-a/controllers"
traffic_start a gold 2 600
traffic_start a plain 4 600
try "its limits are in force" wait_for "a limit" limited
try "the standby does not report it as away" eval 'sleep 12; ! event_at c2 host-down'

try "an SLA is not set where it is not known whether it fits" eval '! member c2 set-sla a gold 310Mbit 2>"$RUN/out" && grep -q "served by member c1" "$RUN/out"'
try "nor is a host forgotten that is up elsewhere" eval '! member c2 forget a 2>"$RUN/out" && grep -q "served by member c1" "$RUN/out"'
printf '[a/gold]\nmin = 310Mbit\n' >"$RUN/slas"
try "nor is a file applied" eval '! member c2 apply "$RUN/slas" 2>"$RUN/out" && grep -q "served by member c1" "$RUN/out"'

# --- the member in charge is killed, and a host with it ---

DAQS_BUS="$(member_bus c1) $(cut -d' ' -f1 "$RUN/c1/controller.key.pub")" agent_start b up0 500Mbit "source = sockets" "socket_glob = $RUN/b/*.qga"
agent_b=$AGENT_PID
wait_for "the other host" member_has c1 b
shows_hosts_of_c1() { member c2 -o json members | jq -e --argjson n "$1" 'any(.[]; .member == "c1" and .hosts == $n)' >/dev/null; }
wait_for "their rows" shows_hosts_of_c1 2
kill -KILL "${MEMBER_PID[c1]}" "$agent_b"
try "the standby serves the host when its home is killed" wait_for "the host" member_has c2 a
try "its limits are still in force" limited
try "the guarantee that the agent has saved is still there" promise_of 300000000
try "the host that came is not reported as down by the standby" eval '! member c2 -o json events a | jq -e "any(.[]; .kind == \"host-down\")" >/dev/null'
lost_at_c2() { member c2 -o json status | jq -e 'any(.[]; .name == "members_lost" and .value == "1")' >/dev/null; }
try "the status of the standby counts it as lost" wait_for "the count" lost_at_c2
try "an SLA is set at the standby" member c2 set-sla a gold 250Mbit
try "the agent has it" wait_for "the new guarantee" promise_of 250000000

down_at_c2() { member c2 -o json events b | jq -e 'any(.[]; .kind == "host-down")' >/dev/null; }
try "the host that died with its member is reported as down by the standby" wait_for "the event" down_at_c2

# --- it comes back ---

member_up c1
try "the host comes home once its home has settled" wait_for "the host" member_has c1 a
try "the standby forgets it without an event" eval 'wait_for "none" eval "! member_has c2 a"; ! event_at c2 host-forgotten'
try "the home leaves the host that is down to the standby, which has reported it" eval '! event_at c1 host-down'
DAQS_BUS="$(member_bus c1) $(cut -d' ' -f1 "$RUN/c1/controller.key.pub")" agent_start b up0 500Mbit "source = sockets" "socket_glob = $RUN/b/*.qga"
moved_from_c2() { member c2 -o json events b | jq -e 'any(.[]; .kind == "host-moved" and .since != null)' >/dev/null; }
try "when it is back at its home, that ends at the standby" wait_for "the event" moved_from_c2
try "the home knows the SLA that was set meanwhile" eval "member c1 -o json list-sla a | jq -e '.[0].min_bps == 250000000' >/dev/null"
try "the agent still has it" promise_of 250000000

# --- it is stopped ---

try "the standby shows that its home serves both hosts" wait_for "their rows" shows_hosts_of_c1 2
# What the next version may do: add, and say that this one may go on.
pg_sql "ALTER TABLE daqs.sla ADD COLUMN more text; ALTER TABLE daqs.host ADD COLUMN more text; ALTER TABLE daqs.member ADD COLUMN more text;
    UPDATE daqs.meta SET value = value + 1 WHERE name = 'schema';
    INSERT INTO daqs.migration SELECT max(version) + 1, repeat('0', 64), 1, 1 FROM daqs.migration"
try "a member works with the tables of a newer version that needs no newer program" eval 'member c1 set-sla a gold 260Mbit && member c1 set-sla a gold 250Mbit'
LAPSES=$(lapses)
try "drain is answered" member c1 drain
try "the host goes to the other member first" wait_for "the host" member_has c2 a
member_ended() { ! kill -0 "${MEMBER_PID[$1]}" 2>/dev/null; }
try "then the member ends" wait_for "its end" member_ended c1
try "limits stay in force" limited
try "and no lease has lapsed" [ "$(lapses)" = "$LAPSES" ]
lists_c1() { grep -q ' c1$' "$RUN/agent-a/controllers"; }
try "and the agent does not list it any more" wait_for "its list" eval '! lists_c1'
try "drain is refused where no other member serves" eval '! member c2 drain 2>"$RUN/out" && grep -q "no other member" "$RUN/out"'
member_up c1
try "a member starts with the tables of a newer version" member c1 members

# --- its key is revoked, at the member that does not serve it ---

try "a member that is back is listed by the agent again" wait_for "it" lists_c1
lost_connections() { grep -c "lost the connection to $(member_bus c2)" "$RUN/agent-a.log"; }
LOST=$(lost_connections || true)
SINCE=${EPOCHREALTIME/./}
member c1 revoke a >/dev/null
ended() { [ "$(lost_connections)" -gt "$LOST" ]; }
wait_for "the connection to end" ended
TOOK=$(((${EPOCHREALTIME/./} - SINCE) / 1000))
printf '(the connection has ended after %s ms)\n' "$TOOK"
try "a key that is revoked at one member counts at the other within two seconds" at_most "$TOOK" 2000
for name in c1 c2; do
    try "$name does not let the host in any more" wait_for "its refusal" grep -q "$(member_bus $name) does not let this host in" "$RUN/agent-a.log"
done
member c2 enroll a "$RUN/agent-a/agent.key.pub" >/dev/null
served() { member_has c1 a || member_has c2 a; }
try "enrolled again at the other one, it comes back" wait_for "the host" served

# --- the database is away ---

SERVES=c1 OTHER=c2
member_has c1 a || { SERVES=c2 OTHER=c1; }
pg_signal_all STOP
try "hosts stay where they are while the database is away" eval 'sleep 10; member_has "$SERVES" a && limited'
try "a change is refused, and says why" eval '! member "$SERVES" set-sla a gold 100Mbit 2>"$RUN/out" && grep -q "nothing changed" "$RUN/out"'
kill -KILL "${MEMBER_PID[$SERVES]}"
try "another member takes the host without the database" wait_for "the host" member_has "$OTHER" a
try "no guarantee is lost" promise_of 250000000
status_of() { member "$1" -o json status | jq -r --arg n "$2" '.[] | select(.name == $n).value'; }
sqlite3 "$RUN/$SERVES/daqs.db" "DELETE FROM sla; UPDATE meta SET value = value - 3700000 WHERE name = 'ledger_copy'"
member_up "$SERVES"
try "a member that starts with a copy that is too old says so" [ "$(status_of "$SERVES" ledger)" = stale ]
try "and how old it is" at_least "$(status_of "$SERVES" ledger_copy_seconds)" 3700
LAPSES=$(lapses)
kill -KILL "${MEMBER_PID[$OTHER]}"
try "a host that comes to it" wait_for "the host" member_has "$SERVES" a
try "has no orders" wait_for "the lapse" eval '[ "$(lapses)" -gt "$LAPSES" ]'
try "and keeps its guarantee" eval 'sleep 2; promise_of 250000000 && limited'
pg_signal_all CONT
try "changes are accepted again" wait_for "a change" eval 'member "$SERVES" set-sla a gold 240Mbit >/dev/null 2>&1'
try "and reach the agent" wait_for "the new guarantee" promise_of 240000000

# --- two of one name ---

[ "$SERVES" = c1 ] || member_up c1
member_clone c1
try "of two processes of one name the later one stays" wait_for "the end of the first" member_ended c1
try "the first says why it ends" any_line 'another controller runs under the name' <"$RUN/c1.log"
try "the later one runs" eval 'kill -0 "$STARTED"'
cases_done
