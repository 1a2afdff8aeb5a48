#!/usr/bin/env bash
# Tests a controller whose records are in a shared database, a real PostgreSQL: what is stored there
# survives the controller's machine, and limits go on while the database is away.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/pg.sh"

DB=$RUN/daqs.db
sql() { sqlite3 "$DB" "$1"; }
status() { ctl -o json status | jq -r --arg n "$1" '.[] | select(.name == $n).value'; }
ledger_is() { [ "$(status ledger)" = "$1" ]; }
event_of() { ctl -o json events | jq -e --arg k "$1" --arg t "${2:-}" 'any(.kind == $k and (.text | contains($t)))' >/dev/null; } # KIND [WORDS]
sla_is() { ctl -o json list-sla "$1" | jq -e --arg vm "$2" "map(select(.vm == \$vm)) | $3" >/dev/null; }
begin() { CONTROLLER_LINES="ledger = $(pg_url "${1:-$PG_PORT}")" controller_start "${@:2}"; }
key() { head -c 32 /dev/urandom | base64; }
# told PATTERN: checks the output of the command before.
told() { grep -qE -- "$1" "$RUN/out" || { say "said: $(cat "$RUN/out")"; return 1; }; }
# same WHAT: the copy has what the database has.
same() {
    local columns=host,vm,min_bps,coalesce\(max_bps,-1\),weight,uuid,updated_ms,updated_by
    [ "$(sql "SELECT $columns FROM sla ORDER BY host, vm")" = "$(pg_sql "SELECT $columns FROM daqs.sla ORDER BY host, vm")" ] &&
        [ "$(sql 'SELECT host, uplink, mode, updated_by FROM policy ORDER BY 1, 2')" = "$(pg_sql 'SELECT host, uplink, mode, updated_by FROM daqs.policy ORDER BY 1, 2')" ] &&
        [ "$(sql 'SELECT host, since_ms, set_by FROM maintenance ORDER BY 1')" = "$(pg_sql 'SELECT host, since_ms, set_by FROM daqs.maintenance ORDER BY 1')" ] &&
        [ "$(sql 'SELECT name, key, role, enrolled_ms, enrolled_by FROM peer ORDER BY 1')" = "$(pg_sql 'SELECT name, key, role, enrolled_ms, enrolled_by FROM daqs.principal WHERE key IS NOT NULL ORDER BY 1')" ] &&
        [ "$(sql 'SELECT id, at_ms, by, what, host, vm, old_text, new_text, new_min_bps FROM audit ORDER BY id')" = "$(pg_sql 'SELECT id, at_ms, made_by, what, host, vm, old_text, new_text, new_min_bps FROM daqs.audit ORDER BY id')" ]
}

pg_start
begin
try "the schema is made in an empty database" ledger_is ok
try "that one server alone keeps it is reported" wait_for "the event" event_of not-durable
ctl set-sla node1 db1 2Gbit >/dev/null
ctl set-sla node1 db1 3Gbit --max 4Gbit >/dev/null
ctl set-sla node2 'db "2"' 1Gbit >/dev/null
ctl set-sla node2 gone 1Gbit >/dev/null
ctl unset-sla node2 gone >/dev/null
ctl set-policy node1 fair >/dev/null
ctl set-policy node1/up1 off >/dev/null
ctl maintenance node1 on >/dev/null
KEY=$(key)
ctl enroll kim "$KEY" --role operator >/dev/null
ctl enroll node3 "$(key)" >/dev/null
try "an SLA is in the shared database" [ "$(pg_sql "SELECT min_bps, max_bps FROM daqs.sla WHERE host = 'node1'")" = '3000000000|4000000000' ]
try "and so is who set it" [ "$(pg_sql "SELECT DISTINCT made_by FROM daqs.audit")" = "$(id -un)" ]
try "all of it has a copy" same
{ seq 1 300 | awk '{ printf "[node%d/vm%d]\nmin = 1Mbit\n", $1 % 30 + 10, $1 }'; } >"$RUN/many"
ctl apply "$RUN/many" >/dev/null
try "a file of SLAs is stored in one transaction" [ "$(pg_sql "SELECT count(*), count(DISTINCT a.request) FROM daqs.sla s JOIN daqs.audit a USING (host, vm) WHERE s.vm LIKE 'vm%'")" = '300|1' ]
try "with its copy" same
ctl revoke node3 >/dev/null
ctl maintenance node1 off >/dev/null
ctl take-over >/dev/null
has_take_over() { [ "$(sql "SELECT count(*) FROM audit WHERE what = 'take-over'")" = 1 ]; }
try "a take-over is in the trail" wait_for "its record" has_take_over
try "what is taken away is gone in both" same

