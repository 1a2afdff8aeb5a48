#!/usr/bin/env bash
# Tests daqsctl on terminals: top, tables that fit, colours, progress messages. fake_host acts as
# one host; guests are not needed.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
. "$TOP/tests/lib/tmux.sh"
DAQS_INSECURE=yes
unset NO_COLOR

CTL=$DAQS_BIN/daqsctl
controller_start
# States: 1 ok, 2 unresponsive, 3 unmanaged, 4 tampered.
printf '%s\n' 'up0=10Gbit' 'slow - 1 1000' 'db1 - 1 20000000' 'db2 - 2 10000000' '数据库 - 4 5000000' \
    'a-vm-with-quite-a-long-name - 3 2000' >"$RUN/node1.vms"
start host "${DAQS_BIN%/bin}/tests/fake_host" "tcp://127.0.0.1:$DAQS_PORT" node1 "$RUN/node1.vms"
wait_for "all nics are measured" vms_seen node1 5
ctl set-sla node1 db1 2Gbit >"$RUN/out"

# --- top ---

# first_vms NAME VM...: checks that these are the first in the list, in this order, by the part of
# their names before a dash.
first_vms() {
    local name=$1 want
    shift
    want=$(printf '%s ' "$@")
    [ "$(pane_text "$name" | sed '1,/HOST *VM/d' | awk -v n=$# 'NR <= n { sub("-.*", "", $2); printf "%s ", $2 }')" = "$want" ]
}

pane_start top 110 12 "$CTL" top --interval 200ms
try "top shows the fleet" soon pane_has top '^1/1 hosts up  uplinks 2[0-9]%  guarantees 1/1 kept'
try "the busiest is first" soon first_vms top db1 db2 数据库 a slow
try "with its load, and where its guarantee ends" soon pane_has top 'db1 .*1\.6Gbit  ██\|·······'
try "trouble is coloured, and said" eval 'pane_colors top | any_line $'"'"'\e\[31mtampered'"'"' && pane_colors top | any_line $'"'"'\e\[33munresponsive'"'"
pane_keys top r
try "r turns the order round" soon first_vms top slow a
pane_keys top r S
try "S sorts by the column before" soon first_vms top a db1 db2 slow 数据库
try "and says so" soon pane_has top '^by vm  1-5 of 5'
pane_keys top s
try "s by the next" soon first_vms top db1 db2
pane_keys top / D B
try "a filter shows while it is typed" soon pane_has top '^/DB_'
pane_keys top Enter
only_dbs() { pane_has top 'db1' && pane_has top 'db2' && pane_lacks top 'slow' && pane_has top '1-2 of 2'; }
try "and leaves the names that have it, whatever their case" soon only_dbs
pane_keys top Escape
try "Esc brings all back" soon pane_has top ' slow '
pane_keys top h
try "h shows the keys" soon pane_has top 'sort by the next column'
pane_keys top h
pane_size top 20 5
tiny() { pane_has top '^1/1 hosts up$' && pane_has top '^VM +USAGE\*$' && pane_has top '^db1 +1\.6Gbit$'; }
try "it fits 20 columns and 5 rows" soon tiny
pane_keys top Down Down
try "arrows scroll" soon pane_lacks top 'db1'
pane_keys top Home
try "and Home goes back" soon pane_has top 'db1'
pane_size top 1 1
pane_size top 200 30
try "it grows again" soon pane_has top 'db1 .*02:00:00:00:00:01'
pane_size top 110 12

stop_pid "$CONTROLLER_PID"
try "a controller that goes away is told of" soon pane_has top '^[0-9]+ s old: .*(does not answer|no controller answers)'
try "and what was known last stays" soon pane_has top 'db1 .*1\.6Gbit'
pane_keys top S
try "keys go on working" soon first_vms top a db1
pane_keys top s
controller_start
try "one that comes back is shown again" soon pane_has top '^by usage  1-5 of 5'
wait_for "all nics are measured again" vms_seen node1 5

pane_keys top q
restored() { pane_has top '^before$' && pane_has top '^ended with 0$' && pane_lacks top 'HOST'; }
try "q restores the screen" soon restored
pane_start interrupted 80 10 "$CTL" top
soon pane_has interrupted 'db1'
pane_keys interrupted C-c
try "so does Ctrl-C" soon pane_has interrupted '^ended with 0$'

