#!/bin/sh
# Promise 8: An environment's key goes only to public keys that one of its readers has granted.
# Mallory cannot open prod. She adds an entry for her own key to its readers: with an age file and a
# seal from elsewhere, in place of bob's key, or in a pull request. Then she waits for the next verb
# that seals the environment key to all readers.
. "$(dirname "$0")/merging.sh"

mallory=$(key_of mallory)
repository repo
given as alice vault grant bob "$(key_of bob)" -e prod
commit alice 'bob reads'
cp vault.toml "$TMP/true.toml"

refused() { # NAME TEXT
    cp vault.toml "$TMP/planted.toml"
    ok "$1: it is in the file" not cmp -s "$TMP/true.toml" vault.toml
    for words in 'rotate' 'revoke alice --force' 'grant carol' 'env create new --like prod' 'env copy prod new' \
        'env rename prod new'; do
        case $words in
        grant*) set -- "$1" "$2" "$(key_of carol)" ;;
        *) set -- "$1" "$2" ;;
        esac
        # shellcheck disable=SC2086
        attack 5 "$2" '' as alice setsid -w "$BIN" $words ${3:+"$3"} -e prod
    done
    ok "$1: nothing was written" cmp "$TMP/planted.toml" vault.toml
    attack 5 "$2" '' as alice vault verify -e prod
    run as mallory vault get db/PASSWORD -e prod
    ok "$1: she gets no value" test ! -s "$STDOUT"
}

# Bob's entry, with its age file and seal, under her name and with her key.
bobs=$(sed -n '/^bob = /,/\]$/p' vault.toml)
{ sed '/^bob = /,$d' "$TMP/true.toml" && echo "$bobs" &&
    echo "$bobs" | sed "s/^bob = \[\"[^\"]*/mallory = [\"$mallory/" &&
    sed '1,/^bob = /d' "$TMP/true.toml" | sed '1,2d'; } >vault.toml
refused 'a copy of an entry' 'reader mallory of prod was put there'

# Her own environment in the same vault gives her an entry whose seal is valid there.
cp "$TMP/true.toml" vault.toml
given as mallory vault env create hers --reader "mallory=$mallory"
hers=$(sed -n '/^\[vault.env.hers.readers\]/,/\]$/p' vault.toml | sed 1d)
awk -v entry="$hers" '{ print } $0 == "[vault.env.prod.readers]" { print entry }' "$TMP/true.toml" >vault.toml
refused 'an entry of another environment' 'reader mallory of prod was put there'

sed "s/^bob = \[\"[^\"]*/bob = [\"$mallory/" "$TMP/true.toml" >vault.toml
refused 'her key in place of his' 'reader bob of prod was put there, or changed'

# The same in a pull request: the merge succeeds only in git.
cp "$TMP/true.toml" vault.toml
git checkout -qb request
awk -v entry="$hers" '{ print } $0 == "[vault.env.prod.readers]" { print entry }' "$TMP/true.toml" >vault.toml
commit mallory 'mallory comes'
git checkout -q main
given as alice vault set db/USER=app2 -e prod
commit alice 'another user'
run as alice git merge -q -m merged request
ok 'a merge stops' or_tell test "$status" -ne 0
stderr_has 'reader mallory of prod was put there' 'and says why'
shut_out mallory
again

# Control: someone whom a reader has granted is a reader, and still is after a rotation.
given as alice vault rotate -e prod
run as bob vault get db/PASSWORD -e prod
is 'control: bob reads on' "$(cat "$STDOUT")" first
done_testing
