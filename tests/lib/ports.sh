# shellcheck shell=bash
# ports.sh - TCP ports of this run on loopback, which no other run has at the same time. Source it
# after common.sh; daqs.sh and pg.sh do.
#
# From DAQS_PORT on there are 64 ports below the ephemeral ones (32768 and up): programs and members of
# a group first, HTTP from + 41, the database from + 48. A block is taken by a lock on a file, which this
# run and what it starts hold until the last of them has ended. With DAQS_PORT set, none is taken.
# SPDX-License-Identifier: Apache-2.0

PORTS_FIRST=10048 PORTS_A_BLOCK=64 PORTS_BLOCKS=350

# ports_take: takes a free block, and sets DAQS_PORT.
ports_take() {
    local number file fd folder=${TMPDIR:-/tmp}/.daqs-ports
    [ -d "$folder" ] || mkdir -m 1777 "$folder" 2>/dev/null || [ -d "$folder" ] # for all users
    for ((number = 0; number < PORTS_BLOCKS; number++)); do
        file=$folder/$((($$ + number) % PORTS_BLOCKS))
        [ -e "$file" ] || : >>"$file"
        exec {fd}<"$file"
        if flock -n "$fd"; then
            DAQS_PORT=$((PORTS_FIRST + ${file##*/} * PORTS_A_BLOCK))
            return 0
        fi
        exec {fd}>&-
    done
    die "all ports for tests are taken: $folder"
}

[ -n "${DAQS_PORT:-}" ] || ports_take
