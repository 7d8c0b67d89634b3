#!/bin/sh
# toml-test's files for TOML 1.0.0: all pass, of both kinds; and the runner can tell a failure.
. "$(dirname "$0")/../lib.sh"

runner=$TOP/tests/vectors/toml.sh

if vectors=$("$TOP/tests/vectors/find.sh" toml 2>"$TMP/reason"); then
    run "$runner" "$vectors"
    status_is 0 'all vectors: exit status 0'
    all=$(find "$vectors/valid" "$vectors/invalid" -name '*.toml' | wc -l)
    is 'all vectors: none fails, and the last line says so' "$(tail -n 1 "$STDOUT")" \
        "$((all)) passed, 0 failed"
    ok 'all vectors: there are some' test "$all" -gt 400
else
    skip 'all vectors' "$(cat "$TMP/reason")"
fi

# try NAME SUMS: runs the folder `case`, which is then empty again.
mkdir -p case/valid case/invalid
try() {
    run "$runner" case
    is "$1: $2" "$(tail -n 1 "$STDOUT")" "$2"
    case $2 in
    [1-9]*' 0 failed') status_is 0 "$1: exit status 0" ;;
    *) status_is 1 "$1: exit status 1" ;;
    esac
    rm -rf case/valid/* case/invalid/*
}
valid() { # TOML JSON
    printf '%s\n' "$1" >case/valid/case.toml
    printf '%s\n' "$2" >case/valid/case.json
}
leaf() { # TYPE VALUE
    printf '{"a": {"type": "%s", "value": "%s"}}' "$1" "$2"
}

valid 'a = 1' "$(leaf integer 1)"
mkdir case/invalid/deeper
echo 'a =' >case/invalid/deeper/case.toml
try 'one of each kind' '2 passed, 0 failed'

try 'nothing to run' '0 passed, 0 failed'
valid 'a = 1' "$(leaf integer 2)"
try 'another integer' '0 passed, 1 failed'
valid 'a = 1' "$(leaf float 1)"
try 'another type' '0 passed, 1 failed'
valid 'a = "1"' "$(leaf string '1 ')"
try 'another string' '0 passed, 1 failed'
valid 'a = 1.5' "$(leaf float 1.50001)"
try 'another float' '0 passed, 1 failed'
valid 'a = 00:00:00.120' "$(leaf time-local 00:00:00.121)"
try 'another time' '0 passed, 1 failed'
valid 'a = 2024-01-01T00:00:00+01:00' "$(leaf datetime 2024-01-01T00:00:00Z)"
try 'another offset' '0 passed, 1 failed'
valid 'a = [1]' '{"a": []}'
try 'a shorter array' '0 passed, 1 failed'
valid 'a = {}' '{}'
try 'a key too many' '0 passed, 1 failed'
valid '' '{"a": {}}'
try 'a key missing' '0 passed, 1 failed'
valid 'a =' '{}'
try 'a valid one is refused' '0 passed, 1 failed'
valid 'a = 1' '{'
try 'the expectation is no JSON' '0 passed, 1 failed'
echo 'a = 1' >case/valid/alone.toml
try 'there is no expectation' '0 passed, 1 failed'
echo 'a = 1' >case/invalid/case.toml
try 'an invalid one is taken for valid' '0 passed, 1 failed'

valid 'a = 1987-07-05 17:45:56.60z' "$(leaf datetime 1987-07-05T17:45:56.600+00:00)"
try 'a time that is written otherwise' '1 passed, 0 failed'
valid 'a = [nan, -inf, 1e2]' '{"a": [{"type": "float", "value": "nan"},
    {"type": "float", "value": "-inf"}, {"type": "float", "value": "100"}]}'
try 'floats that are written otherwise' '1 passed, 0 failed'

run "$runner" no-such-folder
status_is 2 'no folder: exit status 2'

# With a reader that breaks off: that is no refusal.
mkdir -p bin broken/tests/vectors
printf '#!/bin/sh\n' >bin/make
PATH=$WORK/bin:$PATH
BUILD=$WORK/broken
for end in 'kill -SEGV $$' 'exit 2' 'exit 1'; do
    printf '#!/bin/sh\n%s\n' "$end" >"$BUILD/tests/vectors/toml"
    chmod +x bin/make "$BUILD/tests/vectors/toml"
    echo 'a =' >case/invalid/case.toml
    try "a reader that ends in $end" '0 passed, 1 failed'
done
done_testing
