# shellcheck shell=bash
# networks.sh - rows of group_faults: members, the database and agents that do not reach each other.
# SPDX-License-Identifier: Apache-2.0

# host_of MEMBER: prints a host that it serves.
host_of() { fleet_homes | sed -n "s/ $1\$//p" | sed -n 1p; }

# at_home_at MEMBER: prints the hosts that it serves and that have their home there.
at_home_at() { comm -12 <(fleet_homes) <(printf '%s\n' "$HOMES") | grep " $1\$" || true; }

row_apart() {
    local name from other own
    name=$(serving_one)
    other=$(serving_one "$name")
    own=$(at_home_at "$name")
    from=$(mono_us)
    cut "$name" engine
    wait_for "a change is refused there" eval '! member '"$name"' set-sla '"$(host_of "$name")"' vm02 2Mbit --force'
    try "apart: a change is stored at another" wait_for "a change" member "$other" set-sla "$(host_of "$other")" vm02 2Mbit --force
    wait_for "it is lost" eval 'member '"$other"' -o json members | jq -e "any(.[]; .member == \"'"$name"'\" and .life == \"lost\")"'
    # Others, which another row brought there, may be on their way home.
    try "apart: it keeps the hosts that are at home there" [ "$(at_home_at "$name")" = "$own" ]
    # Other members say over the peer link that the database answers them.
    try "apart: then its hosts are sent to members that the database answers" wait_for "others serve them" \
        fleet_is "$from" '.left | .hosts > 0 and .obeyed_another == .hosts' "$name"
    try "apart: at most $MOVE_RATE a second to one member" fleet_is "$from" ".busiest_s <= 2 * $MOVE_RATE * 1.15 + 1"
    no_lapse "$from"
    figures "$from" "$name"
    mend "$name" engine
    wait_for "three members" members_live
    held "$from"
}

row_alone() {
    local name from
    name=$(serving_one)
    from=$(mono_us)
    cut "$name" engine
    cut "$name" agents
    taken_over "$from" "$name"
    figures "$from" "$name"
    held "$from"
    mend "$name" engine
    mend "$name" agents
    wait_for "three members" members_live
    try "alone: it forgets the hosts that others serve" wait_for "none are away" lists_none_away "$name"
}

# lists_none_away MEMBER: hosts that never had an agent aside.
lists_none_away() { member "$1" -o json hosts | jq -e 'all(.[]; .state == "up" or (.host | startswith("sim") | not))' >/dev/null; }

row_away() {
    local name from
    name=$(serving_one)
    from=$(mono_us)
    cut "$name" agents
    taken_over "$from" "$name"
    figures "$from" "$name"
    # Their home lives, but they cannot reach it: they stay where they are.
    sleep 2
    held "$from"
    try "away: none is moved meanwhile" fleet_is "$from" '.moves == 0'
    mend "$name" agents
}
