#!/bin/sh
# Promise 11: No merge, cherry-pick, revert or stash readmits a revoked reader, or anyone they grant.
# Someone stashed a version of the file with bob in it, and pops it after his revocation.
. "$(dirname "$0")/merging.sh"

repository repo
git tag before
given as alice vault grant bob "$(key_of bob)" -e prod
given as alice vault set db/USER=stashed -e prod
as alice git stash -q
given as alice vault grant bob "$(key_of bob)" -e prod
commit alice 'bob comes'
given as alice vault revoke bob -e prod
given as alice vault set db/PASSWORD=after-bob-left -e prod
commit alice 'bob leaves'
stops "the reader bob of prod: theirs $(key_of bob)" as alice git stash pop -q
shut_out bob
given as alice setsid -w "$BIN" merge --ours
shut_out bob
password_is after-bob-left

# Control: a stash under the current key.
git reset -q --hard
git stash drop -q
given as alice vault set db/USER=later -e prod
as alice git stash -q
given as alice vault set db/HOST=a -e prod
commit alice 'a host'
given as alice git stash pop -q
is 'an honest stash comes back' "$(as alice vault get db/USER -e prod)" later
done_testing
