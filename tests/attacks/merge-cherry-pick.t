#!/bin/sh
# Promise 11: No merge, cherry-pick, revert or stash readmits a revoked reader, or anyone they grant.
# bob was revoked. One commit on a branch removes his entry, as anyone can, and the next restores
# it. Picking only the second commit merges from a base without him.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
smuggle_bob
git checkout -q main
stops "the reader bob of prod: theirs $(key_of bob)" as alice git cherry-pick smuggle
waits 'the reader bob of prod'
shut_out bob
given as alice setsid -w "$BIN" merge --ours
shut_out bob

# Control: a value that was set under the current key is picked.
again
honest_branch picked
given as alice git cherry-pick honest
is 'an honest change is picked' "$(as alice vault get db/USER -e prod)" picked
done_testing
