#!/usr/bin/env bash
# Tests every verb with missing, surplus and absurd arguments: it must exit with the right status,
# print one line on standard error, and never crash. Verbs and options are taken from daqsctl's own
# lists.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes

CTL=$DAQS_BIN/daqsctl
export HOME=$RUN/home XDG_CONFIG_HOME=$RUN/home/.config
mkdir -p "$RUN/home" "$RUN/cwd"
controller_start

mapfile -t VERBS < <("$CTL" complete plain -- '' | cut -f 1)
# From its usage: the options of a verb, and the number of arguments it needs, which are in no
# bracket.
declare -A USAGE LEAST
for verb in "${VERBS[@]}"; do
    USAGE[$verb]=$("$CTL" help "$verb" | sed -n "1s/^usage: daqsctl $verb *//p")
    LEAST[$verb]=$(sed 's/ *\[-.*//; s/\[\/UPLINK\]//; s/{.*}/EITHER/' <<<"${USAGE[$verb]}" |
        awk '{ for (i = 1; i <= NF; i++) n += $i !~ /^\[/; print n + 0 }')
done
takes() { [[ ${USAGE[$1]} = *"[--$2"* ]]; }

# ends STATUSES PATTERN ARGUMENTS...: checks that daqsctl exits in time with one of these statuses,
# and, if it is not 0, prints one line on stderr that matches the pattern.
ends() {
    local want=$1 pattern=$2 status=0
    shift 2
    (cd "$RUN/cwd" && timeout -s KILL 40 "$CTL" "$@") >"$RUN/out" 2>"$RUN/err" </dev/null || status=$?
    [[ " $want " = *" $status "* ]] || { say "status $status of: $*: $(cat "$RUN/err")"; return 1; }
    [ "$status" = 0 ] && return
    [ "$(wc -l <"$RUN/err")" = 1 ] || { say "not one line of: $*: $(cat "$RUN/err")"; return 1; }
    grep -qaE -e "^daqsctl: .*$pattern" "$RUN/err" || { say "said of: $*: $(cat "$RUN/err")"; return 1; }
}

words() { # N: prints N arguments
    local i
    for ((i = 0; i < $1; i++)); do echo x; done
}

too_few() {
    # shellcheck disable=SC2046 # words
    ends 2 "$1 needs more arguments; usage: daqsctl $1 " "$1" $(words $((LEAST[$1] - 1)))
}
too_many() { ends 2 "does not accept .*usage: daqsctl $1" "$1" a b c d; }
foreign_options() {
    local option value
    for option in max weight role prune force dry-run since until step by follow interval; do
        takes "$1" $option && continue
        value=
        case $option in max | weight | role | since | until | step | by | interval) value='=1' ;; esac
        # shellcheck disable=SC2046 # words
        ends 2 "$1 does not accept --$option; usage: daqsctl $1" "$1" $(words "${LEAST[$1]}") "--$option$value" || return 1
    done
}
no_values() {
    local option
    for option in max weight role since until step by interval controller key controller-key output color; do
        ends 2 "--$option needs a value" "$1" "--$option" || return 1
    done
}
absurd_values() {
    # shellcheck disable=SC2046 # words
    set -- "$1" $(words "${LEAST[$1]}")
    ends 2 '-o takes table, json, csv or jsonl' "$@" -o xml && ends 2 '--color takes auto' "$@" --color pink &&
        ends 2 "unknown option '--nonsense'" "$@" --nonsense && ends 2 "unknown option '-z'" "$@" -z
}

LONG=$(printf 'x%.0s' {1..5000})
ABSURD=('' '-' '/' '../../../nowhere/x' '%s%n' '$(id)' $'a\nb' $'\xff\e[2J' "$LONG" -1)
absurd_arguments() {
    local word i arguments
    for word in "${ABSURD[@]}"; do
        arguments=("$word")
        for ((i = 1; i < LEAST[$1]; i++)); do arguments+=("$word"); done
        ends '0 1 2' '' "$1" -- "${arguments[@]}" || return 1
        [ "${LEAST[$1]}" -lt 2 ] || ends '0 1 2' '' "$1" -- node "${arguments[@]:1}" || return 1
    done
}
absurd_option_values() {
    local option word
    for option in max weight role since until step by interval level kind host after token-file; do
        takes "$1" $option || continue
        for word in '' -1 0x10 99999999999999999999 "$LONG" $'\xff'; do
            # shellcheck disable=SC2046 # words
            ends '0 1 2' '' "$1" $(words "${LEAST[$1]}") "--$option=$word" || return 1
        done
    done
}
no_room() { # for the output
    local status=0
    # shellcheck disable=SC2046 # words
    "$CTL" "$1" $(words "${LEAST[$1]}") --help >/dev/full 2>"$RUN/err" || status=$?
    [ "$status" = 1 ] && grep -qx 'daqsctl: cannot write the output' "$RUN/err"
}

