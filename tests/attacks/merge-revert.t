#!/bin/sh
# Promise 11: No merge, cherry-pick, revert or stash readmits a revoked reader, or anyone they grant.
# The revert of a revocation is a merge whose base is the revocation itself.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
git tag out
given as alice vault set db/HOST=a -e prod
commit alice 'a host'
stops "the reader bob of prod: theirs $(key_of bob)" as alice git revert --no-edit out
waits 'the reader bob of prod'
shut_out bob
given as alice setsid -w "$BIN" merge --ours
password_is after-bob-left

# The revert of a new password brings back an older one: asked about, even under the same key.
again
given as alice vault set db/PASSWORD=third -e prod
commit alice 'a third one'
given as alice vault set db/PORT=1 -e prod
commit alice 'a port'
stops 'theirs is older' as alice git revert --no-edit HEAD^
again

# Control: the revert of an added value removes it.
given as alice git revert --no-edit HEAD
attack 4 'PORT' '' as alice vault get db/PORT -e prod
done_testing
