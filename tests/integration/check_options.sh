#!/usr/bin/env bash
# tools/check: which tests it has, and running some of them.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/cases.sh"
need_root
export DAQS_CHECK_LOGS=$RUN/check # not those of the check that this is a part of

check() { "$TOP/tools/check" "$@" >"$RUN/said" 2>&1; }
last() { tail -n 1 "$RUN/said"; }

lists_scripts() {
    check --list
    for script in "$TOP"/tests/integration/*.sh "$TOP"/tests/e2e/*.sh; do
        grep -qx "$(basename "$script" .sh)" "$RUN/said" || die "$script is not listed"
    done
}
try "each script is listed" lists_scripts
try "nothing is listed twice" eval '[ -z "$(sort "$RUN/said" | uniq -d)" ]'
try "to list runs nothing" eval '[ ! -e "$DAQS_CHECK_LOGS" ]'
try "--only runs what is named" eval 'check --only shell layers && [ "$(last)" = "2 passed, 0 failed, 0 skipped" ]'
try "and nothing else" eval '[ "$(grep -c "^ok " "$RUN/said")" = 2 ]'
try "an unknown name is an error" eval '! check --only shell nonsense && any_line nonsense <"$RUN/said"'
try "--only without a name is an error" eval '! check --only'
try "an unknown option is an error" eval '! check --quickly'

names_what_failed() {
    mkdir -p "$RUN/bin"
    ln -sf /bin/false "$RUN/bin/git" # which lists the scripts
    ! PATH=$RUN/bin:$PATH check --only shell schema || die "a failure is not told"
    sed -n '/^failed:$/,$p' "$RUN/said" | any_line '^shell: see build/check/shell.log$' || die "it is not named"
    [ "$(last)" = "1 passed, 1 failed, 0 skipped" ]
}
try "what failed is named at the end" names_what_failed
cases_done
