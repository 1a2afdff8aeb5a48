#!/usr/bin/env bash
# The gates of the structure: each row of tools/check-layers refuses what it does not allow, and
# tools/check-circles finds files that need each other.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/cases.sh"

# --- layers ---

rows() { sed -n "/<<'RULES'/,/^RULES/p" "$TOP/tools/check-layers" | grep '|'; }
FOLDERS=$(rows | cut -d'|' -f1)
LIBRARIES='curl/curl.h curses.h czmq.h ini.h jansson.h libvirt/libvirt.h libxml/parser.h microhttpd.h netlink/netlink.h sodium.h sqlite3.h systemd/sd-daemon.h uthash.h utlist.h'

# A tree with a file in each folder, which includes a header of every folder and every library.
TREE=$RUN/schemas
for folder in $FOLDERS; do
    mkdir -p "$TREE/$folder"
    {
        for other in $FOLDERS; do printf '#include "%s/x.h"\n' "$other"; done
        for library in $LIBRARIES; do printf '#include <%s>\n' "$library"; done
    } >"$TREE/$folder/x.c"
done
"$TOP/tools/check-layers" "$TREE" >"$RUN/layers" && die "check-layers accepts everything"

complains() { grep -qF ": $1 must not $2" "$RUN/layers"; }
# is_within FOLDER LIST...: the folder, or one above it, is listed.
is_within() {
    local folder=$1 listed
    shift
    for listed in "$@"; do
        [[ $folder = "$listed" || $folder = "$listed"/* ]] && return 0
    done
    return 1
}
refuses_other_folders() { # FOLDER ALLOWED
    local other refused=0
    for other in $FOLDERS; do
        # shellcheck disable=SC2086 # a list of words
        if is_within "$other" $2; then
            ! complains "$1" "include $other/x.h" || die "$1 may include $other"
        else
            complains "$1" "include $other/x.h" || die "$1 must not include $other"
            refused=$((refused + 1))
        fi
    done
    # Every folder lies below another one; a program's own folder may see all that it is made of.
    [ "$refused" -gt 0 ]
}
refuses_other_libraries() { # FOLDER ALLOWED
    local library
    for library in $LIBRARIES; do
        if [[ " $2 " = *" ${library%%/*} "* || " $2 " = *" $library "* ]]; then
            ! complains "$1" "use <$library>" || die "$1 may use $library"
        else
            complains "$1" "use <$library>" || die "$1 must not use $library"
        fi
    done
}
while IFS='|' read -r folder ours foreign; do
    try "$folder includes only folders below it" refuses_other_folders "$folder" "$ours"
    try "$folder uses only its own libraries" refuses_other_libraries "$folder" "$foreign"
done < <(rows)

mkdir -p "$TREE/shared/unlisted"
echo 'int x;' >"$TREE/shared/unlisted/x.c"
try "a folder without a row is refused" \
    says 1 'shared/unlisted: has no place' "$TOP/tools/check-layers" "$TREE"

# --- circles ---

# compile FILE TEXT: a source and its object, as CMake leaves them in the folder of a build.
compile() {
    mkdir -p "$(dirname "$RUN/build/$1")" "$(dirname "$RUN/build/CMakeFiles/x.dir/$1")"
    printf '%s\n' "$2" >"$RUN/build/$1"
    cc -c "$RUN/build/$1" -o "$RUN/build/CMakeFiles/x.dir/$1.o"
}
circles() { "$TOP/tools/check-circles" "$RUN/build"; }

mkdir -p "$RUN/build/CMakeFiles"
try "without objects, circles cannot be checked" says 2 'no objects' circles
compile agentd/a.c 'int b(void); int a(void); int a(void) { return b(); }'
compile agentd/core/b.c 'int c(void); int b(void); int b(void) { return c(); }'
compile shared/base/c.c 'int c(void); int c(void) { return 0; }'
try "files that need each other in one direction are accepted" circles
compile shared/base/c.c 'int a(void); int c(void); int c(void) { return a(); }'
try "a circle of three files is found" \
    says 1 'a circle of agentd/a.c, agentd/core/b.c, shared/base/c.c' circles
try "the symbol of each arrow is named" says 1 'shared/base/c.c -> agentd/a.c: a' circles
rm "$RUN/build/shared/base/c.c"
try "an object whose source is gone does not count" circles

# --- migrations ---

mkdir -p "$RUN/schemas/tools"
cp -r "$TOP/schema" "$RUN/schemas/"
cp "$TOP/tools/check-schema" "$RUN/schemas/tools/"
check_schema() { "$RUN/schemas/tools/check-schema" "$@"; }
# next_migration SQL NEEDS: writes the next migration of the shared database.
next_migration() { printf -- '-- needs: %s\n%s;\n' "$2" "$1" >"$RUN/schemas/schema/pg/0099_next.sql"; }

try "the migrations are as they were released" check_schema
next_migration 'ALTER TABLE daqs.sla ADD COLUMN note text' 98
try "a new migration needs its checksum" says 1 'pg/0099_next.sql is not in CHECKSUMS' check_schema
try "a migration of the shared database may add" check_schema --add
next_migration 'ALTER TABLE daqs.sla ADD COLUMN other text' 98
try "a migration that was changed is refused" says 1 'pg/0099_next.sql: FAILED' check_schema
sed -i '/0099_next/d' "$RUN/schemas/schema/CHECKSUMS"
next_migration 'ALTER TABLE daqs.sla DROP COLUMN uuid' 98
try "a migration of the shared database must not remove" says 1 "removes something" check_schema --add
sed -i '/0099_next/d' "$RUN/schemas/schema/CHECKSUMS"
next_migration 'ALTER TABLE daqs.sla DROP COLUMN uuid' 99
try "unless it says that it needs its own program" check_schema --add
cases_done
