#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds passphrases that demand work: one with a high work factor, a dozen of them, a hundred
# with the usual factor, thousands of small ones. There is too little memory to try any of them, so
# an attempt would fail.
. "$(dirname "$0")/people.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'
people alice mallory
crowd() { # COUNT FACTOR [VAULT]
    "$TOP/tests/attacks/passphrases.py" crowd "${3:-good.toml}" dev "$1" "$2" "$(key_of mallory)" >vault.toml
}
by_team() {
    as alice env VAULT_PASSPHRASE=swordfish "$BIN" "$@"
}
tight() { # COMMAND…: with 200 MB of memory; factor 18 needs 256 MiB
    # shellcheck disable=SC3045 # dash, bash, busybox and ksh support it
    (ulimit -v 200000 && "$@")
}
tight "$BIN" version >/dev/null 2>&1 || tight() { "$@"; } # a sanitizer needs more

given as alice vault init
given as alice vault keygen -o "$TMP/team.key"
given as alice vault grant team "$(cat "$STDOUT")"
given as alice vault set 'KEY=of the team'
awk -v more="team = \"$("$TOP/tests/attacks/passphrases.py" seal swordfish "$TMP/team.key" 10)\"" \
    '{ print } /^id = / { print "\n[vault.passphrases]\n" more }' vault.toml >good.toml

crowd 4 10
run tight by_team get KEY
is 'control: five people with a passphrase each' "$(cat "$STDOUT")" 'of the team'
run tight as alice vault get KEY
is 'control: with a key of her own Alice notices nothing' "$(cat "$STDOUT")" 'of the team'

crowd 1 22
run tight by_team get KEY
is 'one of factor 22 is passed over' "$(cat "$STDOUT")" 'of the team'
crowd 12 20
run tight by_team get KEY
is 'so are twelve of factor 20' "$(cat "$STDOUT")" 'of the team'
by_other() {
    as mallory env VAULT_PASSPHRASE=trout "$BIN" "$@"
}
attack 3 'opens dev: the passphrase of x011 asks for work factor 20, and more than 18 is not tried' \
    '--work-factor 20 tries it, with 1024 MiB' tight by_other get KEY
crowd 1 30
attack 3 'asks for work factor 30, and more than 18 is not tried' 'no run allows more than 22' \
    tight by_other get KEY
attack 2 'a work factor is a number from 1 to 22' '' by_other get KEY --work-factor 30
attack 2 'a work factor is a number from 1 to 22' '' by_other get KEY --work-factor 4294967314
attack 2 'a work factor is a number from 1 to 22' '' by_other get KEY --work-factor many

crowd 100 18
attack 3 'the passphrases of dev ask for the work of 101 of factor 18, and more than 16 is not done' \
    '--work-factor 21' tight by_team get KEY
attack 125 'more than 16 is not done' '' tight by_team exec -- echo started
crowd 100 22
attack 3 'asks for work factor 22' '--work-factor 22' tight by_other get KEY
attack 3 'ask for the work of 101 of factor 22, and more than 16 is not done' 'an identity needs no stretching' \
    tight by_other get KEY --work-factor 22
crowd 5000 1
attack 3 'more than 16 is not done' '' tight by_team get KEY

crowd 1 15
attack 3 'asks for work factor 15, and more than 14 is not tried' '--work-factor 15' \
    tight by_other get KEY --work-factor 14
done_testing
