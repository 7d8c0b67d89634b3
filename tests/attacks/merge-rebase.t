#!/bin/sh
# Promise 11: No merge, cherry-pick, revert or stash readmits a revoked reader, or anyone they grant.
# A rebase swaps the sides: "ours" is the branch that is rebased onto. bob was revoked. Alice
# rebases a contributor's branch that removes his entry and restores it.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
smuggle_bob
stops "the reader bob of prod: theirs $(key_of bob)" as alice git rebase -q main smuggle
waits 'the reader bob of prod'
shut_out bob
again

# Main is rebased onto bob's branch: main is then "theirs", but it is still main.
branch of-bob with-bob
given as bob vault set db/USER=of-bob -e prod
commit bob 'another user'
branch copy main
stops 'prod/db/USER: ours bob' as alice git rebase -q of-bob copy
shut_out bob
given as alice setsid -w "$BIN" merge --theirs
shut_out bob
password_is after-bob-left
is 'nothing of his' "$(as alice vault get db/USER -e prod)" app
again

# Control: a rebase of a branch under the current key.
honest_branch rebased
given as alice git rebase -q main honest
is 'an honest branch is rebased' "$(as alice vault get db/USER -e prod)" rebased
done_testing
