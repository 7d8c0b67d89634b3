#!/bin/sh
# Builds libsodium 1.0.22 (build-aux/libsodium.sh), and this tree with it, and runs what depends on the
# version: the unit tests, the fuzz corpora, the vectors, and the tests of keys. .ci/run does the rest
# with the system's libsodium.
# usage: libsodium.sh    from anywhere; skipped (77) without the source
set -eu
cd "$(dirname "$0")/.."

build=build/sodium
folder=$PWD/$build/libsodium
mkdir -p "$build"
if ! build-aux/libsodium.sh "$folder" 2>"$build/log"; then
    cat "$build/log" >&2
    grep -q 'no cargo\|cannot fetch' "$build/log" || exit 1
    echo 'skipped: libsodium 1.0.22: its source is not here'
    exit 77
fi
exec make -j"${JOBS:-2}" BUILD="$build" SODIUM_CFLAGS="-I$folder/include" \
    SODIUM_LIBS="$folder/lib/libsodium.a -lpthread" \
    ONLY="${ONLY:-unit fuzz vectors cli/post-quantum cli/keys cli/plugins cli/sealed cli/whoami cli/passphrases}" test
