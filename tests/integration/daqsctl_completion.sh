#!/usr/bin/env bash
# Tests that bash, zsh and fish complete what daqsctl accepts, including names of hosts and VMs,
# however hostile they are.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/tmux.sh"
DAQS_INSECURE=yes
SCRIPTS=$TOP/packaging/completions

export PATH="$DAQS_BIN:$PATH"
export HOME=$RUN # without the settings of the user
controller_start
printf '%s\n' 'up0=10Gbit' 'db1 -' 'db2 -' '数据库 -' 'gl*b?[x] -' >"$RUN/node1.vms"
start host "${DAQS_BIN%/bin}/tests/fake_host" "tcp://127.0.0.1:$DAQS_PORT" node1 "$RUN/node1.vms"
wait_for "all nics are measured" vms_seen node1 4
# Names that have an SLA, of VMs that have not been seen.
HOSTILE="x\$(touch $RUN/pwned);\`touch $RUN/pwned\`'\"&|<>!~{a,b}"
for name in 'two words' "$HOSTILE" 'c:d=e@f'; do
    ctl set-sla node1 "$name" 1Mbit >"$RUN/out"
done
ctl set-sla 'host of blanks' vm 1Mbit >"$RUN/out"

# is WANT GOT: checks that both are the same.
is() { [ "$1" = "$2" ] || { say "got: $2"; say "not: $1"; return 1; }; }

# --- bash ---

