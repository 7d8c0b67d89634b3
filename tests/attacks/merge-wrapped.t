#!/bin/sh
# Promise 12: A merge that waits for an answer has given nobody a key.
# mallory was granted by bob under the key that bob's revocation has rotated out. She takes a copy
# of the work tree in which a merge waits, or an accidental commit of it.
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

# What is between the markers are comments: what is left without them is prod as it stands in main.
sed '/^<<<<<<< /,/^>>>>>>> /d' vault.toml >"$TMP/cut.toml"
ok 'prod is ours byte for byte' cmp "$TMP/main.toml" "$TMP/cut.toml"
ok 'the block is of comments' test -z "$(sed -n '/^<<<<<<< /,/^>>>>>>> /p' vault.toml |
    grep -v '^#\|^<<<<<<< \|^>>>>>>> ')"
ok 'and names what waits' grep -q '^# .*the reader mallory of prod' vault.toml

# Committed by accident, the vault is one for nobody, and mallory has no key.
as alice git commit -qam wip
shut_out mallory bob
attack 6 'conflict markers' 'vault merge' as mallory vault get db/PASSWORD -e prod

# The control: what main has is there to go back to.
git reset -q --hard HEAD^
password_is after-bob-left
done_testing
