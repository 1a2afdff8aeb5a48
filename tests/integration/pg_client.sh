#!/usr/bin/env bash
# The client of the shared database against real servers: what it says of a transaction is true,
# whatever happens to the connection, the server or the leader of a group.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/pg.sh"
. "$TOP/tests/lib/patroni.sh"

need_root
PROBE=${DAQS_BIN:-$TOP/build/release/bin}/../tests/pg_probe
SEED=${DAQS_SEED:-19}
CUTS=${CUTS:-150}
COMMIT=Q....COMMIT # a simple query, as the proxy sees it

probe() { DAQS_PG=${PG_URL:-$(pg_url)} "$PROBE" "$@"; }
# run_says PATTERN ARGUMENT...: checks the line that 'pg_probe run' prints.
run_says() {
    local said
    said=$(probe run "${@:2}")
    grep -qE -- "$1" <<<"$said" || { say "said: ${said:0:300}"; return 1; }
}
# within_ms LEAST MOST COMMAND...: checks how long it takes.
within_ms() {
    local begun=${EPOCHREALTIME/./} took
    "${@:3}" || return 1
    took=$(((${EPOCHREALTIME/./} - begun) / 1000))
    [ "$took" -ge "$1" ] && [ "$took" -le "$2" ] || { say "took $took ms"; return 1; }
}

storm_tables() {
    probe run 'CREATE TABLE counter (n bigint)' 'INSERT INTO counter VALUES (0)' \
        'CREATE TABLE storm (id bigint PRIMARY KEY, n bigint UNIQUE, data bytea)' 'CREATE TABLE a (n int PRIMARY KEY, m int)' \
        'INSERT INTO a SELECT generate_series(1, 2), 0' >/dev/null
}
# true_of SQL_COMMAND FILE: checks each line of a storm against the table: what is done is there, what
# is not done is not.
true_of() {
    "$1" 'SELECT id FROM storm ORDER BY id' >"$RUN/stored" && [ -s "$RUN/stored" ] || return 1
    awk 'NR == FNR { stored[$1] = 1; next }
         $1 == "done" && !($5 in stored) { print "done, but not stored: " $0; bad = 1 }
         $1 == "not-done" && $5 in stored { print "not done, but stored: " $0; bad = 1 }
         END { exit bad }' "$RUN/stored" "$2" >&2
}
count_of() { awk -v what="$1" '$1 == what { n++ } END { print n + 0 }' "$2"; }
unknown_of() { # FILE: prints how many unknown ones are stored, and how many are not
    awk 'NR == FNR { stored[$1] = 1; next }
         $1 == "unknown" { if ($5 in stored) is++; else isnt++ }
         END { print is + 0, isnt + 0 }' "$RUN/stored" "$1"
}

pg_start

# --- the schema ---

migrate_together() {
    local i pids=()
    for i in 1 2 3 4 5; do
        probe migrate >"$RUN/migrated$i" &
        pids+=("$!")
    done
    wait "${pids[@]}"
    [ "$(cat "$RUN"/migrated? | sort -u)" = '1 ok' ] || { cat "$RUN"/migrated? >&2; return 1; }
}
try "five controllers that start together make the tables once" migrate_together
try "tables that are there already are left alone" eval '[ "$(probe migrate)" = "1 ok" ]'
migrated_otherwise() {
    pg_sql "UPDATE daqs.migration SET sha256 = 'x'"
    probe migrate | any_line 'migration 1 of the database differs' || return 1
    pg_sql "DELETE FROM daqs.migration"
    probe migrate | any_line 'daqs.migration is not a table of DAQS'
}
newer_schema() {
    pg_sql "INSERT INTO daqs.migration VALUES (2, 'x', 0, 1)"
    [ "$(probe migrate)" = '2 ok' ] || return 1
    pg_sql "INSERT INTO daqs.migration VALUES (3, 'x', 0, 3)"
    probe migrate | any_line 'needs a program with version 3'
}
try "a newer schema is used, unless it needs a newer program" newer_schema
try "tables of another program are refused" migrated_otherwise
bounds() { # SQL that breaks a bound of the tables
    local sql
    run_says '^done' "INSERT INTO daqs.host (name, revision, changed_ms) VALUES ('h', 0, 0)"
    while read -r sql; do run_says '^not-done REFUSED 23' "$sql" || return 1; done <<'SQL'
INSERT INTO daqs.host (name, revision, changed_ms) VALUES ('', 0, 0)
INSERT INTO daqs.host (name, revision, changed_ms) VALUES (repeat('x', 256), 0, 0)
UPDATE daqs.host SET revision = -1
INSERT INTO daqs.sla (host, vm, min_bps, weight, updated_ms, updated_by) VALUES ('h', 'v', -1, 1, 0, '')
INSERT INTO daqs.sla (host, vm, min_bps, max_bps, weight, updated_ms, updated_by) VALUES ('h', 'v', 0, 0, 1, 0, '')
INSERT INTO daqs.sla (host, vm, min_bps, weight, updated_ms, updated_by) VALUES ('h', 'v', 0, 0, 0, '')
INSERT INTO daqs.sla (host, vm, min_bps, weight, updated_ms, updated_by) VALUES ('none', 'v', 0, 1, 0, '')
INSERT INTO daqs.policy VALUES ('h', '', 'best', 0, '')
INSERT INTO daqs.principal VALUES ('p', 'short', 'agent', 0, '', 0, 0)
INSERT INTO daqs.principal VALUES ('p', repeat('k', 44), 'root', 0, '', 0, 0)
INSERT INTO daqs.audit (request, n, at_ms, made_by, what, host, vm) VALUES (decode('00', 'hex'), 0, 0, '', 'apply', '', '')
INSERT INTO daqs.member VALUES ('m', 0, 0, 1001, 'tcp://x', '', '', '', 'serving')
SQL
}
try "values out of bounds are refused" bounds
kept() {
    run_says '^not-done FORBIDDEN 42501' 'DELETE FROM daqs.audit' &&
        run_says '^not-done FORBIDDEN 42501' "UPDATE daqs.audit SET made_by = ''" &&
        run_says '^not-done FORBIDDEN 42501' 'TRUNCATE daqs.audit'
}
try "the audit trail can only be added to" kept