# --- others write ---

# other HOST MIN: what another controller does.
other() {
    pg_sql "BEGIN; UPDATE daqs.host SET revision = revision + ${3:-1} WHERE name = '$1';
        UPDATE daqs.sla SET min_bps = $2, max_bps = NULL, updated_by = 'other' WHERE host = '$1';
        INSERT INTO daqs.audit (request, n, host, vm, at_ms, made_by, what, new_min_bps)
            SELECT decode(md5(random()::text), 'hex'), 0, '$1', 'db1', 1, 'other', 'set-sla', $2;
        UPDATE daqs.host SET changed_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE name = '$1'; COMMIT"
}
other node1 5000000000
try "what another controller stores is found" wait_for "the SLA" sla_is node1 db1 'any(.min_bps == 5000000000 and .updated_by == "other")'
try "with its trail" wait_for "the copy" same
for i in 1 2 3; do
    other node1 $((i * 1000000000))
    ctl set-sla node1 db1 "$((i + 1))500Mbit" --max none >/dev/null
done
try "a change that meets another one is decided again" sla_is node1 db1 'any(.min_bps == 4500000000)'
try "and both are in the trail" [ "$(pg_sql "SELECT string_agg(made_by, ' ' ORDER BY id) FROM (SELECT * FROM daqs.audit WHERE host = 'node1' AND vm = 'db1' ORDER BY id DESC LIMIT 6) l")" = "other $(id -un) other $(id -un) other $(id -un)" ]
try "and in the copy" wait_for "the copy" same
pg_sql "INSERT INTO daqs.principal (name, key, role, enrolled_ms, enrolled_by, revision, changed_ms) VALUES ('eve', '$(key)', 'viewer', 1, 'other', 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)"
has_peer() { ctl -o json peers | jq -e --arg n "$1" 'any(.name == $n)' >/dev/null; }
try "a key that another controller enrols counts" wait_for "eve" has_peer eve
pg_sql "UPDATE daqs.principal SET key = NULL, revision = 2, changed_ms = (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE name = 'eve'"
try "one that it revokes does not" wait_for "eve is gone" eval '! has_peer eve'
other node1 1000000000 -3
try "a database that went back is reported, with the hosts" wait_for "the event" event_of ledger-went-back node1
try "and believed" wait_for "the SLA" sla_is node1 db1 'any(.min_bps == 1000000000)'

# --- another database, while it runs ---

min_there() { pg_sql "SELECT min_bps FROM daqs.sla WHERE host = 'node1' AND vm = 'db1'"; }
pg_sql "UPDATE daqs.meta SET value = value + 1 WHERE name = 'fleet'"
try "another database is not written" says 1 'another (one|fleet)' ctl set-sla node1 db1 8Gbit
try "whatever it has" [ "$(min_there)" = 1000000000 ]
pg_sql "UPDATE daqs.meta SET value = value - 1 WHERE name = 'fleet'"
try "the right one is used again" wait_for "ok" ledger_is ok

# --- it is away ---

refused() { # answers within 2.5 s, in words
    local begun=${EPOCHREALTIME/./}
    ! ctl set-sla node1 db1 7Gbit >"$RUN/out" 2>&1 || return 1
    at_most $(((${EPOCHREALTIME/./} - begun) / 1000)) 2500
}
pg_signal_all STOP
try "a change is refused soon while it is silent" refused
try "in plain words" told 'not stored, nothing changed: the shared database'
try "that is an event" wait_for "the event" event_of engine-away
try "then at once" refused
try "saying for how long" told 'does not answer \([0-9]+ s now\); limits in force stay'
try "what others may have changed is not confirmed" says 1 'others may have changed it: the shared' ctl set-sla node1 db1 1Gbit
try "status says so" ledger_is away
pg_signal_all CONT
try "it comes back" wait_for "ok" ledger_is ok
try "that is an event, too" wait_for "the event" event_of engine-back
try "and nothing of what was refused is stored" sla_is node1 db1 'any(.min_bps == 1000000000)'
pg_down QUIT
try "a crash: refused" refused
ctl revoke kim >"$RUN/out" 2>&1 || true
try "a key is revoked at once all the same" eval '! has_peer kim'
stop_pid "$CONTROLLER_PID"
begin
try "a controller that starts meanwhile has the SLAs" sla_is node1 db1 'any(.min_bps == 1000000000)'
try "and stores nothing" refused
pg_up
try "until the database is back" wait_for "ok" ledger_is ok
ctl revoke kim >"$RUN/out" 2>&1
ctl set-sla node1 db1 2Gbit >/dev/null
try "then it does" same

