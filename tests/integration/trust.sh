#!/usr/bin/env bash
# Tests access control: keys are created, hosts enrolled and revoked, operators and viewers
# distinguished, and all others rejected. Agents without guests; guests are not needed.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"

HOSTILE=${DAQS_BIN%/bin}/tests
BUS=tcp://127.0.0.1:$DAQS_PORT
REMOTE=tcp://127.0.0.1:$((DAQS_PORT + 1))
mkdir -p "$RUN/state" "$RUN/far"

{
    printf '[controller]\nbus = %s\nadmin = ipc://%s/admin.sock\nadmin_remote = %s\nhttp =\n' "$BUS" "$RUN" "$REMOTE"
    printf 'database = %s/state/daqs.db\n' "$RUN"
} >"$RUN/controllerd.conf"
controller() {
    start_daemon controller daqs-controllerd --config "$RUN/controllerd.conf"
    CONTROLLER_PID=$STARTED
    wait_for "the controller answers" ctl status
}
# agent HOST FOLDER: starts an agent without guests that keeps its state in FOLDER. Sets AGENT_PID.
agent() {
    printf '[agent]\nhost = %s\ncontroller = %s\nstate_dir = %s\n[guests]\nsource = sockets\n%s\n%s\n' \
        "$1" "$BUS" "$2" "socket_glob = $RUN/none/*.qga" "[uplink lo]
nics = all
capacity = 10Gbit" >"$RUN/agentd-$1.conf"
    start_daemon "agent-$1" daqs-agentd --config "$RUN/agentd-$1.conf"
    # shellcheck disable=SC2034 # for the caller
    AGENT_PID=$STARTED
}
state_is() { # HOST STATE
    ctl -o json hosts | jq -e --arg h "$1" --arg s "$2" 'any(.host == $h and .state == $s)' >/dev/null
}
peer() { # NAME TEST: checks the row with that name
    ctl -o json peers | jq -e --arg n "$1" "map(select(.name == \$n)) | length == 1 and (.[0] | $2)" >/dev/null
}
ended() { STATUS=0 && wait "$1" || STATUS=$?; }

# --- a first start ---

controller
KEY=$RUN/state/controller.key
try "the controller makes a key, which nobody else can read" test "$(stat -c %a "$KEY")" = 600
try "and a public one for everybody" test "$(stat -c %a "$KEY.pub")" = 644
try "it says what is to be done next" grep -q "next: copy $KEY.pub to each host" "$RUN/controller.log"
try "and its fingerprint, for comparison" grep -q "fingerprint SHA256:" "$RUN/controller.log"
try "the local socket needs no key" ctl hosts

# --- an agent on the same machine ---

agent near "$RUN/state"
try "the agent of the controller's machine is let in without being enrolled" wait_for "near" state_is near up
try "its key is its own" test "$(stat -c %a "$RUN/state/agent.key")" = 600
try "and the controller's peer" peer near '.role == "agent" and .enrolled_by == "controller"'
try "which is an event" wait_for "the event" eval 'ctl -o json events | jq -e "any(.kind == \"peer-enrolled\" and .host == \"near\")" >/dev/null'

ctl revoke near >/dev/null
try "revoked, it is not enrolled automatically again" \
    wait_for "the log" grep -q "not enrolled automatically: near was enrolled before" "$RUN/controller.log"
try "and stays away" eval '! peer near true 2>/dev/null && ! state_is near up'
ctl enroll near "$RUN/state/agent.key.pub" >/dev/null
try "until somebody enrolls it" wait_for "near" state_is near up

# --- an agent on another machine ---

try "without the controller's key an agent does not start" eval '! agent far "$RUN/far" 2>/dev/null; wait_for "its end" grep -q "controller.s key is missing" "$RUN/agent-far.log"'
cp "$KEY.pub" "$RUN/far/"
agent far "$RUN/far"
try "a host that is not enrolled is rejected, and its log has the fix" \
    wait_for "its log" grep -qF "daqsctl enroll far $(cut -d' ' -f1 "$RUN/far/agent.key.pub")" "$RUN/agent-far.log"
knocks() { ctl -o json peers | jq -e --arg k "$(cut -d' ' -f1 "$RUN/far/agent.key.pub")" \
    'any(.name == null and .key == $k and .state == "not let in" and .address == "127.0.0.1")' >/dev/null; }
try "the operator sees who knocks" knocks
try "and no host of that name" eval '! state_is far up'
try "enrolled" says 0 "far is enrolled: agent, SHA256:" ctl enroll far "$(cut -d' ' -f1 "$RUN/far/agent.key.pub")"
try "it is let in" wait_for "far" state_is far up
try "and is no longer listed as rejected" eval '! knocks'
try "the audit trail has it" eval 'ctl -o json audit far | jq -e "any(.what == \"enroll\" and (.new | startswith(\"agent \")))" >/dev/null'

# --- the key determines the name ---

