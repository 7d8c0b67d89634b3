#!/bin/sh
# A few of the draws of the benchmark `merges`, of each kind: a vault conflicts no more often than a
# plaintext .env, and an independent reader finds in a clean merge what both sides wanted.
. "$(dirname "$0")/../lib.sh"

command -v git >/dev/null || skip_all 'there is no git'

mkdir samples kinds
run "$BUILD/tests/bench/merges" 15 1 "$PWD/samples"
[ "$status" -ne 77 ] || skip_all "$(cat "$STDOUT")"
status_is 0 'no row is above .env, and no clean merge is wrong'
is 'all rows were drawn' "$(grep -c ' met$\| no bar' "$STDOUT")" 13
run "$BUILD/tests/bench/merges" 15 1 "$PWD/kinds" --kinds
status_is 0 'nor with open values and templates beside sealed ones'
is 'all rows again' "$(grep -c ' met$\| no bar' "$STDOUT")" 13
ok 'there were open values' grep -q '^[A-Z0-9a-z_]* = \["value-' "$(find kinds -name '*.toml' | head -n 1)"

if ! command -v python3 >/dev/null || ! command -v age >/dev/null; then
    skip 'the independent reader' 'there is no python3, or no age'
    done_testing
fi
PYTHONDONTWRITEBYTECODE=1 run python3 "$TOP/tests/bench/merges.py" samples
status_is 0 'another reader finds in each what both sides wanted'
PYTHONDONTWRITEBYTECODE=1 run python3 "$TOP/tests/bench/merges.py" kinds
status_is 0 'of each kind'
ok 'there were samples of most rows' test "$(find samples -name '*.toml' | wc -l)" -ge 10
done_testing