# pane_pid NAME: prints the pid of the program on a pane, the child of its shell.
pane_pid() { pgrep -P "$(tmx list-panes -t "$1" -F '#{pane_pid}')"; }
pane_start killed 80 10 "$CTL" top
soon pane_has killed 'db1'
kill -TERM "$(pane_pid killed)"
killed() { pane_has killed '^before$' && pane_has killed '^ended with 143$' && pane_lacks killed 'HOST'; }
try "so does SIGTERM, of which it dies" soon killed

pane_start plain 110 12 env NO_COLOR=1 "$CTL" top
soon pane_has plain 'tampered'
no_color() { ! pane_colors plain | any_line -E $'\e\\[[0-9;]*(3[0-7]|9[0-7])'; }
try "NO_COLOR turns colours off" no_color
pane_start ascii 110 12 env LC_ALL=C "$CTL" top node1
try "in the locale C bars are plain" soon pane_has ascii 'db1 .*  ##\|\.\.\.\.\.\.\.'

says_of() { # STATUS PATTERN COMMAND...: checks for one line on stderr
    says "$@" && [ "$(wc -l <"$RUN/out")" = 1 ]
}
try "top needs a terminal" says_of 1 'top needs a terminal; daqsctl vms prints' "$CTL" top
try "it has no json" says_of 2 'it fills a terminal; vms has a table' "$CTL" -o json top
try "an interval is a span" says_of 2 '^daqsctl: --interval: .* is not a duration' "$CTL" top --interval soon
try "of bounds" says_of 2 '--interval takes 100ms to 1h' "$CTL" top --interval 1ms
pane_start dumb 200 5 env TERM=dumb "$CTL" top
try "a terminal that cannot move its cursor is refused" soon pane_has dumb "^daqsctl: top needs a terminal that can move its cursor, and TERM is 'dumb'"
pane_start unknown 200 5 "$CTL" top nowhere
try "an unknown host is told without a screen" soon pane_has unknown '^daqsctl: host nowhere is not known'

# --- tables ---

pane_start narrow 20 12 "$CTL" vms
try "a table fits 20 columns" soon pane_has narrow '^db1 +1\.6Gbit$'
try "what is cut says so" pane_has narrow '^a-vm-w.*…'
pane_start narrowc 20 12 env LC_ALL=C "$CTL" vms
try "in the locale C with dots" soon pane_has narrowc '^a-vm-w.*\.\.'
pane_start wide 80 12 "$CTL" vms
try "in 80 columns the least important are left out" soon pane_has wide '^HOST +VM +USAGE +LIMIT +MIN +MAX +STATE +REASON$'
colored() { tmx capture-pane -e -p -t "$1" | any_line $'\e\\[31mtampered'; }
try "trouble is coloured on a terminal" colored wide
pane_start never 80 12 "$CTL" vms --color never
soon pane_has never 'tampered'
try "never with --color never" eval '! colored never'
whole() { ctl vms >"$RUN/out" && grep -q '^HOST .* NIC .*WEIGHT' "$RUN/out" && ! grep -q $'\e' "$RUN/out"; }
try "what is piped is whole and plain" whole
try "coloured if that is wanted" eval 'ctl vms --color always | grep $'"'"'\e\[31mtampered'"'"

# --- progress messages ---

# A controller that has answered already, and then does not for a while.
stop_pid "$CONTROLLER_PID"
DAQS_INSECURE=
controller_start
mkfifo "$RUN/names"
pane_start slow 80 12 sh -c "exec '$CTL' enroll - <'$RUN/names'"
exec 7>"$RUN/names"
key=$(ctl keygen "$RUN/some.key" 2>"$RUN/err")
echo "node7 $key" >&7
soon pane_has slow 'node7'
kill -STOP "$CONTROLLER_PID"
on_exit kill -CONT "$CONTROLLER_PID"
echo "node8 $key" >&7
try "what takes longer than a second shows that it goes on" soon pane_has slow '^[|/\\-] enroll: [0-9]+ s'
"$CTL" vms >"$RUN/out" 2>"$RUN/err" || true # daqsctl gives up, after more than a second
try "but not to a file" eval '[ "$(wc -l <"$RUN/err")" = 1 ] && ! grep -q "vms: " "$RUN/err"'
kill -CONT "$CONTROLLER_PID"
exec 7>&-
gone() { pane_has slow '^ended with 1$' && pane_has slow '^daqsctl: line 2: ' && pane_lacks slow 'enroll: '; }
try "and leaves nothing behind" soon gone

cases_done
