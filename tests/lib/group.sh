# shellcheck shell=bash
# group.sh - members of a group of controllers that share the database of pg.sh. Source it after
# daqs.sh and pg.sh. MEMBER_LEDGER is another connection string, such as that of patroni.sh.
# SPDX-License-Identifier: Apache-2.0

# Members are c1, c2, ... with a folder each below $RUN and ports from GROUP_PORT on.
GROUP_PORT=${GROUP_PORT:-$DAQS_PORT}
declare -A MEMBER_PID

# member MEMBER ARGUMENT...: runs daqsctl for this member.
member() { "$DAQS_BIN/daqsctl" --controller "ipc://$RUN/$1/admin.sock" "${@:2}"; }
member_http() { printf '127.0.0.1:%s' $((GROUP_PORT + 40 + ${1#c})); }
# member_address MEMBER, member_netns MEMBER: where it runs; group_net.sh has others.
member_address() { printf 127.0.0.1; }
member_netns() { :; }
member_bus() { printf 'tcp://%s:%s' "$(member_address "$1")" $((GROUP_PORT + ${1#c})); }
member_peer() { printf 'tcp://%s:%s' "$(member_address "$1")" $((GROUP_PORT + 20 + ${1#c})); } # for lines of member_start: "peer = ..."

# member_start MEMBER WEIGHT [LINES...]: starts a member; the lines go below [group]. All have the
# same key, except with MEMBER_KEYS=own.
member_start() {
    local name=$1 weight=$2
    shift 2
    mkdir -p "$RUN/$name"
    [ ! -e "$RUN/controller.key" ] || [ "${MEMBER_KEYS:-}" = own ] || cp -n "$RUN/controller.key" "$RUN/$name/"
    {
        printf '[controller]\nbus = %s\nadmin = ipc://%s/%s/admin.sock\nhttp = %s\n' "$(member_bus "$name")" "$RUN" "$name" "$(member_http "$name")"
        printf 'database = %s/%s/daqs.db\nkey = %s/%s/controller.key\n' "$RUN" "$name" "$RUN" "$name"
        printf 'ledger = %s\n%s\n' "${MEMBER_LEDGER:-$(pg_url "${MEMBER_PG_PORT:-$PG_PORT}")}" "$(insecure_line)"
        printf '[policy]\nlease = %s\n[group]\nname = %s\nadvertise = %s\nweight = %s\n' "${MEMBER_LEASE:-1s}" "$name" "$(member_bus "$name")" "$weight"
        printf '%s\n' "$@"
    } >"$RUN/$name/controllerd.conf"
    member_up "$name"
    [ -e "$RUN/controller.key" ] || [ -n "${DAQS_INSECURE:-}" ] || cp "$RUN/$name/controller.key" "$RUN/$name/controller.key.pub" "$RUN/"
}

# member_up MEMBER: starts a member again.
member_up() {
    DAQS_NETNS=$(member_netns "$1") start_daemon "$1" daqs-controllerd --config "$RUN/$1/controllerd.conf"
    MEMBER_PID[$1]=$STARTED
    wait_for "$1 answers" member "$1" version
}

# member_kill MEMBER: kills it (SIGKILL).
member_kill() {
    kill -KILL "${MEMBER_PID[$1]}"
    wait "${MEMBER_PID[$1]}" 2>/dev/null || true
}

# member_clone MEMBER: starts another process of its name, with files below $RUN/clone. Sets
# $STARTED to its process id.
member_clone() {
    rm -rf "$RUN/clone"
    mkdir "$RUN/clone"
    sed -e "s|$RUN/$1/|$RUN/clone/|" -e 's|^http = .*|http =|' -e "s|^bus = .*|bus = tcp://$(member_address "$1"):$((GROUP_PORT + 9))|" \
        -e "s|^peer = .*|peer = tcp://$(member_address "$1"):$((GROUP_PORT + 29))|" \
        "$RUN/$1/controllerd.conf" >"$RUN/clone/controllerd.conf"
    DAQS_NETNS=$(member_netns "$1") start_daemon clone daqs-controllerd --config "$RUN/clone/controllerd.conf"
}

# member_has MEMBER HOST: the member serves the host.
member_has() { member "$1" -o json hosts | jq -e --arg h "$2" --arg m "$1" 'any(.[]; .host == $h and .state == "up" and .member == $m)' >/dev/null; }

# sees_all MEMBER COUNT: the member sees COUNT members that live.
sees_all() { member "$1" -o json members | jq -e --argjson n "$2" 'map(select(.life == "alive")) | length == $n' >/dev/null; }