stop_pid "$AGENT_PID"
agent liar "$RUN/far"
try "a host has the name of its key, whatever it says" wait_for "far" state_is far up
try "and none it has given to itself" eval '! state_is liar up'
try "which is logged" wait_for "the log" grep -q "host far calls itself liar" "$RUN/controller.log"

# --- revoked ---

try "a host is revoked" says 0 "far is revoked" ctl revoke far
try "its connection ends" wait_for "far away" state_is far away
try "and it does not come back" wait_for "its log" grep -q "was revoked" "$RUN/agent-liar.log"
try "who is not enrolled cannot be revoked" says 1 "is not enrolled" ctl revoke far
try "enrolled again" ctl enroll far "$RUN/far/agent.key.pub"
try "it comes back by itself" wait_for "far" state_is far up

# --- which key belongs to which peer ---

try "a key is one peer's" says 1 "already belongs to far" ctl enroll other "$RUN/far/agent.key.pub"
try "a host's key is not changed by mistake" says 1 "far has another key.*--force" ctl enroll far "$KEY.pub"
try "nonsense instead of a key is refused" says 2 "is not a key" ctl enroll other nonsense
try "nor is a secret key taken" says 2 "contains no public key" ctl enroll other "$RUN/far/agent.key"
try "an unknown role is refused" says 1 "unknown role" ctl enroll other "$KEY.pub" --role king

# --- operators and viewers ---

remote() { "$DAQS_BIN/daqsctl" --controller "$REMOTE" --controller-key "$KEY.pub" "$@"; }
ctl keygen "$RUN/alice.key" >"$RUN/alice.pub" 2>/dev/null
ctl keygen "$RUN/bob.key" >"$RUN/bob.pub" 2>/dev/null
try "keygen makes a key nobody else can read" test "$(stat -c %a "$RUN/alice.key")" = 600
try "and does not overwrite one" says 1 "already contains a key" ctl keygen "$RUN/alice.key"
try "a key that is not enrolled is not let in" says 1 "rejects your key" remote --key "$RUN/alice.key" hosts
try "an agent's key is not let in either" says 1 "rejects your key" remote --key "$RUN/far/agent.key" hosts
try "without a key nobody is" says 3 "closes the connection during the key exchange" env HOME="$RUN/none" "$DAQS_BIN/daqsctl" --controller "$REMOTE" hosts
try "nor is one gone without that was asked for" says 1 "daqsctl keygen" env HOME="$RUN/none" "$DAQS_BIN/daqsctl" \
    --controller "$REMOTE" --controller-key "$KEY.pub" hosts
try "nor over a network" says 1 "daqsctl keygen" env HOME="$RUN/none" "$DAQS_BIN/daqsctl" --controller tcp://192.0.2.1:7421 hosts
ctl enroll alice "$(cat "$RUN/alice.pub")" --role operator >/dev/null
ctl enroll bob "$(cat "$RUN/bob.pub")" --role viewer >/dev/null
try "an operator may change SLAs" says 0 "near/db1: min 1Gbit" remote --key "$RUN/alice.key" set-sla near db1 1Gbit
try "under the name of the key" eval 'ctl -o json list-sla | jq -e ".[0].updated_by == \"alice\"" >/dev/null'
try "a viewer may look" says 0 "near" remote --key "$RUN/bob.key" hosts
try "also into the audit trail" says 0 "enroll" remote --key "$RUN/bob.key" audit
for verb in "set-sla near db1 2Gbit" "unset-sla near db1" "set-policy near fair" "enroll x $(cat "$RUN/alice.pub")" \
    "revoke alice" "backup $RUN/copy.db"; do
    # shellcheck disable=SC2086 # words
    try "a viewer may not ${verb%% *}" says 1 "bob has the role viewer" remote --key "$RUN/bob.key" $verb
done
printf '[near/db1]\nmin = 3Gbit\n' >"$RUN/sheet"
try "nor apply" says 1 "bob has the role viewer" remote --key "$RUN/bob.key" apply "$RUN/sheet"
try "who expects another controller does not talk to this one" \
    says 3 "closes the connection during the key exchange" "$DAQS_BIN/daqsctl" --controller "$REMOTE" --key "$RUN/alice.key" --controller-key "$(cat "$RUN/bob.pub")" hosts
try "an operator's key that is revoked is refused" eval 'ctl revoke alice >/dev/null; says 1 "rejects your key" remote --key "$RUN/alice.key" hosts'

