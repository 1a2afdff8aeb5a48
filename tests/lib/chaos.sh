# shellcheck shell=bash
# chaos.sh - the common part of the scripts in tests/chaos that create a rig for a storm. Source it
# after common.sh.
# SPDX-License-Identifier: Apache-2.0

# chaos_usage WHAT: reports a usage error and exits.
chaos_usage() {
    say "${0##*/}: $1; try: $0 --help"
    exit 2
}

# chaos_options LINES OPTION...: sets SEED and RUN_SECONDS, and prints them. The help text is in the
# first LINES lines of the script.
chaos_options() {
    local lines=$1
    SEED=$((RANDOM * 32768 + RANDOM)) RUN_SECONDS=90
    shift
    while [ $# -gt 0 ]; do
        case $1 in
            --help)
                sed -n "2,${lines}s/^# \{0,1\}//p" "$0"
                exit 0
                ;;
            --seed | --minutes | --seconds) [[ ${2:-} =~ ^[0-9]+(\.[0-9]+)?$ ]] || chaos_usage "$1 takes a number" ;;&
            --seed) SEED=$2 ;;
            --minutes) RUN_SECONDS=$(awk -v m="$2" 'BEGIN { printf "%d", m * 60 }') ;;
            --seconds) RUN_SECONDS=${2%.*} ;;
            *) chaos_usage "unknown option '$1'" ;;
        esac
        shift 2
    done
    printf 'seed %s (%s --seed %s --seconds %s)\n' "$SEED" "$0" "$SEED" "$RUN_SECONDS"
}

# chaos_counts OPTION...: sets the whole numbers in OPTION, of which a script declares the names and
# defaults, and RANDOM by the seed. Other words go to ROWS, if the script has it. The help text ends in
# line HELP_LINES.
chaos_counts() {
    while [ $# -gt 0 ]; do
        case $1 in
            --help)
                sed -n "2,${HELP_LINES}s/^# \{0,1\}//p" "$0"
                exit 0
                ;;
            --*)
                [[ -v OPTION[${1#--}] ]] || chaos_usage "unknown option '$1'"
                [[ ${2:-} =~ ^[0-9]+$ ]] || chaos_usage "$1 takes a whole number"
                OPTION[${1#--}]=$2
                shift 2
                ;;
            *)
                declare -p ROWS >/dev/null 2>&1 || chaos_usage "unexpected argument '$1'"
                ROWS+=("$1")
                shift
                ;;
        esac
    done
    printf '%s:' "${0##*/}"
    for option in "${!OPTION[@]}"; do printf ' --%s %s' "$option" "${OPTION[$option]}"; done
    printf '\n'
    RANDOM=$((OPTION[seed] % 32768))
}

# chaos_storm PROGRAM: runs tests/chaos/PROGRAM on $RUN/rig.json, and exits with its status. In the
# background, with a wait, so that a signal to this script is handled at once.
chaos_storm() {
    local pid status=0
    PYTHONDONTWRITEBYTECODE=1 python3 "$TOP/tests/chaos/$1" "$RUN/rig.json" "$SEED" "$RUN_SECONDS" </dev/null &
    pid=$!
    on_exit stop_pid "$pid"
    wait "$pid" || status=$?
    exit "$status"
}
