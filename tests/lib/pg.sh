# shellcheck shell=bash
# pg.sh - a PostgreSQL server of this run, PgBouncer before it, and a proxy that cuts connections.
# Source it after common.sh.
#
# All of it runs as the user nobody, on loopback and below $RUN, and is stopped by process id.
# SPDX-License-Identifier: Apache-2.0

PG_BIN=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1 || true)
[ -n "$PG_BIN" ] || die "PostgreSQL is missing here (tools/install-deps installs it)"
. "$TOP/tests/lib/ports.sh"
PG_BASE_PORT=${PG_BASE_PORT:-$((DAQS_PORT + 48))} # 16 ports
PG_PASSWORD=let-daqs-in
# shellcheck disable=SC2034 # what a client writes
PG_PORT=$PG_BASE_PORT
# Where the server of pg_start listens, in the network namespace PG_NETNS if that is set.
PG_ADDRESS=${PG_ADDRESS:-127.0.0.1}

# pg_as COMMAND...: becomes nobody, whom PostgreSQL and PgBouncer accept; they refuse root.
# shellcheck disable=SC2086 # words, or none
pg_as() { exec ${PG_NETNS:+ip netns exec $PG_NETNS} setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all -- "$@"; }
pg_run_as() { (cd / && pg_as "$@"); }

# pg_folder NAME: makes $RUN/NAME, which nobody may write to.
pg_folder() {
    chmod go+x "$RUN"
    mkdir -p "$RUN/$1"
    chown nobody:nogroup "$RUN/$1"
}

# pg_url [PORT [USER [PASSWORD]]]: prints a connection string.
pg_url() { printf 'postgresql://%s:%s@%s:%s/daqs' "${2:-daqs}" "${3:-$PG_PASSWORD}" "$PG_ADDRESS" "${1:-$PG_PORT}"; }

# pg_sql [OPTION...] SQL: runs it as superuser in the database daqs, and prints the rows. Names without
# a schema are those of the role daqs.
pg_sql() { PGOPTIONS='-c search_path=daqs' "$PG_BIN/psql" -h "$RUN/pg" -p "$PG_PORT" -U postgres -d "${PG_DATABASE:-daqs}" -XAtq -v ON_ERROR_STOP=1 "${@:1:$#-1}" -c "${!#}"; }

pg_answers() { PG_DATABASE=postgres pg_sql 'SELECT 1'; }

# What is in memory only would be lost with the machine, not with the server's processes.
pg_init() {
    pg_folder pg
    pg_run_as "$PG_BIN/initdb" -D "$RUN/pg/data" -U postgres -E UTF8 --locale=C.UTF-8 --no-sync \
        --auth-local=trust --auth-host=scram-sha-256 >"$RUN/initdb.log" 2>&1 || die "initdb: $(tail -n 3 "$RUN/initdb.log")"
    {
        printf "listen_addresses = '%s'\nport = %s\nunix_socket_directories = '%s/pg'\n" "$PG_ADDRESS" "$PG_PORT" "$RUN"
        printf 'fsync = off\nmax_connections = %s\nshared_buffers = 16MB\n' "${PG_CONNECTIONS:-40}"
    } >>"$RUN/pg/data/postgresql.conf"
    [ "$PG_ADDRESS" = 127.0.0.1 ] || printf 'host all all samenet scram-sha-256\n' >>"$RUN/pg/data/pg_hba.conf"
}

# pg_up: starts the server, which pg_start or pg_down has left; sets PG_PID.
pg_up() {
    pg_as "$PG_BIN/postgres" -D "$RUN/pg/data" >>"$RUN/pg.log" 2>&1 </dev/null &
    PG_PID=$!
    disown
    wait_for "PostgreSQL answers" pg_answers
}

# pg_down [SIGNAL]: stops it: INT ends its connections, QUIT is a crash.
pg_down() {
    pg_signal_all CONT
    kill "-${1:-INT}" "$PG_PID" 2>/dev/null || return 0
    wait_for "PostgreSQL has ended" eval '! kill -0 "$PG_PID"'
}

# pg_signal_all SIGNAL: to the server's processes, such as STOP.
pg_signal_all() { { printf '%s\n' "$PG_PID" && pgrep -P "$PG_PID"; } | xargs kill "-$1" 2>/dev/null || true; }

# pg_start: starts a server with a role and a database daqs.
pg_start() {
    pg_init
    on_exit pg_down
    pg_up
    PG_DATABASE=postgres pg_sql "CREATE ROLE daqs LOGIN PASSWORD '$PG_PASSWORD'"
    PG_DATABASE=postgres pg_sql 'CREATE DATABASE daqs OWNER daqs'
}

# pgbouncer_start [PORT]: PgBouncer in transaction mode on BOUNCER_PORT, before the server, or before
# what listens on PORT.
pgbouncer_start() {
    # shellcheck disable=SC2034 # for the caller
    BOUNCER_PORT=$((PG_BASE_PORT + 1))
    pg_folder bouncer
    printf '"daqs" "%s"\n' "$PG_PASSWORD" >"$RUN/bouncer/users"
    cat >"$RUN/bouncer/ini" <<INI
[databases]
daqs = host=127.0.0.1 port=${1:-$PG_PORT}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $BOUNCER_PORT
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $RUN/bouncer/users
pool_mode = transaction
default_pool_size = 2
server_login_retry = 1
INI
    start pgbouncer pg_as /usr/sbin/pgbouncer "$RUN/bouncer/ini"
    wait_for "PgBouncer answers" pg_port_open "$BOUNCER_PORT"
}

pg_port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# cut_proxy_start TARGET_PORT SEED: starts the proxy on PROXY_PORT; cut_proxy COMMAND... commands it.
cut_proxy_start() {
    PROXY_PORT=$((PG_BASE_PORT + 2))
    mkfifo "$RUN/proxy.in"
    start proxy python3 "$TOP/tests/lib/cut_proxy.py" "$PROXY_PORT" "$1" "$2" "$RUN/proxy.in"
    exec {PROXY_FD}>"$RUN/proxy.in"
    wait_for "the proxy answers" pg_port_open "$PROXY_PORT"
}
cut_proxy() {
    local before
    before=$(grep -c '^ok' "$RUN/proxy.log" || true)
    printf '%s\n' "$*" >&"$PROXY_FD"
    wait_for "the proxy obeys" eval "[ \"\$(grep -c '^ok' '$RUN/proxy.log')\" -gt $before ]"
}
