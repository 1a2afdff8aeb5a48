#!/usr/bin/env bash
# Tests tools/check-docs: for a copy of the documentation with some defects it must report exactly
# these.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"

DAQS_BIN=$(cd "$DAQS_BIN" && pwd)
export DAQS_BIN
COPY=$RUN/copy

begin() {
    rm -rf "$COPY"
    mkdir "$COPY"
    tar -C "$TOP" -c --exclude=./build --exclude=./.git --exclude=./tests/fuzz . | tar -C "$COPY" -x
    WHATS=() PATTERNS=()
}

# wrong WHAT FILE SED PATTERN...: changes FILE by SED; a line that matches each PATTERN is expected.
wrong() {
    local what=$1 file=$2 sed=$3 pattern
    shift 3
    cp "$COPY/$file" "$RUN/before"
    sed -i -E "$sed" "$COPY/$file"
    ! cmp -s "$COPY/$file" "$RUN/before" || die "'$what' changes nothing in $file"
    for pattern; do
        WHATS+=("$what")
        PATTERNS+=("$pattern")
    done
}

said() { grep -qE -- "$1" "$RUN/out" || { say "not said: $1"; cat "$RUN/out" >&2; return 1; }; }
no_more() { [ "$(wc -l <"$RUN/out")" = ${#PATTERNS[@]} ] || { cat "$RUN/out" >&2; return 1; }; }

# look CHECK: runs the check, with one case per defect.
look() {
    local status=0 i
    "$TOP/tools/check-docs" --only "$1" "$COPY" >"$RUN/out" 2>"$RUN/err" || status=$?
    try "$1: the check fails" [ $status = 1 ]
    for ((i = 0; i < ${#WHATS[@]}; i++)); do try "$1: ${WHATS[i]}" said "${PATTERNS[i]}"; done
    try "$1: and nothing else" no_more
    begin
}

all_is_well() { "$TOP/tools/check-docs" "$COPY" >"$RUN/out" && [ ! -s "$RUN/out" ] || { cat "$RUN/out" >&2; return 1; }; }
begin
try "nothing is wrong" all_is_well
man=packaging/man

wrong "a link to no file" docs/README.md 's,\(guests.md\),(guest.md),' 'docs/README.md:[0-9]+: there is no docs/guest.md'
wrong "a link to no heading" docs/README.md 's,\(faq.md\),(faq.md#ends),' 'has no heading for #ends'
wrong "a heading that is renamed" docs/operating.md 's,^## When the disk fills up,## When it is full,' \
    'no heading for #when-the-disk-fills-up'
look links

wrong "a command with an option that there is not" README.md 's/daqsctl fit 2Gbit/& --loud/' 'README.md:[0-9]+: .*--loud'
wrong "one with too few arguments" docs/slas.md 's/daqsctl set-policy node1 default/daqsctl set-policy node1/' 'docs/slas.md:[0-9]+: .*is refused'
wrong "one with a bad rate" docs/getting-started.md 's/(daqsctl fit 2)Gbit/\1/' 'has no unit'
wrong "one in running text" docs/slas.md 's/`daqsctl fit 2Gbit`/`daqsctl fits 2Gbit`/' "'daqsctl fits 2Gbit' is refused"
wrong "one in the manual" $man/daqsctl.1.scd 's/^daqsctl export/& now/' 'daqsctl.1.scd:[0-9]+: .*is refused'
wrong "one of a daemon" $man/daqs-agentd.8.scd 's/^daqs-agentd --check-config/&ure/' 'daqs-agentd.8.scd:[0-9]+: .*is refused'
wrong "an unknown tool" README.md 's,sudo tools/quickstart,sudo tools/slowstart,' 'there is no tools/slowstart'
wrong "an unknown unit" docs/getting-started.md 's/(enable --now daqs-agent)d/\1/' 'there is no unit daqs-agent.service'
look commands

wrong "a setting of the agent's that is refused" docs/getting-started.md 's/^nics = all/nics = every/' 'daqs-agentd refuses this'
wrong "one of an example" packaging/controllerd.conf 's/^(; mode = ).*/\1even/' "controllerd.conf: without its semicolons .*'even'"
look settings

wrong "a reason in other words" docs/faq.md 's/^\| `tc in the guest refused the limit`/| `tc refused`/' \
    'a reason is missing .*: tc in the guest refused the limit' "'tc refused' is not a reason"
wrong "a reason in other words beside a guest" docs/guests.md 's/(`unresponsive`, `the guest agent) does not list/\1 lacks/' \
    "'the guest agent lacks this interface' is neither"
wrong "a reason without advice" docs/faq.md 's/^(\| `the guest.s kernel has no HTB` \|).*/\1 |/' '`the guest.s kernel has no HTB` is not explained'
wrong "a state that the page has not" docs/faq.md '/^\| `tampered` \|/d' 'a state is missing .*: tampered'
wrong "a field of the API" docs/api.md 's/guaranteed_bps vms/guaranteed_bps/' 'hosts has the fields .*guaranteed_bps vms'
look lists

wrong "an event that the page has not" docs/events.md '/^\| `sla-stays`/d' 'events.md:[0-9]+: .*`sla-stays`'
wrong "a key that the manual has not" $man/agentd.conf.5.scd '/^\*enforce\* =/d' 'agentd.conf.5.scd:[0-9]+: .*\*enforce\* ='
wrong "one that the page has not" docs/configuration.md '/^\| +\| `lease`/d' 'configuration.md:[0-9]+: .*`lease`'
wrong "one that the example has not" packaging/controllerd.conf '/^; queue/d' 'controllerd.conf:[0-9]+: .*; queue ='
wrong "a default that differs in the manual" $man/controllerd.conf.5.scd 's/^(\*keep\* = )24h/\12h/' '\*keep\* = 24h'
wrong "and in the example" packaging/agentd.conf 's/^(; poll_interval = )200ms/\1100ms/' '; poll_interval = 200ms'
wrong "a verb that the manual has not, and one that daqsctl has not" $man/daqsctl.1.scd 's/^\*peers\*/*pears*/' 'daqsctl.1.scd:[0-9]+: .*\*peers\*'
wrong "a verb that is used otherwise" $man/daqsctl.1.scd 's/^(\*fit\* _RATE_)/\1 [_HOST_]/' 'daqsctl.1.scd:[0-9]+: .*\*fit\* _RATE_$'
wrong "an option of a verb that the manual has not" $man/daqsctl.1.scd '/^\t\*--follow\*/d' 'daqsctl.1.scd:[0-9]+: .*\*--follow\*'
wrong "a variable that the manual has not" $man/daqsctl.1.scd 's/NO_COLOR/COLOURLESS/' 'Colour states.*NO_COLOR'
wrong "an option that the manual has not" $man/daqs-fleetsim.1.scd '/^\*--churn\*/d' 'daqs-fleetsim.1.scd:[0-9]+: .*\*--churn\*'
wrong "one that the program has not" $man/daqs-agentd.8.scd 's/^\*--verbose\*/&, *--loud*/' 'daqs-agentd.8.scd:[0-9]+: .*\*--verbose\*'
wrong "a mode" docs/configuration.md '/^\| `fair` \|/d' 'configuration.md:[0-9]+: .*`fair`'
wrong "a counter" docs/operating.md '/^\| `names_refused`/d' 'operating.md:[0-9]+: .*`names_refused`'
wrong "a metric" docs/metrics.md 's/`daqs_uplink_vms`/`daqs_uplink_guests`/' 'metrics.md:[0-9]+: .*`daqs_uplink_vms`'
wrong "the type of a metric" docs/metrics.md 's/^(\| `daqs_controller_hosts_up` \| )gauge/\1counter/' '`daqs_controller_hosts_up` . gauge'
wrong "what a metric is" docs/metrics.md 's/^(\| `daqs_agent_epoch` .*)highest/\1lowest/' 'The highest epoch'
wrong "a reason of the policy in other words" docs/faq.md 's/^\| `yields to a guaranteed VM`/| `yields`/' 'faq.md:[0-9]+: .*`yields to'
wrong "a cause that the protocol has not" schema/wire.md '/^\| 24 \| the guest agent/d' 'wire.md:[0-9]+: .* 24 '
wrong "a state that there is not" schema/wire.md 's/^\| 4 (\| tampered)/| 44 \1/' 'wire.md:[0-9]+: .* 4 . tampered'
wrong "an element of a message" schema/wire.md '/^\| 9 \| backlog/d' 'wire.md:[0-9]+: .*backlog'
wrong "the bound of an element" schema/wire.md '/^\| 3 .*label/s/label\(64\)/label(65)/' 'wire.md:[0-9]+: .*label.64.'
look generated

wrong "a key that the program has not" docs/configuration.md 's/^(\| +\| )`headroom`(.*)/&\n\1`tenancy`\2/' 'configuration.md:[0-9]+: .*`lease`'
wrong "an unknown event" docs/events.md 's/^\| `sla-renamed`/| `sla-goes`, `sla-renamed`/' 'events.md:[0-9]+: .*`sla-renamed`'
wrong "a table that is not generated" docs/operating.md 's/^<!-- generated: counters/<!-- counters/' "operating.md: nothing is generated from 'counters'"
wrong "an unknown one" docs/configuration.md 's/^<!-- generated: modes/&s/' "there is no table for 'modess'" "nothing is generated from 'modes'" 'configuration.md:[0-9]+: not what'
look generated

cases_done
