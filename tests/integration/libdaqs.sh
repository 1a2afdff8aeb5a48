#!/usr/bin/env bash
# Tests the shared library as a program finds it: what it exports, its header, what is installed,
# and its example with a controller.
# SPDX-License-Identifier: Apache-2.0

. "$(dirname "$0")/../lib/common.sh"
. "$TOP/tests/lib/daqs.sh"
. "$TOP/tests/lib/cases.sh"
BUILD=${DAQS_BIN%/bin}

# --- what it exports ---

listed() { sed -n 's/^    \(daqs_[a-z_]*\);$/\1/p' "$TOP/libdaqs/libdaqs.map" | sort; }
declared() { grep -v '^typedef' "$TOP/libdaqs/daqs.h" | grep -oE '\bdaqs_[a-z_]+\(' | tr -d '(' | sort -u; }
exported() { nm -D --defined-only "$BUILD/libdaqs.so.0" | awk '$2 != "A" { print $3 }' | sort; }
try "it exports what its map lists, in the version DAQS_0, and nothing else" \
    diff <(listed | sed 's/$/@@DAQS_0/') <(exported)
try "which is what its header declares" diff <(listed) <(declared)
try "its name has a version" eval 'readelf -d "$BUILD/libdaqs.so.0" | any_line "SONAME.*libdaqs\.so\.0"'

# --- what is installed ---

for component in library development; do
    DESTDIR=$RUN/root cmake --install "$BUILD" --component $component >"$RUN/install.log"
done
FLAGS=$(PKG_CONFIG_PATH=$(find "$RUN/root" -name pkgconfig) PKG_CONFIG_SYSROOT_DIR=$RUN/root \
    pkg-config --cflags --libs daqs)
echo '#include <daqs.h>' >"$RUN/alone.c"
cp "$RUN/alone.c" "$RUN/alone.cc"
# shellcheck disable=SC2086 # words
{
    try "its header compiles alone in C" "${CC:-cc}" -std=c11 -Wall -Wextra -pedantic -Werror -c "$RUN/alone.c" -o "$RUN/alone.o" $FLAGS
    try "and in C++" "${CXX:-c++}" -std=c++11 -Wall -Wextra -pedantic -Werror -c "$RUN/alone.cc" -o "$RUN/alone.o" $FLAGS
    try "a program is built with what pkg-config says" "${CC:-cc}" "$TOP/libdaqs/example.c" -o "$RUN/example" $FLAGS
}

# --- its example ---

export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(dirname "$(find "$RUN/root" -name libdaqs.so.0)")
REMOTE=tcp://127.0.0.1:$((DAQS_PORT + 1))
CONTROLLER_LINES="admin_remote = $REMOTE"
controller_start
ctl set-sla node1 db1 2Gbit >"$RUN/out"
ctl set-sla node1 db2 none --max 1Gbit >"$RUN/out"
example() { "$RUN/example" "ipc:///nonexistent/admin.sock,$1"; }
try "it lists the SLAs of a controller" eval \
    '[ "$(example "$DAQS_CONTROLLER" | sort | paste -sd,)" = "node1/db1 2000000000,node1/db2 0" ]'
try "without a controller it says why" says 1 'no controller answers at ipc:///nonexistent/b: the socket does not exist' \
    "$RUN/example" ipc:///nonexistent/b
try "a wrong endpoint is rejected" says 1 'controllers: .nothing. is not an endpoint' "$RUN/example" nothing

# --- keys ---

export DAQS_KEY=$RUN/alice.key DAQS_CONTROLLER_KEY=$RUN/controller.key.pub
ctl keygen "$DAQS_KEY" >"$RUN/alice.pub" 2>"$RUN/out"
try "a key that is not enrolled is rejected" says 1 'rejects your key' "$RUN/example" "$REMOTE"
ctl enroll alice "$(cat "$RUN/alice.pub")" --role viewer >"$RUN/out"
try "one that is enrolled is not" says 0 '^node1/db1 2000000000$' "$RUN/example" "$REMOTE"
try "a controller with another key is not spoken to" says 1 'closes the connection during the key exchange' \
    env DAQS_CONTROLLER_KEY="$(cat "$RUN/alice.pub")" "$RUN/example" "$REMOTE"
cases_done
