#!/usr/bin/env bash
# Tests faults of the database: the disk fills up, the database is locked, read-only, damaged, or
# its file system has run out of inodes. Control continues; data that cannot be stored is reported,
# refused or added later.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
DAQS_INSECURE=yes
need_root

mkdir "$RUN/disk"
mount -t tmpfs -o size=8m,nr_inodes=64 daqs-test "$RUN/disk"
on_exit umount -l "$RUN/disk"
DB=$RUN/disk/daqs.db
controller_on_disk() {
    controller_start
    stop_pid "$CONTROLLER_PID"
    sed -i "s|^database = .*|database = $DB|" "$RUN/controllerd.conf"
    start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
    CONTROLLER_PID=$STARTED
    wait_for "the controller answers" ctl status
}
status_is() { ctl -o json status | jq -e --arg n "$1" --arg v "$2" 'any(.name == $n and .value == $v)' >/dev/null; }
controller_on_disk
"$DAQS_BIN/daqs-fleetsim" --controller "tcp://127.0.0.1:$DAQS_PORT" --hosts 10 --nics 8 \
    --capacity 10Gbit --mix steady=1 --duration 3600s >"$RUN/fleet.log" 2>&1 </dev/null &
FLEET_PID=$!
on_exit stop_pid $FLEET_PID
all_there() { ctl -o json vms | jq -e 'map(select(.usage_bps != null)) | length == 80' >/dev/null; }
wait_for "80 measured nics" all_there
ctl set-sla sim0001 vm01 4Gbit >/dev/null
# The guarantee comes into use and is given back every few seconds: limits are set and lifted.
limited() { ctl -o json vms sim0001 | jq -e 'map(select(.vm != "vm01")) | all(.limit_bps != null)' >/dev/null; }
free() { ctl -o json vms sim0001 | jq -e 'all(.limit_bps == null)' >/dev/null; }
control_goes_on() {
    wait_for "limits" limited
    wait_for "no limits" free
}
try "all is well to begin with" control_goes_on
event() { ctl -o json events --since 1h | jq -e --arg k "$1" 'any(.kind == $k)' >/dev/null; }

# --- full ---

fill() { dd if=/dev/zero of="$RUN/disk/filler" bs=4k 2>/dev/null || true; }
fill
try "history stops when the disk is full, and says so" wait_for "failing" status_is history failing
try "the log has the reason" grep -q "history is not stored: .*full" "$RUN/controller.log"
try "control goes on" control_goes_on
sla_refused() {
    ! ctl set-sla sim0002 vm01 1Gbit 2>"$RUN/refused" && grep -q "nothing changed: .*full" "$RUN/refused" &&
        ctl -o json list-sla sim0002 | jq -e 'length == 0' >/dev/null
}
try "an SLA is refused, with the reason" sla_refused
backup_refused() {
    ! ctl backup "$RUN/disk/backup.db" 2>"$RUN/refused" && ! ls "$RUN/disk"/backup.db* 2>"$RUN/none" &&
        grep -q "^daqsctl: no backup: cannot write the copy: .*full" "$RUN/refused" ||
        { say "said: $(cat "$RUN/refused")"; return 1; }
}
try "a backup to there is refused, with the reason, and leaves nothing" backup_refused
rm "$RUN/disk/filler"
try "when there is room history goes on by itself" wait_for "history ok" status_is history ok
try "the gap is an event" wait_for "history-gap" event history-gap
back() { ctl -o json events --since 1h | jq -e 'any(.kind == "history-back" and .since != null)' >/dev/null; }
try "and so is its end" wait_for "history-back" back
try "SLAs are taken again" ctl set-sla sim0002 vm01 1Gbit

# --- SLAs as text ---

sla_file_is_current() { diff <(ctl export) <(grep -v '^#' "$RUN/disk/slas.ini") >"$RUN/none" 2>&1; }
try "all SLAs are kept as text, as export prints them" wait_for "slas.ini" sla_file_is_current
mkdir "$RUN/disk/slas.ini.new"
ctl set-sla sim0004 vm01 1Gbit >/dev/null
try "if they cannot be written, that is an event" wait_for "the event" event sla-file-failing
try "and shows in the status" status_is sla_file failing
try "and SLAs are taken all the same" ctl set-sla sim0004 vm01 2Gbit
rmdir "$RUN/disk/slas.ini.new"
try "once they can be written again, that is an event" wait_for "the event" event sla-file-back
try "and the file is current again" wait_for "slas.ini" sla_file_is_current
ctl unset-sla sim0004 vm01 >/dev/null

# --- locked ---

mkfifo "$RUN/locker"
sqlite3 -bail "$DB" <"$RUN/locker" >"$RUN/locker.out" &
LOCKER=$!
on_exit stop_pid $LOCKER
exec 8>"$RUN/locker"
printf '.timeout 10000\nBEGIN IMMEDIATE;\n.print locked\n' >&8
wait_for "the lock" grep -q locked "$RUN/locker.out"
locked_out() { ! ctl set-sla sim0003 vm01 1Gbit 2>"$RUN/refused" && grep -q "nothing changed: .*locked" "$RUN/refused"; }
try "an SLA is refused while someone locks the database" locked_out
try "control goes on" control_goes_on
exec 8>&-
wait $LOCKER || true
try "when the lock is gone SLAs are taken again" wait_for "an SLA" ctl set-sla sim0003 vm01 1Gbit
try "and history goes on" wait_for "history ok" status_is history ok

# --- starting ---