# --- it answers, and is of no use ---

# useless WORDS EXPECTED: what is in force stays, a change is refused, and the event has the words.
useless() {
    wait_for "the event" event_of engine-away "$1"
    refused && told "$2" && sla_is node1 db1 'any(.min_bps == 2000000000)'
}
# usable: it is again, and a change is stored.
usable() { wait_for "ok" ledger_is ok && ctl set-sla node1 db1 2Gbit >/dev/null; }
pg_sql 'ALTER TABLE daqs.host OWNER TO postgres; REVOKE ALL ON daqs.host FROM daqs'
try "privileges that are taken away are reported" useless 'permission denied for table host' 'cannot be read: permission denied'
pg_sql 'GRANT ALL ON daqs.host TO daqs; ALTER TABLE daqs.host OWNER TO daqs'
try "given back, changes are stored" usable
pg_sql "UPDATE daqs.meta SET value = value + 1 WHERE name = 'fleet'"
try "the database of another fleet is not believed" useless "another fleet's" "another fleet's"
pg_sql "UPDATE daqs.meta SET value = value - 1 WHERE name = 'fleet'"
try "the right one is" usable
end_sessions() { PG_DATABASE=postgres pg_sql "$1; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'daqs'" >/dev/null; }
end_sessions 'ALTER DATABASE daqs SET default_transaction_read_only = on'
try "a server that is read-only is reported" useless 'session is read-only' 'does not answer'
end_sessions 'ALTER DATABASE daqs RESET default_transaction_read_only'
try "one that is not is used" usable

# --- a clock that is an hour off ---

stop_pid "$CONTROLLER_PID"
python3 -c "import sys; sys.stdout.buffer.write((3600).to_bytes(8, 'little'))" >"$RUN/ahead"
LD_PRELOAD=${DAQS_BIN%/bin}/tests/wall_shim.so WALL_SHIM_FILE=$RUN/ahead begin
try "a clock that is an hour ahead is reported" wait_for "the line" any_line 'is 3[56][0-9][0-9] s ahead of that of the shared database' <"$RUN/controller.log"
try "and changes are stored and found all the same" usable
other node1 2000000000
try "also those of others" wait_for "the SLA" sla_is node1 db1 'any(.updated_by == "other")'
stop_pid "$CONTROLLER_PID"
begin
wait_for "ok" ledger_is ok

# --- the machine is lost ---

stop_pid "$CONTROLLER_PID"
rm "$DB"*
begin
try "a controller without a file has all records" same
stop_pid "$CONTROLLER_PID"
CONTROLLER_LINES='' timeout 20 "$DAQS_BIN/daqs-controllerd" --config <(sed '/^ledger/d' "$RUN/controllerd.conf") >"$RUN/out" 2>&1 && die "it runs on a copy"
try "a copy alone is refused" told 'is a copy of a shared database'

# --- what it is not to be used with ---