# --- transactions ---

storm_tables
try "a transaction is done, and returns rows" run_says '^done NONE - [0-9]+ 1 2 3$' 'UPDATE a SET m = 1' 'SELECT generate_series(1, 3)'
nothing_of_it() {
    run_says '^not-done REFUSED 23505 ' "INSERT INTO a VALUES (7, 0)" "INSERT INTO a VALUES (1, 0)" "INSERT INTO a VALUES (8, 0)"
    [ -z "$(pg_sql 'SELECT n FROM a WHERE n > 6')" ]
}
try "nothing of a transaction with an error is stored" nothing_of_it
conflict() {
    run_says '^not-done CONFLICT ' --one "UPDATE a SET m = 9 WHERE n = 1" "UPDATE a SET m = 9 WHERE n = 3"
    [ -z "$(pg_sql 'SELECT n FROM a WHERE m = 9')" ]
}
try "a statement that changes no row rolls all back" conflict
try "a read cannot write" run_says '^not-done READ_ONLY 25006' --read 'UPDATE a SET m = 5'
try "a result that is too large is refused" run_says '^not-done TOO_LARGE ' --read --rows 1000 'SELECT generate_series(1, 1000000)'
try "40001 means again" run_says '^not-done AGAIN 40001' "DO \$\$ BEGIN RAISE SQLSTATE '40001'; END \$\$"
deadlock() {
    probe run --limit 9000 'UPDATE a SET m = 2 WHERE n = 1' 'SELECT pg_sleep(0.5)' 'UPDATE a SET m = 2 WHERE n = 2' >"$RUN/one" &
    probe run --limit 9000 'UPDATE a SET m = 3 WHERE n = 2' 'SELECT pg_sleep(0.5)' 'UPDATE a SET m = 3 WHERE n = 1' >"$RUN/two"
    wait $!
    sort "$RUN/one" "$RUN/two" | cut -d' ' -f1-3 | paste -sd' ' | any_line '^done NONE - not-done AGAIN 40P01$'
}
try "of two transactions in a deadlock one is done, the other may try again" deadlock
waits_for_lock() {
    pg_sql 'BEGIN; UPDATE a SET m = 4; SELECT pg_sleep(4); COMMIT' >/dev/null &
    wait_for "the lock is held" eval '[ "$(pg_sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = '"'PgSleep'"'")" = 1 ]'
    within_ms 500 1500 run_says '^not-done SILENT ' --limit 1000 'UPDATE a SET m = 5'
    wait $!
}
try "a lock that others hold is waited for up to the limit" waits_for_lock
writers() {
    local i pids=()
    for i in 1 2 3 4; do
        probe storm 50 $((i * 1000)) >"$RUN/storm$i" &
        pids+=("$!")
    done
    wait "${pids[@]}"
    cat "$RUN"/storm[1-4] >"$RUN/storm"
    true_of pg_sql "$RUN/storm"
    [ "$(pg_sql 'SELECT n FROM counter')" = "$(count_of done "$RUN/storm")" ] && [ "$(count_of unknown "$RUN/storm")" = 0 ]
}
try "four writers on one row take turns: each change that is done counts once" writers

