#!/bin/sh
# get --rev and restore: values of the history, across rotations.
. "$(dirname "$0")/repository.sh"

value_is() { # VALUE WORDS…
    wanted=$1
    shift
    run vault get "$@"
    is "get $*" "$(cat "$STDOUT")" "$wanted"
    stderr_is ''
}

person alice bob eve
quietly vault init
refuses 4 'nothing was committed' '' vault get app/KEY --rev HEAD
quietly vault set app/KEY="$MARKER-1" app/OTHER="$MARKER-x"
quietly vault set --open app/LEVEL=info
commit one
quietly vault set app/KEY="$MARKER-2"
quietly vault set --open app/LEVEL=debug
quietly vault rotate
commit two
quietly vault set app/KEY="$MARKER-3"
quietly vault rotate
commit three

# ---- get --rev

value_is "$MARKER-3" KEY
value_is "$MARKER-3" KEY --rev HEAD
value_is "$MARKER-2" KEY --rev HEAD~1
value_is "$MARKER-1" app/KEY --rev HEAD~2
value_is "$MARKER-1" app/KEY --rev "$(git rev-parse HEAD~2)" --bytes
refuses 4 'git knows no revision nope' 'git log' vault get KEY --rev nope
refuses 4 'had no variable app/NOPE' 'vault log app/NOPE -e dev' vault get app/NOPE --rev HEAD
refuses 2 'is not a revision' '' vault get KEY --rev=--output=x
refuses 2 'contradict' '' vault get KEY --rev HEAD --unverified
refuses 3 '' '' as eve vault get KEY --rev HEAD~1
refuses 8 '' 'get KEY --rev' env VAULT_AGENT=guard "$BIN" get KEY --rev HEAD~1

# ---- restore

run vault restore KEY HEAD~2
status_is 0
stdout_is ''
stderr_has 'set app/KEY in dev' 'says what it did'
value_is "$MARKER-1" KEY
ok 'it is a new value' test "$(vault list app --json | grep -c '"KEY"')" = 1
run vault restore KEY HEAD~2
stderr_has 'nothing to change' 'twice changes nothing'
run vault restore KEY
status_is 0 'without a revision'
value_is "$MARKER-3" KEY
run vault restore KEY
status_is 0 'the last other value, not what was never committed'
value_is "$MARKER-2" KEY
commit four
value_is "$MARKER-2" KEY --rev HEAD
quietly vault delete app/OTHER -y
refuses 4 'no variable OTHER' '' vault restore OTHER
run vault restore app/OTHER
status_is 0 'a deleted one comes back by its path'
value_is "$MARKER-x" OTHER
quietly vault delete app -y
run vault restore app/KEY HEAD~1
status_is 0 'even if its secret is gone'
value_is "$MARKER-3" app/KEY
quietly git checkout -q vault.toml
run vault restore LEVEL HEAD~3
ok 'an open value stays open' grep -q 'LEVEL = .*info' vault.toml
quietly vault set --sealed LEVEL=quiet
run vault restore LEVEL HEAD~2
value_is debug LEVEL
ok 'what is sealed now stays sealed' not grep -q 'LEVEL = .*debug' vault.toml
refuses 4 'no commit has another value of app/OTHER' 'vault log app/OTHER' vault restore app/OTHER
refuses 4 'no commit has another value of app/NEVER' '' vault restore app/NEVER
refuses 3 '' '' as eve vault restore app/KEY HEAD
ok 'it verifies' vault verify

# Someone who was let in after a rotation reads what came before, as by log.
quietly vault grant bob "$(public bob)"
run as bob vault get KEY --rev HEAD~2
is 'a new reader' "$(cat "$STDOUT")" "$MARKER-2"
quietly vault rotate --forget-past
refuses 5 'had another key then' 'vault verify --history' vault get KEY --rev HEAD~1

finish
