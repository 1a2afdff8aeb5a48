# shellcheck shell=bash
# patroni.sh - a group of three PostgreSQL servers with Patroni and etcd, one of them synchronous.
# Source it after common.sh and pg.sh. All of it is on loopback and below $RUN, as nobody.
#
# Node N (0 to 2) has an etcd, a Patroni and a PostgreSQL. Patroni's shortest ttl is used, 20 s: a leader
# whose whole node is gone is replaced so much later. A standby whose connection to the leader failed
# tries again after wal_retrieve_retry_interval; with its default of 5 s, commits wait that much
# longer for a synchronous standby.
# SPDX-License-Identifier: Apache-2.0

PATRONI_STRICT=${PATRONI_STRICT:-true} # synchronous_mode_strict: no standby, no commit
NODES=(0 1 2)
ETCD_PID=() PATRONI_PID=()

node_port() { printf '%s' $((PG_BASE_PORT + 4 + $1)); }
rest_port() { printf '%s' $((PG_BASE_PORT + 7 + $1)); }
etcd_port() { printf '%s' $((PG_BASE_PORT + 10 + $1)); }
etcd_peer_port() { printf '%s' $((PG_BASE_PORT + 13 + $1)); }

# patroni_url [USER [PASSWORD]]: prints a connection string that names all nodes.
patroni_url() {
    printf 'postgresql://%s:%s@127.0.0.1:%s,127.0.0.1:%s,127.0.0.1:%s/daqs' "${1:-daqs}" "${2:-$PG_PASSWORD}" \
        "$(node_port 0)" "$(node_port 1)" "$(node_port 2)"
}

etcd_members() {
    local n list=
    for n in "${NODES[@]}"; do list=${list:+$list,}n$n=http://127.0.0.1:$(etcd_peer_port "$n"); done
    printf '%s' "$list"
}

etcd_up() { # N
    local client peer
    client=http://127.0.0.1:$(etcd_port "$1") peer=http://127.0.0.1:$(etcd_peer_port "$1")
    pg_as /usr/bin/etcd --name "n$1" --data-dir "$RUN/patroni/etcd$1" --log-level error \
        --listen-client-urls "$client" --advertise-client-urls "$client" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
        --initial-cluster "$(etcd_members)" --initial-cluster-state new >>"$RUN/etcd$1.log" 2>&1 </dev/null &
    ETCD_PID[$1]=$!
    disown
}

etcd_ready() { curl -s -m 2 "http://127.0.0.1:$(etcd_port 0)/health" | any_line '"true"'; }

patroni_conf() { # N
    local n hosts=
    for n in "${NODES[@]}"; do hosts=${hosts:+$hosts,}127.0.0.1:$(etcd_port "$n"); done
    cat <<YAML
scope: daqs
name: n$1
restapi: {listen: '127.0.0.1:$(rest_port "$1")', connect_address: '127.0.0.1:$(rest_port "$1")'}
etcd3: {hosts: '$hosts'}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 1
    retry_timeout: 5
    synchronous_mode: true
    synchronous_mode_strict: $PATRONI_STRICT
    postgresql:
      use_pg_rewind: true
      parameters: {max_connections: 60, shared_buffers: 16MB, fsync: 'off', wal_keep_size: 256MB,
                   wal_retrieve_retry_interval: 500ms}
  initdb: [encoding: UTF8, locale: C.UTF-8, no-sync, data-checksums]
postgresql:
  listen: '127.0.0.1:$(node_port "$1")'
  connect_address: '127.0.0.1:$(node_port "$1")'
  data_dir: $RUN/patroni/data$1
  bin_dir: $PG_BIN
  basebackup: [checkpoint: fast]
  pgpass: $RUN/patroni/pgpass$1
  parameters: {unix_socket_directories: $RUN/patroni}
  pg_hba: [local all all trust, host all all 127.0.0.1/32 scram-sha-256, host replication all 127.0.0.1/32 scram-sha-256]
  authentication:
    superuser: {username: postgres, password: $PG_PASSWORD}
    replication: {username: replicator, password: $PG_PASSWORD}
    rewind: {username: rewinder, password: $PG_PASSWORD}
YAML
}

patroni_up() { # N
    patroni_conf "$1" >"$RUN/patroni/n$1.yml"
    (cd / && PATH=/usr/bin:/bin pg_as /usr/bin/patroni "$RUN/patroni/n$1.yml") >>"$RUN/patroni$1.log" 2>&1 </dev/null &
    PATRONI_PID[$1]=$!
    disown
}