# --- who may connect ---

wrong_password() {
    PG_URL=$(pg_url "" daqs hunter2) within_ms 0 1500 run_says '^not-done FORBIDDEN .*28P01' 'SELECT 1' || return 1
    ! PG_URL=$(pg_url "" daqs hunter2) probe run 'SELECT 1' | any_line hunter2
}
try "a wrong password is said at once, and not repeated" wrong_password
pg_sql "CREATE ROLE guest LOGIN PASSWORD '$PG_PASSWORD'"
PG_URL=$(pg_url "" guest) try "a role without rights is said" run_says '^not-done FORBIDDEN 42501' 'SELECT n FROM daqs.host'
PG_URL=$(pg_url "" guest) try "nor may it make the tables" eval 'probe migrate | any_line "permission denied"'
PG_URL=$(pg_url)x try "a database that is not there is said" run_says '^not-done SCHEMA .*3D000' 'SELECT 1'
read_only() {
    pg_sql 'ALTER ROLE daqs SET default_transaction_read_only = on'
    run_says '^not-done READ_ONLY .*read-only' 'SELECT 1'
    pg_sql 'ALTER ROLE daqs RESET default_transaction_read_only'
    run_says '^done' 'SELECT 1'
}
try "a server that is read-only is not used" read_only

# --- a server that does not answer ---

silent() {
    pg_signal_all STOP
    within_ms 1500 4000 run_says '^not-done (SILENT|UNAVAILABLE) ' 'SELECT 1'
    pg_signal_all CONT
    run_says '^done' 'SELECT 1'
}
try "a server that hangs is given up at the limit" silent
idle_client() {
    coproc IDLE { probe idle; }
    local said out=${IDLE[0]} in=${IDLE[1]} pid=$IDLE_PID
    echo >&"$in" && read -r -t 20 said <&"$out" && [[ $said = done* ]] || return 1
    pg_down && pg_up
    echo >&"$in" && read -r -t 20 said <&"$out" || return 1
    exec {in}>&-
    wait "$pid"
    [[ $said = done* ]] || { say "said: $said"; return 1; }
}
# The server's process must be this shell's, so without 'try'.
if idle_client; then echo "ok a restart of the server is not noticed between transactions"; else
    echo "not ok a restart of the server is not noticed between transactions"
    CASES_FAILED=$((CASES_FAILED + 1))
fi
pg_down
try "a server that is down is waited for up to the limit" within_ms 900 3000 run_says '^not-done UNAVAILABLE .*refused' --limit 1000 'SELECT 1'
pg_up

# --- COMMIT ---

# waiting_backend: prints the backend whose COMMIT waits for a standby.
waiting_backend() { pg_sql "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'" | grep .; }
cancelled_wait() { # FUNCTION that ends the wait
    pg_sql "ALTER SYSTEM SET synchronous_standby_names = 'none'" && pg_sql 'SELECT pg_reload_conf()' >/dev/null
    probe run 'UPDATE a SET m = 6' >"$RUN/waits" &
    wait_for "COMMIT waits for a standby" waiting_backend
    pg_sql "SET synchronous_commit = off; SELECT $1($(waiting_backend))" >/dev/null
    wait $!
    pg_sql 'ALTER SYSTEM RESET synchronous_standby_names' && pg_sql 'SELECT pg_reload_conf()' >/dev/null
    grep -E '^unknown NOT_REPLICATED' "$RUN/waits" || { cat "$RUN/waits" >&2; return 1; }
}
try "a wait for a standby that is cancelled is unknown" cancelled_wait pg_cancel_backend
try "so is one whose server process is ended" cancelled_wait pg_terminate_backend

cut_proxy_start "$PG_PORT" "$SEED"
pgbouncer_start "$PROXY_PORT"
cut_storm() { # FIRST: a storm through the proxy, cut at random
    cut_proxy random "$COMMIT"
    probe storm "$CUTS" "$1" >"$RUN/storm" || return 1
    cut_proxy pass
    true_of pg_sql "$RUN/storm" || return 1
    read -r is isnt < <(unknown_of "$RUN/storm")
    say "done $(count_of done "$RUN/storm"), not done $(count_of not-done "$RUN/storm"), unknown and stored $is, unknown and not $isnt"
    [ "$is" -gt 10 ] && [ "$isnt" -gt 10 ] && [ "$(count_of done "$RUN/storm")" -gt 10 ]
}
PG_URL=$(pg_url "$PROXY_PORT") try "a connection cut at COMMIT, before or after it: no wrong claim" cut_storm 100000
held() {
    cut_proxy hold "$COMMIT"
    within_ms 9000 14000 run_says '^unknown SILENT' 'UPDATE a SET m = 7'
    cut_proxy pass
    run_says '^done' 'SELECT 1'
}
PG_URL=$(pg_url "$PROXY_PORT") try "a server that is silent at COMMIT is unknown after 10 s" held
cut_proxy before ' storm '
PG_URL=$(pg_url "$PROXY_PORT") try "a connection cut before COMMIT is not done" \
    run_says '^not-done UNAVAILABLE' 'UPDATE a SET m = 8' 'SELECT n FROM storm '
