#!/bin/sh
# Promise 14: No merge brings back an older value, or one under a rotated-out key, without asking.
# A password is deleted. A branch from a base without it brings its old lines back, also in a
# shallow clone whose history does not include the deletion.
. "$(dirname "$0")/merging.sh"

repository repo
bring_password_back
stops 'prod/db/PASSWORD: theirs alice' as alice git cherry-pick back
stderr_has 'theirs stood here before'
again

# The same in a clone whose history begins after the deletion.
cd ..
git clone -q --depth 1 --no-single-branch "file://$PWD/repo" cut 2>/dev/null
cd cut
cp ../repo/.git/info/attributes .git/info/attributes
git config merge.vault.driver "'$BIN' merge %O %A %B --marker-size %L --path %P"
git fetch -q origin back --depth 2
run as alice git cherry-pick FETCH_HEAD
stderr_has 'this clone is shallow: earlier history is missing' 'it says that it does not know'
again

# Control: unchanged values need no history, and a full clone prints no such message.
cd ../repo
honest_branch app2
given as alice git merge -q -m merged honest
stderr_lacks shallow
is 'an honest value is merged' "$(as alice vault get db/USER -e prod)" app2
done_testing
