#!/bin/sh
# toml-test's files for TOML 1.0.0: those that apply to lib/text/toml pass, and what it does not accept it
# refuses; and the runner can tell a failure.
. "$(dirname "$0")/../lib.sh"

runner=$TOP/tests/vectors/toml.sh

if vectors=$("$TOP/tests/vectors/find.sh" toml 2>"$TMP/reason"); then
    run "$runner" "$vectors"
    status_is 0 'all vectors: exit status 0'
    all=$(find "$vectors/valid" "$vectors/invalid" -name '*.toml' | wc -l)
    read -r passed _ failed _ skipped _ <<END
$(tail -n 1 "$STDOUT")
END
    is 'all vectors: none fails' "$failed" 0
    is 'all vectors: each is counted' "$((passed + skipped))" "$((all))"
    ok 'all vectors: most apply' test "$passed" -gt 350
else
    skip 'all vectors' "$(cat "$TMP/reason")"
fi

# try NAME SUMS [SKIPPED]: runs the folder `case`, which is then empty again.
mkdir -p case/valid case/invalid
try() {
    run "$runner" case
    is "$1: $2" "$(tail -n 1 "$STDOUT")" "$2, ${3:-0} skipped"
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
valid 'a = "1"' "$(leaf integer 1)"
try 'another type' '0 passed, 1 failed'
valid 'a = "1"' "$(leaf string '1 ')"
try 'another string' '0 passed, 1 failed'
valid 'a = 1.5' "$(leaf float 1.50001)"
try 'another float' '0 passed, 1 failed'
valid 'a = true' "$(leaf bool false)"
try 'another boolean' '0 passed, 1 failed'
valid 'a = "true"' "$(leaf bool true)"
try 'a string in place of a boolean' '0 passed, 1 failed'
valid 'a = [1]' '{"a": [{"type": "integer", "value": "1"}]}'
try 'an array is refused' '1 passed, 0 failed'
valid 'a = 1' '{"a": []}'
try 'an array that is not refused' '0 passed, 1 failed'
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
try 'a date is refused' '1 passed, 0 failed'
valid 'a = 1_0e2' "$(leaf float 1000)"
try 'a float that is written otherwise' '1 passed, 0 failed'
valid 'a = 0x1_F' "$(leaf integer 31)"
try 'an integer that is written otherwise' '1 passed, 0 failed'
mkdir case/invalid/integer
echo 'a = 01' >case/invalid/integer/case.toml
try 'the digits of numbers are not checked' '0 passed, 0 failed' 1

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
