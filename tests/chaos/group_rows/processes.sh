# shellcheck shell=bash
# processes.sh - rows of group_faults: members and the database that die, hang and come back.
# SPDX-License-Identifier: Apache-2.0

row_kill() {
    local name from
    name=$(serving_one)
    from=$(mono_us)
    member_kill "$name"
    taken_over "$from" "$name"
    figures "$from" "$name"
    member_up "$name"
    held "$from"
}

row_stop() {
    local name from woken
    name=$(serving_one)
    from=$(mono_us)
    kill -STOP "${MEMBER_PID[$name]}"
    taken_over "$from" "$name"
    figures "$from" "$name"
    sleep "${OPTION[stop]}"
    woken=$(mono_us)
    kill -CONT "${MEMBER_PID[$name]}"
    wait_for "it answers" member "$name" version
    sleep 3
    # Hosts that are sent home move; none may obey what it has said before.
    try "stop: after it goes on, no limit of it is obeyed" fleet_is "$woken" '.epochs_back == 0 and (.at["'"$name"'"] // 0) <= .moves'
    held "$from"
}

row_engine() {
    local name from killed half=$((OPTION[engine] / 2))
    name=$(serving_one)
    from=$(mono_us)
    pg_down QUIT
    sleep "$half"
    try "engine: while it is away, no host obeys another member" fleet_is "$from" '.changed == 0'
    killed=$(mono_us)
    member_kill "$name"
    taken_over "$killed" "$name"
    figures "$killed" "$name"
    sleep $((OPTION[engine] - half))
    try "engine: a change is refused, with the reason" eval '! member '"$(one_of ${MEMBERS//$name/})"' set-sla probe vm 1Mbit --force 2>"$RUN/said" && grep -q "nothing changed: the shared database" "$RUN/said"'
    member_up "$name" # it serves from its copy: it would end otherwise
    held "$from"
    pg_up
    try "engine: changes are accepted again" wait_for "a change" member "$name" set-sla probe vm 1Mbit --force
    wait_for "three members" members_live
}

row_clone() {
    local name from clone
    name=$(serving_one)
    from=$(mono_us)
    member_clone "$name"
    clone=$STARTED
    wait_for "the end of the first" eval '! kill -0 "${MEMBER_PID['"$name"']}" 2>/dev/null'
    try "clone: the later one stays" kill -0 "$clone"
    try "clone: the first says why it ends" any_line 'another controller runs under the name' <"$RUN/$name.log"
    held "$from"
    stop_pid "$clone"
    member_up "$name"
    held "$from"
    figures "$from"
}
