#!/bin/sh
# Promise 11: No merge, cherry-pick, revert or stash readmits a revoked reader, or anyone they grant.
# bob was revoked. A branch from before he was granted holds the file from when he was a reader,
# with valid seals. To a merge it looks as if someone had just granted him.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
branch smuggle before
git checkout -q with-bob -- vault.toml
commit mallory 'some values'
git checkout -q main
stops "the reader bob of prod: theirs $(key_of bob)" as alice git merge -q -m merged smuggle
stderr_has 'theirs stood here before' 'it says why'
waits 'the reader bob of prod'
shut_out bob
given as alice setsid -w "$BIN" merge --ours
shut_out bob
password_is after-bob-left
ok 'and it is whole' is_whole

# Control: carol is granted on a branch under the current key, and the branch is merged.
again
branch honest main
given as alice vault grant carol "$(key_of carol)" -e prod
commit alice 'carol comes'
git checkout -q main
given as alice vault set db/USER=app2 -e prod
commit alice 'another user'
given as alice git merge -q -m merged honest
is 'an honest grant is merged' "$(as carol vault get db/PASSWORD -e prod 2>/dev/null)" after-bob-left
done_testing