for verb in "${VERBS[@]}"; do
    [ "${LEAST[$verb]}" = 0 ] || try "$verb with too little" too_few "$verb"
    [[ ${USAGE[$verb]} = *COMMAND* ]] || try "$verb with too much" too_many "$verb"
    try "$verb with options of others" foreign_options "$verb"
    try "$verb with absurd arguments" absurd_arguments "$verb"
    try "$verb with absurd values of its options" absurd_option_values "$verb"
    try "$verb with a full disk behind it" no_room "$verb"
done
for verb in hosts set-sla; do # they are parsed before the verb is checked
    try "$verb with options that miss their values" no_values "$verb"
    try "$verb with absurd options" absurd_values "$verb"
done
try "verbs were found" test ${#VERBS[@]} -gt 20

no_verb() { # usage goes to stderr, and stdout stays empty
    local status=0
    "$CTL" >"$RUN/out" 2>"$RUN/err" || status=$?
    [ "$status" = 2 ] && [ ! -s "$RUN/out" ] && "$CTL" help | cmp - "$RUN/err"
}
try "no verb at all" no_verb
try "an unknown verb" ends 2 "unknown verb 'frobnicate'; try: daqsctl --help" frobnicate
try "one that is nearly known" ends 2 "unknown verb 'list-slas'; did you mean list-sla\?" list-slas
try "help about an unknown verb" ends 2 "unknown verb 'lst'" help lst
try "the verb of shells with nonsense" ends 2 'complete takes plain or bash' complete nonsense -- x
try "and with too little" ends 2 'usage: daqsctl complete bash' complete bash -- x
try "completion for a shell that has none" ends 2 'takes bash, zsh or fish' completion tcsh

# --- where the output goes ---

ctl set-sla node db1 1Mbit >"$RUN/out"

closed() { # VERB...: an error with stdout closed; no socket gets its descriptor
    local status=0
    "$CTL" "$@" >&- 2>"$RUN/err" || status=$?
    [ "$status" = 1 ] && grep -qx 'daqsctl: cannot write the output' "$RUN/err"
}
full() {
    local status=0
    "$CTL" "$@" >/dev/full 2>"$RUN/err" || status=$?
    [ "$status" = 1 ] && grep -qx 'daqsctl: cannot write the output' "$RUN/err"
}
for verb in status export version help list-sla; do
    try "$verb with standard output closed" closed "$verb"
    try "$verb with no room for its output" full "$verb"
done
try "status with everything closed" eval '! { "$CTL" status <&- >&- 2>&-; }'
head_only() { # a reader that stops ends it without an error message
    local status
    { "$CTL" help 2>"$RUN/err"; echo $? >"$RUN/status"; } | head -n 1 >"$RUN/out"
    status=$(cat "$RUN/status")
    [ ! -s "$RUN/err" ] && { [ "$status" = 0 ] || [ "$status" = 141 ]; }
}
try "a reader that has enough" head_only

# --- without a controller: all at once, because each waits a while ---

for verb in "${VERBS[@]}"; do
    case $verb in keygen | help | completion | top) continue ;; esac
    (
        status=0
        given=$(words "${LEAST[$verb]}")
        case $verb in
            export-history) given='-o csv' ;;
            fit) given=1G ;;
            set-sla) given='x x 1G' ;;
            maintenance) given='x on' ;;
            enroll) given="x $(head -c 32 /dev/zero | base64)" ;;
            apply) printf '[a/b]\nmin = 1G\n' >"$RUN/slas.ini" && given=$RUN/slas.ini ;;
        esac
        # shellcheck disable=SC2086 # words
        "$CTL" --controller "ipc://$RUN/nobody.sock" "$verb" $given >"$RUN/nobody-$verb.out" 2>"$RUN/nobody-$verb.err" || status=$?
        echo "$status" >"$RUN/nobody-$verb.status"
    ) &
done
wait $(jobs -p | grep -vx "$CONTROLLER_PID")
unreached() {
    [ "$(cat "$RUN/nobody-$1.status")" = 3 ] && [ "$(wc -l <"$RUN/nobody-$1.err")" = 1 ] &&
        grep -q '^daqsctl: no controller answers at .*: the socket does not exist' "$RUN/nobody-$1.err" ||
        { say "$(cat "$RUN/nobody-$1.status" "$RUN/nobody-$1.err")"; return 1; }
}
for status in "$RUN"/nobody-*.status; do
    verb=${status##*/nobody-}
    try "${verb%.status} without a controller" unreached "${verb%.status}"
done
try "the controller has survived all of it" ctl status

cases_done