cut_proxy pass

cut_proxy freeze
PG_URL=postgresql://daqs:$PG_PASSWORD@127.0.0.1:$PROXY_PORT,127.0.0.1:$PG_PORT/daqs \
    try "a server that hangs does not hold up the connection to another" within_ms 0 1500 run_says '^done' 'SELECT 1'
cut_proxy pass

PG_URL=$(pg_url "$BOUNCER_PORT") try "through PgBouncer: a transaction" run_says '^done NONE - [0-9]+ 1 2$' 'UPDATE a SET m = 1' 'SELECT generate_series(1, 2)'
bouncer_writers() {
    local i pids=()
    for i in 1 2 3 4; do # twice as many as PgBouncer has connections to the server
        probe storm 25 $((200000 + i * 1000)) >"$RUN/storm$i" &
        pids+=("$!")
    done
    wait "${pids[@]}"
    cat "$RUN"/storm[1-4] >"$RUN/storm"
    true_of pg_sql "$RUN/storm" && [ "$(count_of done "$RUN/storm")" -gt 20 ] && [ "$(count_of unknown "$RUN/storm")" = 0 ]
}
PG_URL=$(pg_url "$BOUNCER_PORT") try "through PgBouncer: four writers on two connections" bouncer_writers
PG_URL=$(pg_url "$BOUNCER_PORT") try "PgBouncer's connection cut at COMMIT: no wrong claim" cut_storm 300000
PG_URL=$(pg_url "$BOUNCER_PORT") try "through PgBouncer: the tables are checked" eval 'probe migrate | any_line "not a table of DAQS"'

pg_down
PG_URL=$(pg_url "$BOUNCER_PORT") try "through PgBouncer: a server that is down is waited for up to the limit" \
    within_ms 0 4000 run_says '^not-done (UNAVAILABLE|SILENT) ' 'UPDATE a SET m = 5'
pg_up
PG_URL=$(pg_url "$BOUNCER_PORT") wait_for "PgBouncer has found the server again" run_says '^done' 'SELECT 1'

# --- a group of servers ---

patroni_start
PG_URL=$(patroni_url)
try "the leader of a group is found among all" eval '[ "$(probe migrate)" = "1 ok" ]'
storm_tables
standby() {
    local port
    port=$(node_port "$(patroni_synchronous)")
    PG_URL=$(pg_url "$port") run_says '^not-done READ_ONLY .*read-only' --limit 1000 'SELECT 1' || return 1
    PG_URL=$(pg_url "$port")?target_session_attrs=any run_says '^not-done READ_ONLY 25006' 'UPDATE a SET m = 1'
}
try "a standby is not written to" standby
# Adds ids, twenty a turn, until the file 'enough' exists.
storm_until_enough() {
    local first
    for ((first = 1; ; first += 20)); do
        probe storm 20 "$first" >>"$RUN/storm"
        [ ! -e "$RUN/enough" ] || return 0
    done
}
done_after() { [ "$(awk -v from="$1" '$1 == "done" && $5 >= from' "$RUN/storm" | wc -l)" -gt 10 ]; }
leader_killed() {
    local writer leader seen begun
    : >"$RUN/storm"
    storm_until_enough &
    writer=$!
    wait_for "writes are done" done_after 1
    leader=$(patroni_leader)
    node_kill "$leader"
    begun=$SECONDS
    wait_for "the leader's connections are gone" eval 'tail -n 1 "$RUN/storm" | any_line -v ^done'
    seen=$(tail -n 1 "$RUN/storm" | awk '{ print $5 }')
    wait_for "writes are done again" done_after "$seen"
    say "writes are done again after $((SECONDS - begun)) s"
    touch "$RUN/enough"
    wait "$writer"
    true_of patroni_sql "$RUN/storm" || return 1
    say "done $(count_of done "$RUN/storm"), not done $(count_of not-done "$RUN/storm"), unknown $(count_of unknown "$RUN/storm")"
    [ "$(awk '$1 == "not-done" && $4 > 3000' "$RUN/storm" | wc -l)" = 0 ] || { say "refused late"; return 1; }
}
try "the leader's node is killed: what is done is on the next leader, refusals come in time" leader_killed
cases_done
