# shellcheck shell=bash
# tmux.sh - programs on terminals of any size, in a separate tmux. Source it after common.sh.
#
#   pane_start NAME COLUMNS ROWS COMMAND...   COMMAND on a terminal; its exit status is shown there
#   pane_keys NAME KEY...                     with tmux's names: a, Enter, C-c, Up, ...
#   pane_text NAME, pane_colors NAME          the contents, without and with attributes
#   pane_has NAME PATTERN, pane_lacks ...     checks for a line that matches
#   pane_size NAME COLUMNS ROWS
# SPDX-License-Identifier: Apache-2.0

export LC_ALL=C.UTF-8

tmx() { tmux -S "$RUN/tmux" -f /dev/null "$@"; }

pane_start() {
    local name=$1 columns=$2 rows=$3 command
    shift 3
    printf -v command '%q ' "$@"
    tmx new-session -d -s "$name" -x "$columns" -y "$rows" \
        "echo before; $command; echo \"ended with \$?\"; exec sleep 1000"
    on_exit tmx kill-session -t "$name"
}
pane_keys() {
    local name=$1
    shift
    tmx send-keys -t "$name" "$@"
}
pane_text() { tmx capture-pane -p -t "$1"; }
pane_colors() { tmx capture-pane -e -p -t "$1"; }
pane_has() { pane_text "$1" | any_line -E -- "$2"; }
pane_lacks() { ! pane_has "$1" "$2"; }
pane_size() { tmx resize-window -t "$1" -x "$2" -y "$3"; }

# soon WHAT COMMAND...: waits until it is true; on failure, prints the contents of the terminal.
soon() {
    local end=$((SECONDS + 20))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || {
            say "in vain: $*"
            [ "${1#pane_}" = "$1" ] || pane_text "$2" >&2
            return 1
        }
        sleep 0.05
    done
}
