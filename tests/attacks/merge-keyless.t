#!/bin/sh
# Promise 13: No merge makes a machine accept an environment key that it refused before.
# mallory merges, or a server merges with her clone. She has no key, only the lines of the file.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
branch old with-bob
given as bob vault set db/USER=of-bob -e prod
commit bob 'another user'
git checkout -q main
git show main:vault.toml >"$TMP/main.toml"
stops 'it takes a key that opens both sides' as mallory git merge -q -m merged old
sed '/^<<<<<<< /,/^>>>>>>> /d' vault.toml >"$TMP/cut.toml"
ok 'prod is ours byte for byte' cmp "$TMP/main.toml" "$TMP/cut.toml"
attack 6 'prod' '' as mallory setsid -w "$BIN" merge --theirs
again
stops 'it takes a key that opens both sides' as mallory git rebase -q main old
again

# A revert of the revocation: our prod equals the base, and theirs is the version before it.
given as alice vault env create dev
commit alice 'another environment'
stops 'it takes a key that opens both sides' as mallory git revert --no-edit main^
shut_out bob
again

# Controls: lines under one key merge without that key, and a rotation of an environment that the
# other side has not touched is taken unchanged, as on any server.
branch a main
given as alice vault set db/USER=a -e prod
commit alice a
branch b main
given as alice vault set db/PASSWORD=b -e prod
commit alice b
given as mallory git merge -q -m merged a
is 'lines of both sides' "$(as alice vault get db/USER -e prod)$(as alice vault get db/PASSWORD -e prod)" ab
branch c b~1
echo 1 >file
git add file
commit mallory c
git checkout -q b
given as alice vault rotate -e prod
commit alice rotated
git checkout -q c
given as mallory git merge -q -m merged b
is 'a rotation is taken as it stands' "$(as alice vault get db/USER -e prod)" a
done_testing
