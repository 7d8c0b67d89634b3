#!/bin/sh
# Promise 12: A merge gives nobody a key while it waits for an answer.
# bob granted mallory under the key that his own revocation rotated out. She gets a copy of a
# working tree in the middle of a merge, or an accidental commit of it.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
branch smuggle with-bob
given as bob vault grant mallory "$(key_of mallory)" -e prod
commit bob 'mallory comes'
git checkout -q main
given as alice vault env create dev
commit alice 'another environment'
git show main:vault.toml >"$TMP/main.toml"
stops 'the reader mallory of prod' as alice git merge -q -m merged smuggle
shut_out mallory bob
attack 6 'a merge left its conflict markers' 'vault merge' as alice vault get db/PASSWORD -e prod

# Only comments are between the markers. Without them prod is the same as in main.
sed '/^<<<<<<< /,/^>>>>>>> /d' vault.toml >"$TMP/cut.toml"
ok 'prod is ours byte for byte' cmp "$TMP/main.toml" "$TMP/cut.toml"
ok 'the block is of comments' test -z "$(sed -n '/^<<<<<<< /,/^>>>>>>> /p' vault.toml |
    grep -v '^#\|^<<<<<<< \|^>>>>>>> ')"
ok 'and names what waits' grep -q '^# .*the reader mallory of prod' vault.toml

# If it is committed by accident, nobody can use the vault, and mallory gets no key.
as alice git commit -qam wip
shut_out mallory bob
attack 6 'conflict markers' 'vault merge' as mallory vault get db/PASSWORD -e prod

# Control: main's version can be restored.
git reset -q --hard HEAD^
password_is after-bob-left
done_testing