# bash_words LINE PART: prints the completions of PART, one per line.
bash_words() {
    bash --norc --noprofile -c '. "$1"; COMP_LINE=$2 COMP_POINT=${#2}; compopt() { echo "compopt $*"; }
        _daqsctl daqsctl "$3"; [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' \
        - "$SCRIPTS/daqsctl.bash" "$1" "$2"
}
completes() { is "$3" "$(bash_words "$1" "$2")"; }
try "bash: a verb" completes 'daqsctl unset' unset unset-sla
try "bash: an option" completes 'daqsctl events --fo' --fo --follow
try "bash: a value" completes 'daqsctl report --by fl' fl fleet
try "bash: a value behind =" completes 'daqsctl report --by=fl' fl fleet
try "bash: hosts" completes 'daqsctl vms n' n node1
try "bash: uplinks" completes 'daqsctl set-policy node1/' node1/ node1/up0
try "bash: VMs, those of SLAs too" completes 'daqsctl set-sla node1 d' d $'db1\ndb2'
try "bash: VMs in any writing" completes 'daqsctl set-sla node1 数' 数 数据库
try "bash: VMs with blanks" completes 'daqsctl set-sla node1 tw' tw 'two\ words'
try "bash: VMs with wildcards" completes 'daqsctl explain node1 gl' gl 'gl\*b\?\[x\]'
try "bash: VMs in quotes" completes 'daqsctl set-sla node1 "two w' '"two w' 'two words'
try "bash: what it keeps by itself is left out" completes 'daqsctl set-sla node1 c:d' d 'd=e@f'
try "bash: of hosts with blanks" completes "daqsctl set-sla 'host of blanks' v" v vm
try "bash: files" completes 'daqsctl apply x' x 'compopt -o default'
try "bash: a controller that the line names is asked" completes "daqsctl -c ipc://$RUN/nobody vms " '' ''
quoted() { # when evaluated, the completion is exactly the name
    local word name
    word=$(bash_words "daqsctl set-sla node1 $1x" "$1x")
    [ -n "$word" ] || return 1
    eval "name=$1$word$1"
    is "$HOSTILE" "$name" && [ ! -e "$RUN/pwned" ]
}
for quote in '' "'" '"'; do
    try "bash: a hostile name cannot run anything, behind ${quote:-nothing}" quoted "$quote"
done

pane_start bash 100 20 env PS1='ready> ' bash --norc --noprofile
pane_keys bash ". $SCRIPTS/daqsctl.bash" Enter 'daqsctl set-sla no' Tab 'tw' Tab '1G --fo' Tab '#'
try "bash: on a terminal" soon pane_has bash '^ready> daqsctl set-sla node1 two\\ words 1G --force #$'

# --- fish ---

fish_words() { fish --no-config -c "source '$SCRIPTS/daqsctl.fish'; complete -C\"\$argv[1]\"" "$1"; }
offers() { is "$2" "$(fish_words "$1")"; }
try "fish: verbs, with what they do" eval 'fish_words "daqsctl unset-" | grep -x $'"'unset-sla\\tremove a VM.s SLA' >\"\$RUN/out\""
try "fish: options, with what they do" eval 'fish_words "daqsctl events --f" | grep "^--follow.print events as they occur" >"$RUN/out"'
try "fish: values" offers 'daqsctl report --by fl' fleet
try "fish: hosts" offers 'daqsctl vms no' node1
try "fish: VMs" offers 'daqsctl set-sla node1 d' $'db1\ndb2'
try "fish: VMs of a host with blanks" offers "daqsctl set-sla 'host of blanks' v" vm
try "fish: a hostile name" offers 'daqsctl set-sla node1 x' "$HOSTILE"
try "fish: files" eval 'fish_words "daqsctl apply /etc/host" | grep -x /etc/hostname >"$RUN/out"'

# --- zsh ---

pane_start zsh 250 20 env PS1='ready> ' zsh -f
pane_keys zsh "unsetopt prompt_sp; fpath=($SCRIPTS \$fpath); autoload -U compinit; compinit -D; PS1='set> '" Enter
soon pane_has zsh '^set> *$'
# zsh_puts TYPED PATTERN: checks that the line becomes PATTERN after TYPED and Tab.
zsh_puts() {
    pane_keys zsh C-u "$1" Tab '#'
    soon pane_has zsh "^set> $2 ?#\$"
}
try "zsh: a verb" zsh_puts 'daqsctl unset' 'daqsctl unset-sla'
try "zsh: an option" zsh_puts 'daqsctl events --fo' 'daqsctl events --follow'
try "zsh: a value behind =" zsh_puts 'daqsctl report --by=fl' 'daqsctl report --by=fleet'
try "zsh: a host" zsh_puts 'daqsctl vms no' 'daqsctl vms node1'
try "zsh: a VM in any writing" zsh_puts 'daqsctl set-sla node1 数' 'daqsctl set-sla node1 数据库'
try "zsh: a VM with blanks" zsh_puts 'daqsctl set-sla node1 tw' 'daqsctl set-sla node1 two\\ words'
try "zsh: of a host with blanks" zsh_puts "daqsctl set-sla 'host of blanks' v" "daqsctl set-sla 'host of blanks' vm"
try "zsh: a hostile name is quoted" zsh_puts 'daqsctl set-sla node1 x' 'daqsctl set-sla node1 x\\\$\\\(touch\\ .*'
try "zsh: files" zsh_puts 'daqsctl apply /etc/hostn' 'daqsctl apply /etc/hostname'

# --- without a controller ---

try "no name ran anything" eval '[ ! -e "$RUN/pwned" ]'
kill -STOP "$CONTROLLER_PID"
on_exit kill -CONT "$CONTROLLER_PID"
began=$(date +%s%N)
try "a controller that hangs is not waited for" completes 'daqsctl vms ' '' ''
took_ms=$((($(date +%s%N) - began) / 1000000))
try "for longer than it takes to notice" at_most $took_ms 5000
try "and verbs are known without it" completes 'daqsctl list' list list-sla

# --- where they are ---

same() { ctl completion "$1" | cmp - "$2"; }
try "daqsctl prints the one for bash" same bash "$SCRIPTS/daqsctl.bash"
try "for zsh" same zsh "$SCRIPTS/_daqsctl"
try "for fish" same fish "$SCRIPTS/daqsctl.fish"
installed() {
    DESTDIR=$RUN/root cmake --install "${DAQS_BIN%/bin}" >"$RUN/out" 2>&1
    local share=$RUN/root/usr/local/share
    cmp "$share/bash-completion/completions/daqsctl" "$SCRIPTS/daqsctl.bash" &&
        cmp "$share/zsh/vendor-completions/_daqsctl" "$SCRIPTS/_daqsctl" &&
        cmp "$share/fish/vendor_completions.d/daqsctl.fish" "$SCRIPTS/daqsctl.fish"
}
try "all are installed" installed

cases_done