# node_pg_pid N: prints the process id of the node's PostgreSQL; nothing if it has none.
node_pg_pid() {
    local pid
    pid=$(sed -n 1p "$RUN/patroni/data$1/postmaster.pid" 2>/dev/null) || true
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && printf '%s' "$pid"
}

# node_signal N SIGNAL: to the node's PostgreSQL and its children, such as STOP.
node_signal() {
    local pid
    pid=$(node_pg_pid "$1") || return 0
    { printf '%s\n' "$pid" && pgrep -P "$pid"; } | xargs kill "-$2" 2>/dev/null || true
}

# node_kill N: the whole node dies at once, with its etcd. node_up N: it comes back.
node_kill() {
    local patroni=${PATRONI_PID[$1]:-} starting=''
    # A Patroni that begins a server has a child that becomes the server.
    [ -z "$patroni" ] || { kill -STOP "$patroni" && starting=$(pgrep -P "$patroni"); } 2>/dev/null || true
    # shellcheck disable=SC2086 # none if the group was interrupted while it started
    kill -KILL ${ETCD_PID[$1]:-} $patroni $starting 2>/dev/null || true
    node_signal "$1" KILL # with its children: they would end a commit that has begun
}
node_up() {
    etcd_up "$1"
    patroni_up "$1"
}

node_is() { [ "$(curl -s -m 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$(rest_port "$1")/$2")" = 200 ]; }

# etcd_leads N: the node's etcd is the leader of etcd.
etcd_leads() {
    curl -s -m 2 -d '{}' "http://127.0.0.1:$(etcd_port "$1")/v3/maintenance/status" |
        jq -e '.leader == .header.member_id' >/dev/null
}

# patroni_leader: prints the leader's number; fails if there is none.
patroni_leader() {
    local n
    for n in "${NODES[@]}"; do
        if node_is "$n" leader; then printf '%s' "$n" && return; fi
    done
    return 1
}
# patroni_synchronous: prints the number of the synchronous standby; fails if there is none.
patroni_synchronous() {
    local n
    for n in "${NODES[@]}"; do
        if node_is "$n" synchronous; then printf '%s' "$n" && return; fi
    done
    return 1
}

patroni_sql() { # [OPTION...] SQL, at the leader
    PGOPTIONS='-c search_path=daqs' "$PG_BIN/psql" -h "$RUN/patroni" -p "$(node_port "$(patroni_leader)")" -U postgres -d "${PG_DATABASE:-daqs}" -XAtq \
        -v ON_ERROR_STOP=1 "${@:1:$#-1}" -c "${!#}"
}

# patroni_ready: the group can lose its leader: all nodes run, and the leader, by its own view, has a
# synchronous standby. In the seconds after a leader has begun it has none. A strict group that loses
# its leader then waits until that is back.
patroni_ready() {
    local leader standby
    leader=$(patroni_leader) || return 1
    standby=$(curl -s -m 2 "http://127.0.0.1:$(rest_port "$leader")/cluster" |
        jq -er 'select([.members[] | select(.state == "running")] | length == 3).members[] | select(.role == "sync_standby").name') || return 1
    [ "$(PG_DATABASE=postgres patroni_sql "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'
        AND application_name = '$standby' AND current_setting('synchronous_standby_names') <> '*'")" = 1 ]
}

# patroni_start: starts the group, with a role and a database daqs.
patroni_start() {
    local n
    pg_folder patroni
    on_exit patroni_down
    for n in "${NODES[@]}"; do etcd_up "$n"; done
    wait_for "etcd has a leader" etcd_ready
    for n in "${NODES[@]}"; do patroni_up "$n"; done
    wait_for "Patroni has a leader" patroni_leader
    wait_for "Patroni has a synchronous standby" patroni_ready
    PG_DATABASE=postgres patroni_sql "CREATE ROLE daqs LOGIN PASSWORD '$PG_PASSWORD'"
    PG_DATABASE=postgres patroni_sql 'CREATE DATABASE daqs OWNER daqs'
}

patroni_down() {
    local n
    for n in "${NODES[@]}"; do node_kill "$n"; done
    WAIT_S=30 wait_for "no process of the group is left" patroni_is_gone
}
# A Patroni that is killed may just have begun initdb or a server, which has no postmaster.pid yet.
patroni_is_gone() {
    local left
    left=$(pgrep -u nobody -f "$RUN/patroni") || return 0
    # shellcheck disable=SC2086 # process ids
    kill -KILL $left 2>/dev/null || true
    return 1
}
