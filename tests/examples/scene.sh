# What the tests of the examples share: vault stands in the PATH, as an example expects it.
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

mkdir bin
ln -s "$BIN" bin/vault
PATH=$WORK/bin:$PATH

quiet() {
    "$@" 2>>"$TMP/said"
}
