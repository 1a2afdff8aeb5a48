# shellcheck shell=bash
# group_fleet.sh - a simulated fleet that a group serves, a writer of SLAs, and what both have seen.
# Source it after group.sh and cases.sh.
#
# MEMBERS are the names of the members that run. What happens to single agents is in
# $RUN/fleet.changes, and fleet_changes.py reads it.
# SPDX-License-Identifier: Apache-2.0

export PYTHONDONTWRITEBYTECODE=1
member_http() { :; } # not needed here

# fleet_start HOSTS OPTION...: starts simulated agents that have the buses of the members in SEEDS
# (default: MEMBERS) configured. Sets FLEET_PID.
fleet_start() {
    local name seeds=()
    HOSTS=$1
    for name in ${SEEDS:-$MEMBERS}; do seeds+=(--controller "$(member_bus "$name")"); done
    [ -n "${DAQS_INSECURE:-}" ] || seeds+=(--controller-key "$RUN/controller.key.pub")
    # shellcheck disable=SC2086 # words, or none
    ${FLEET_NETNS:+ip netns exec $FLEET_NETNS} "$DAQS_BIN/daqs-fleetsim" "${seeds[@]}" --hosts "$@" \
        --duration 86400s --changes -o json >"$RUN/fleet.json" 2>"$RUN/fleet.changes" </dev/null &
    FLEET_PID=$!
    on_exit stop_pid "$FLEET_PID"
}

# fleet_enroll HOSTS SEED: gives the agents of a fleet with this seed their keys, at the first member, and
# waits until all members have read them: an agent that is sent to one that has not comes back, and stays
# for a minute.
fleet_enroll() {
    local name
    "$DAQS_BIN/daqs-fleetsim" --hosts "$1" --seed "$2" --keys | member "${MEMBERS%% *}" enroll - >/dev/null
    for name in $MEMBERS; do wait_for "$name knows the keys" knows_keys "$name" "$1"; done
}
knows_keys() { member "$1" -o json peers | jq -e --argjson n "$2" 'length >= $n' >/dev/null; }

# fleet_stop: ends it; its figures are in $RUN/fleet.json.
fleet_stop() {
    kill -INT "$FLEET_PID"
    wait "$FLEET_PID" 2>/dev/null || true
}
fleet_figure() { jq -r ".$1 // 0" "$RUN/fleet.json"; }

# mono_us: prints the time by the clock of fleet.changes, in steps of 10 ms.
mono_us() { awk '{ printf "%.0f", $1 * 1000000 }' /proc/uptime; }

# fleet_since FROM_US JQ [MEMBER]: prints what a jq filter makes of the report of fleet_changes.py
# on the time since then; MEMBER is the one that agents had to leave then.
fleet_since() {
    python3 "$TOP/tests/chaos/fleet_changes.py" "$RUN/fleet.changes" "$1" "${3:-}" | jq -r "$2"
}
fleet_is() { fleet_since "$1" "$2" "${3:-}" | any_line true; }
fleet_served() { fleet_is 0 ".served == $HOSTS"; }
# fleet_homes: prints a line "HOST MEMBER" for each host.
fleet_homes() { fleet_since 0 '.obeys | to_entries[] | "\(.key) \(.value)"'; }
fleet_at_home() { [ "$(fleet_homes)" = "$HOMES" ]; }

# guarantee_all RATE: gives the first VM of each simulated host a guarantee.
guarantee_all() {
    seq "$HOSTS" | awk -v r="$1" '{ printf "[sim%04d/vm01]\nmin = %s\n", $1, r }' >"$RUN/slas"
    member "${MEMBERS%% *}" apply "$RUN/slas" --force >/dev/null
}

members_live() {
    local name
    # shellcheck disable=SC2086 # words
    for name in $MEMBERS; do sees_all "$name" "$(set -- $MEMBERS && printf %s $#)" || return 1; done
}

# --- the writer ---

# writer_start SEED PAUSE_S: sets SLAs of the host "book" all the time, two at once, at whichever of the
# members accepts them.
writer_start() {
    local name endpoints=()
    for name in $MEMBERS; do endpoints+=("ipc://$RUN/$name/admin.sock"); done
    python3 "$TOP/tests/chaos/group_writer.py" "$DAQS_BIN/daqsctl" "$1" "$2" "${endpoints[@]}" \
        >"$RUN/writer.json" 2>"$RUN/writer.log" </dev/null &
    WRITER_PID=$!
    on_exit stop_pid "$WRITER_PID"
}
# writer_stop: ends it. It compares with all members what was acknowledged.
writer_stop() {
    kill -TERM "$WRITER_PID"
    wait "$WRITER_PID" || die "the writer failed: $(tail -n 3 "$RUN/writer.log")"
}
writer_figure() { jq -r ".$1" "$RUN/writer.json"; }
no_sla_lost() { [ "$(writer_figure 'wrong | length')" = 0 ] || { writer_figure 'wrong[]' >&2; return 1; }; }

# sql_group SQL: asks the database of the group; set SQL_GROUP for another than that of pg.sh.
sql_group() { "${SQL_GROUP:-pg_sql}" "$1"; }
# trail_is_ledger: in the database, each change in the audit trail begins where the one before has
# ended, and the last one of each VM is its SLA.
trail_is_ledger() {
    local gaps slas='audit WHERE old_min_bps IS NOT NULL OR new_min_bps IS NOT NULL'
    gaps=$(sql_group "SELECT count(*) FROM (SELECT old_min_bps, lag(new_min_bps) OVER (PARTITION BY host, vm ORDER BY id) AS before
        FROM $slas) a WHERE old_min_bps IS DISTINCT FROM before")
    [ "$gaps" = 0 ] || { say "$gaps changes do not begin where the one before has ended"; return 1; }
    gaps=$(sql_group "SELECT count(*) FROM (SELECT DISTINCT ON (host, vm) host, vm, new_min_bps FROM $slas ORDER BY host, vm, id DESC) a
        FULL JOIN sla s USING (host, vm) WHERE s.min_bps IS DISTINCT FROM a.new_min_bps")
    [ "$gaps" = 0 ] || { say "$gaps SLAs are not what their trail ends with"; return 1; }
}
# same_everywhere: all members know the SLAs of the database.
same_everywhere() {
    local name want
    want=$(sql_group "SELECT host || ' ' || vm || ' ' || min_bps FROM sla" | sort)
    for name in $MEMBERS; do
        [ "$(member "$name" -o json list-sla | jq -r '.[] | "\(.host) \(.vm) \(.min_bps)"' | sort)" = "$want" ] || return 1
    done
}