stop_pid "$CONTROLLER_PID"
# cannot_start WORDS: checks that the controller logs the reason and exits.
cannot_start() {
    ! timeout 30 "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf" >"$RUN/start.log" 2>&1 &&
        grep -q "$1" "$RUN/start.log"
}
fill
try "on a full disk it does not start, and says why" cannot_start "full\|No space left"
rm "$RUN/disk/filler" "$DB-wal" "$DB-shm"
for i in $(seq 64); do : >"$RUN/disk/inode$i" || break; done 2>/dev/null
try "without a free inode neither" cannot_start "unable to open\|No space left"
rm -f "$RUN/disk"/inode*
mount -o remount,ro "$RUN/disk"
try "nor on a read-only one" cannot_start "read-only\|readonly\|Read-only"
mount -o remount,rw "$RUN/disk"

# --- damaged events ---

# damage TABLE: overwrites the first page of a table while no controller runs.
damage() {
    local page
    page=$(sqlite3 "$DB" "SELECT rootpage FROM sqlite_schema WHERE name = '$1'")
    dd if=/dev/urandom of="$DB" bs=4096 seek=$((page - 1)) count=1 conv=notrunc 2>/dev/null
}
cp "$DB" "$RUN/good.db"
damage event
DAQS_HTTP=127.0.0.1:$((DAQS_PORT + 45))
sed -i "s|^http = .*|http = $DAQS_HTTP|" "$RUN/controllerd.conf"
start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
CONTROLLER_PID=$STARTED
wait_for "the controller answers" ctl status
try "with damaged events it starts, and control goes on" control_goes_on
try "the status names the damage" wait_for "the damage" status_is database damaged
damage_is_a_problem() { # status 4: there are problems
    (ctl -o json problems || [ $? = 4 ]) | jq -e 'any(.kind == "database-damaged")' >/dev/null
}
try "and so do the problems" damage_is_a_problem
try "and that events are not stored" wait_for "events" status_is events failing
unready() { [ "$(curl -s -o "$RUN/none" -w '%{http_code}' "http://$DAQS_HTTP/readyz")" = 503 ]; }
try "and it is not ready" unready
try "history goes on" status_is history ok
try "SLAs are taken" eval 'ctl set-sla sim0005 vm01 1Gbit && ctl unset-sla sim0005 vm01'
backup_of_damage() {
    : >"$RUN/disk/backup.db.part" # as a controller that was killed leaves it
    ! ctl backup "$RUN/disk/backup.db" 2>"$RUN/refused" && ! ls "$RUN/disk"/backup.db* 2>"$RUN/none" &&
        grep -q "^daqsctl: no backup: the database is damaged" "$RUN/refused" ||
        { say "said: $(cat "$RUN/refused")"; return 1; }
}
try "a damaged database is not copied" backup_of_damage
# The daily backup of operating.md, here into this folder.
sed -n '/^    #!\/bin\/sh/,/-delete$/ s/^    //p' "$TOP/docs/operating.md" |
    sed "s|/var/backups/daqs|$RUN/daily|; s|daqsctl|$DAQS_BIN/daqsctl|" >"$RUN/daqs-backup"
OLD=$RUN/daily/daily-2000-01-01.db
mkdir "$RUN/daily" && : >"$OLD" && touch -d '20 days ago' "$OLD"
rotates_not() { ! sh "$RUN/daqs-backup" 2>"$RUN/none" && [ "$(ls "$RUN/daily")" = "${OLD##*/}" ]; }
try "a daily backup that fails deletes no older one" rotates_not
stop_pid "$CONTROLLER_PID"
cp "$RUN/good.db" "$DB" && rm -f "$DB-wal" "$DB-shm"
start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
CONTROLLER_PID=$STARTED
wait_for "the controller answers" ctl status
rotates() { sh "$RUN/daqs-backup" >"$RUN/none" && [ "$(ls "$RUN/daily")" = "daily-$(date +%F).db" ]; }
try "one that succeeds does" rotates
stop_pid "$CONTROLLER_PID"

# --- damaged ---

cp "$DB" "$RUN/good.db"
# Pages in the middle, as a bad disk returns them; then a little of each page.
size=$(stat -c %s "$DB")
dd if=/dev/urandom of="$DB" bs=4096 seek=$((size / 8192)) count=20 conv=notrunc 2>/dev/null
start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
ended_or_up() { ! kill -0 "$STARTED" 2>/dev/null || ctl status >/dev/null 2>&1; }
wait_for "an end or an answer" ended_or_up
if kill -0 "$STARTED" 2>/dev/null; then # unless the controller needs the damaged part at once
    try "a damaged database is lived with" control_goes_on
    stop_pid "$STARTED"
fi
DAMAGED_STATUS=0
wait "$STARTED" || DAMAGED_STATUS=$?
# 0: stopped by this script; 1: gave up with a reason; anything else is a crash.
unharmed() {
    [ "$DAMAGED_STATUS" = 0 ] || { [ "$DAMAGED_STATUS" = 1 ] &&
        grep -qi "malformed\|not a database\|damaged" "$RUN/controller.log"; }
}
try "a damaged database does not crash it" unharmed
cp "$RUN/good.db" "$DB" && rm -f "$DB-wal" "$DB-shm"
controller_on_disk
try "a good one put back is as if nothing had been" control_goes_on
try "with its SLAs" eval '[ "$(ctl -o json list-sla | jq length)" = 3 ]'

stop_pid $FLEET_PID
stop_pid "$CONTROLLER_PID"
cases_done