# A connection that lasts: its key is revoked while it is used, or before it is opened.
follow() {
    rm -f "$RUN/follow.status"
    {
        STATUS=0
        remote --key "$RUN/bob.key" -o json events --follow --since 1h >"$RUN/follow.out" 2>"$RUN/follow.err" ||
            STATUS=$?
        echo $STATUS >"$RUN/follow.status"
    } &
    FOLLOWER=$!
    on_exit stop_pid $FOLLOWER
}
refused() {
    wait_for "its end" test -s "$RUN/follow.status"
    [ "$(<"$RUN/follow.status")" = 1 ] && grep -q "rejects your key" "$RUN/follow.err" ||
        { say "status $(<"$RUN/follow.status"): $(cat "$RUN/follow.err")"; return 1; }
}
follow
wait_for "it is connected" test -s "$RUN/follow.out"
ctl revoke bob >/dev/null
try "a viewer that is revoked while it follows events is refused" refused
ctl enroll bob "$(cat "$RUN/bob.pub")" --role viewer >/dev/null
follow
ctl revoke bob >/dev/null
try "so is one that is revoked at any moment of its start" refused

# --- a host that is enrolled and hostile ---

# It sends the most expensive messages that the protocol allows, as fast as it can.
count() { ctl -o json status | jq -r --arg n "$1" '.[] | select(.name == $n) | .value'; }
counted() { [ "$(count "$1")" -ge "$2" ]; }
memory_mb() { awk '/VmRSS/ { printf "%d", $2 / 1000 }' "/proc/$CONTROLLER_PID/status"; }
ctl keygen "$RUN/evil.key" >/dev/null 2>&1
ctl enroll evil "$RUN/evil.key.pub" >/dev/null
"$DAQS_BIN/daqs-fleetsim" --hosts 5 --keys | ctl enroll - >/dev/null
before_mb=$(memory_mb)
evil() { # KIND
    start evil "$HOSTILE/hostile_host" "$BUS" evil "$RUN/evil.key" "$KEY.pub" "$1" 1000
    EVIL_PID=$STARTED
}
evil hellos
try "of a host's hellos those that are too many are put off" wait_for "some" counted hellos_put_off 20
fleet() {
    "$DAQS_BIN/daqs-fleetsim" --controller "$BUS" --hosts 5 --nics 8 --controller-key "$KEY.pub" \
        --warm-up 2s --duration 6s -o json >"$RUN/fleet.json" && jq -e "$1" "$RUN/fleet.json" >/dev/null
}
try "no limit of other hosts lapses meanwhile" fleet '.served == 5 and .limits_lapsed == 0 and .limits > 0'
try "nor do hosts go away" eval 'state_is near up && state_is far up'
stop_pid "$EVIL_PID"
evil mixed
try "a host that floods is disconnected" wait_for "it" counted messages_flooding 3
try "others are in their place" fleet '.served == 5 and .limits_lapsed == 0'
stop_pid "$EVIL_PID"
try "what it sent does not wait in memory" test "$(memory_mb)" -lt $((before_mb + 100))
ctl revoke evil >/dev/null

# --- without keys ---

# Three seconds of polls that would bring it up.
try "an agent without a key is not heard" eval '"$HOSTILE/fake_host" "$BUS" ghost /dev/null >/dev/null 2>&1 & P=$!; sleep 3; ! state_is ghost up; kill $P'

# --- another start ---

kill -TERM "$CONTROLLER_PID"
ended "$CONTROLLER_PID"
try "the controller ends well" test "$STATUS" = 0
before=$(cat "$KEY.pub")
controller
try "it has the same key the next time" test "$before" = "$(cat "$KEY.pub")"
try "and lets the same hosts in" wait_for "both" eval 'state_is near up && state_is far up'

# --- starting over ---

ctl set-sla far db1 1Gbit >/dev/null
ctl export >"$RUN/before.ini"
kill -TERM "$CONTROLLER_PID"
ended "$CONTROLLER_PID"
dd if=/dev/urandom of="$RUN/state/daqs.db" bs=512 count=1 conv=notrunc 2>/dev/null
try "with a damaged database it does not start, and says how to start over" \
    says 1 'otherwise start over' "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf"
# The commands as they are logged, but for the restart.
sed -n 's/^.*error: \(cd .*\)$/\1/p' "$RUN/out" >"$RUN/away"
sed -n 's/^.*error: \(daqsctl .*\)$/\1/p' "$RUN/out" >"$RUN/over"
put_away() { . "$RUN/away"; }
start_over() {
    PATH=$DAQS_BIN:$PATH
    cd "$RUN/state"
    . "$RUN/over"
}
try "what is there can be put away" put_away
controller
new_database() { ctl -o json events | jq -e 'any(.kind == "database-new")' >/dev/null; }
try "that the database is new is an event" wait_for "the event" new_database
try "far is not let in yet" eval '! state_is far up'
try "the commands that were logged can be run" start_over
try "the SLAs are back" test "$(ctl export)" = "$(cat "$RUN/before.ini")"
try "and so are the keys" wait_for "both" eval 'state_is near up && state_is far up'
chmod 644 "$KEY"
kill -TERM "$CONTROLLER_PID"
ended "$CONTROLLER_PID"
try "with a key that others can read it does not start" \
    says 1 "others may read this secret key" "$DAQS_BIN/daqs-controllerd" --config "$RUN/controllerd.conf"
cases_done
