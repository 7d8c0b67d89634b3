#!/bin/sh
# Promise 10: A revoked reader cannot open anything that is sealed afterwards.
# On a branch, mallory removes carol's entry from the file, as anyone who can write to it can. This
# does not revoke carol, since the key is the same, and a merge must not present it as a revocation.
. "$(dirname "$0")/merging.sh"

repository repo
given as alice vault grant carol "$(key_of carol)" -e prod
commit alice 'carol comes'
branch removal main
awk '/^carol = /{skip=3} skip>0{skip--; next} {print}' vault.toml >"$TMP/without"
cp "$TMP/without" vault.toml
commit mallory 'carol has left'
git checkout -q main
given as alice vault set db/HOST=a -e prod
commit alice 'a host'
stops "the reader carol of prod: ours $(key_of carol), theirs removed" as alice git merge -q -m merged removal
stderr_has 'theirs has made no new key' 'it says why'
waits 'prod/carol'
given as alice setsid -w "$BIN" merge --ours
is 'ours: carol reads on' "$(as carol vault get db/HOST -e prod 2>/dev/null)" a
again

# If it is accepted it becomes a revocation, with a new key.
stops 'the reader carol of prod' as alice git merge -q -m merged removal
given as alice setsid -w "$BIN" merge --theirs
ok 'theirs: there is a new key' grep -q '^\[vault.env.prod.past\]' vault.toml
attack 3 'none of the keys' '' as carol vault get db/HOST -e prod
again

# Control: an honest revocation makes a new key, and merges if nothing else was set.
branch honest main
given as alice vault revoke carol -e prod
commit alice 'carol leaves'
git checkout -q main
given as alice vault env create dev
commit alice 'another environment'
given as alice git merge -q -m merged honest
attack 3 'none of the keys' '' as carol vault get db/HOST -e prod
done_testing
