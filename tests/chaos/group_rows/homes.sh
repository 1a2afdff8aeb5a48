# shellcheck shell=bash
# homes.sh - rows of group_faults: which member serves which host.
# SPDX-License-Identifier: Apache-2.0

SERVED_WITHIN_MS=15000 HOME_WITHIN_S=90 MOVE_RATE=100 DRAIN_RATE=200 MOVES_AGAIN_S=60

row_seed() {
    local row=seed from
    from=$(mono_us)
    SEEDS=c1 fleet_start "$HOSTS" --nics 4 --seed "${OPTION[seed]}" --storm
    wait_for "all hosts are served" fleet_served
    figures "$from"
    try "seed: all hosts are served within $((SERVED_WITHIN_MS / 1000)) s" fleet_first_within "$from"
    wait_for "hosts are at home" fleet_at_home_of 3
    wait_for "no more moves" steady
}
# fleet_first_within FROM_US: each host has obeyed some member soon enough.
fleet_first_within() {
    awk -v from="$1" -v most=$((SERVED_WITHIN_MS * 1000)) -v hosts="$HOSTS" '($4 == "obeys" || $4 == "moves") && !seen[$3]++ { last = $1 }
        END { printf "    seed: the last host was served after %d ms\n", (last - from) / 1000; exit !(length(seen) == hosts && last - from <= most) }' "$RUN/fleet.changes"
}
fleet_at_home_of() { fleet_is 0 ".at | length == $1"; }

# quarter HOSTS: the hosts are a quarter of all, within 3 %. Of few hosts, the share varies more.
quarter() { awk -v n="$1" -v all="$HOSTS" 'BEGIN { d = 100 * n / all - 25; e = 3 > 95 / sqrt(all) ? 3 : 95 / sqrt(all); printf "    a quarter: %d of %d\n", n, all; exit !(d <= e && -d <= e) }'; }

# at_home_or MEMBER: all hosts are at home, or at that member.
at_home_or() { [ -z "$(comm -23 <(fleet_homes | grep -v " $1\$") <(printf '%s\n' "$HOMES"))" ] && fleet_served; }
# steady: no host has obeyed another member for three seconds.
steady() {
    local homes
    homes=$(fleet_homes)
    sleep 3
    [ "$(fleet_homes)" = "$homes" ]
}

# moved_once ROW FROM_US: no host was moved twice within a minute.
moved_once() { try "$1: no host is moved twice within a minute" fleet_is "$2" '.soonest_s == null or .soonest_s >= 60'; }

row_join() {
    local from took began=$SECONDS
    from=$(mono_us)
    faults_member c4
    MEMBERS="c1 c2 c3 c4"
    wait_for "four members" members_live
    # A host stays where it is for a minute.
    sleep "$MOVES_AGAIN_S"
    wait_for "no more moves" steady
    took=$((SECONDS - began))
    figures "$from"
    try "join: all hosts are where they are to stay within $HOME_WITHIN_S s" [ "$took" -le "$HOME_WITHIN_S" ]
    try "join: 25 +- 3 % of the hosts are there" quarter "$(fleet_since "$from" .at.c4)"
    try "join: all others are at home" at_home_or c4
    try "join: at most $MOVE_RATE a second to one member" fleet_is "$from" ".busiest_s <= $MOVE_RATE * 1.15 + 1"
    moved_once join "$from"
    no_lapse "$from"
    held "$from"
}

row_drain() {
    local from
    from=$(mono_us)
    try "drain: it is accepted" member c4 drain
    wait_for "the end of c4" eval '! kill -0 "${MEMBER_PID[c4]}" 2>/dev/null'
    MEMBERS="c1 c2 c3"
    figures "$from"
    try "drain: no host is left there" fleet_is "$from" '.at.c4 == null'
    try "drain: at most $DRAIN_RATE a second" fleet_is "$from" ".busiest_s <= $DRAIN_RATE * 1.15 + 1"
    try "drain: hosts are where they were before" fleet_at_home
    no_lapse "$from"
    held "$from"
}

row_flap() {
    local name from end
    name=$(serving_one)
    from=$(mono_us)
    end=$((SECONDS + OPTION[flap]))
    while [ "$SECONDS" -lt "$end" ]; do
        member_kill "$name"
        sleep 10
        member_up "$name"
        sleep 10
    done
    figures "$from"
    moved_once flap "$from"
    held "$from"
}

row_home() {
    local from began=$SECONDS
    from=$(mono_us)
    wait_for "three members" members_live
    try "home: all hosts are at home again" wait_for "all are at home" fleet_at_home
    figures "$from"
    try "home: within $HOME_WITHIN_S s" [ $((SECONDS - began)) -le "$HOME_WITHIN_S" ]
    moved_once home "$from"
    no_lapse "$from"
    held "$from"
}
