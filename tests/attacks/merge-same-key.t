#!/bin/sh
# Promise 14: No merge brings back an older value, or one under a rotated-out key, without asking.
# This needs no key. The attacker chooses a base from before the value existed, or one with a
# different value, and restores old lines of the file on the branch.
. "$(dirname "$0")/merging.sh"

repository repo
git tag leaked
given as alice vault set db/PASSWORD=second -e prod
commit alice 'another password'
git tag changed
bring_back leaked
stops 'prod/db/PASSWORD: ours alice' as alice git merge -q -m merged back
stderr_has 'theirs is older'
again

# Cherry-picked: the base is any version that the attacker likes.
stops 'prod/db/PASSWORD' as alice git cherry-pick back
again

# A deleted entry, secret and environment, from a base that does not have them.
for drop in 'delete db/PASSWORD' 'delete db' 'env delete prod'; do
    branch dropped main
    # shellcheck disable=SC2086
    given as alice vault $drop -y -e prod
    commit alice 'not needed any more'
    branch again-there dropped
    git checkout -q changed -- vault.toml
    commit mallory 'back again'
    git checkout -q dropped
    given as alice vault env create other
    commit alice 'another environment'
    stops 'stood here before' as alice git cherry-pick again-there
    again
    git branch -q -D dropped again-there
done

# Control: a new value on a branch of the same age.
branch honest changed
given as alice vault set db/PASSWORD=third -e prod
commit alice 'yet another password'
git checkout -q main
given as alice git merge -q -m merged honest
password_is third
done_testing