starts_not() { ! timeout 20 "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf" >"$RUN/out" 2>&1; }
pg_sql "INSERT INTO daqs.migration SELECT max(version) + 1, repeat('0', 64), 1, max(version) + 1 FROM daqs.migration"
try "a schema that needs a newer program is refused" starts_not
try "with the reason" told 'shared database: .*use a newer program'
pg_sql "DELETE FROM daqs.migration WHERE sha256 = repeat('0', 64)"
pg_sql 'ALTER SCHEMA daqs RENAME TO aside; CREATE SCHEMA daqs AUTHORIZATION daqs; CREATE TABLE daqs.migration (version int, sha256 text, needs int); GRANT ALL ON daqs.migration TO daqs'
try "a schema of another program is refused" starts_not
try "with the reason" told 'not a table of DAQS'
pg_sql "DROP SCHEMA daqs CASCADE; ALTER SCHEMA aside RENAME TO daqs" 2>/dev/null
pg_sql 'ALTER SCHEMA daqs OWNER TO postgres; REVOKE ALL ON SCHEMA daqs FROM daqs'
try "a role without permission is refused" starts_not
try "with the reason" told 'shared database: .*permission denied for schema daqs'
pg_sql 'ALTER SCHEMA daqs OWNER TO daqs; GRANT ALL ON SCHEMA daqs TO daqs'
CONTROLLER_LINES=$(printf 'ledger = %s\ndurable = quorum' "$(pg_url)") controller_start
try "with a single server, quorum" wait_for "it is known" eval '[ "$(status ledger_durable)" = no ]'
try "refuses changes" says 1 'alone would keep it' ctl set-sla node1 db1 9Gbit
stop_pid "$CONTROLLER_PID"

# --- COMMIT is cut ---

cut_proxy_start "$PG_PORT" 7
begin "$PROXY_PORT"
N=0
min_is() { [ "$(pg_sql "SELECT min_bps FROM daqs.sla WHERE host = 'cut' AND vm = 'a'")" = "$1" ]; }
unsure=0
for mode in before after hold before after hold; do
    N=$((N + 1))
    wait_for "ok" ledger_is ok
    cut_proxy "$mode COMMIT"
    if ctl set-sla cut a "${N}Mbit" >"$RUN/out" 2>&1; then
        min_is "${N}000000" || die "$mode: said done, and it is not: $(cat "$RUN/out")"
    elif grep -q 'not known' "$RUN/out"; then
        unsure=$((unsure + 1))
    else
        ! min_is "${N}000000" || die "$mode: said nothing changed, and it did: $(cat "$RUN/out")"
    fi
    cut_proxy pass
done
try "a COMMIT that is cut is never guessed" true
wait_for "ok" ledger_is ok
try "and the copy is right afterwards" wait_for "the copy" same
stop_pid "$CONTROLLER_PID"

# --- in, and out ---

pg_sql 'DROP SCHEMA daqs CASCADE' 2>/dev/null
try "a copy of another database is refused" starts_not
try "with the reason" told 'copy of another shared database'
rm "$DB"*
controller_start
ctl set-sla in a 1Gbit --max 2Gbit >/dev/null
ctl enroll kim "$KEY" --role operator >/dev/null
ctl set-policy in fair >/dev/null
ctl maintenance in on >/dev/null
stop_pid "$CONTROLLER_PID"
sed -i "s|^\[policy\]|ledger = $(pg_url)\n[policy]|" "$RUN/controllerd.conf"
move() { timeout 60 "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf" "$1" >"$RUN/out" 2>&1; }
try "records of its own are not replaced" starts_not
try "the reason names the remedy" told '\-\-import-ledger'
try "they are moved in" move --import-ledger
try "all of them" same
try "once" eval '! move --import-ledger'
MARK=$(sql "SELECT value FROM meta WHERE name = 'ledger'")
sql "UPDATE meta SET value = 0 WHERE name = 'ledger'" # as if the file had not been marked
try "a file that was not marked is marked by another try" move --import-ledger
try "which stores nothing again" same
sql "UPDATE meta SET value = 0 WHERE name = 'ledger'"
pg_sql "UPDATE daqs.sla SET min_bps = min_bps + 1 WHERE host = 'in'; INSERT INTO daqs.audit (host, vm, at_ms, made_by, what) VALUES ('in', 'a', 1, 'other', 'set-sla')"
try "not if the records are other ones" eval '! move --import-ledger'
try "which it says" told 'it has records already'
sql "UPDATE meta SET value = $MARK WHERE name = 'ledger'"
begin
ctl set-sla in a 3Gbit --max none >/dev/null
try "it goes on from there" same
stop_pid "$CONTROLLER_PID"
try "they are moved out" move --export-ledger
controller_start
try "and the controller is on its own" sla_is in a 'any(.min_bps == 3000000000)'
cases_done
