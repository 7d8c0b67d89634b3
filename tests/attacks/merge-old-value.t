#!/bin/sh
# Promise 14: No merge brings back an older value, or one under a rotated-out key, without asking.
# This needs no key. A password leaked and was changed, and then the key was rotated. A branch
# restores the lines of the old password, and the merge must not seal it again.
. "$(dirname "$0")/merging.sh"

repository repo
git tag leaked
given as alice vault set db/PASSWORD=second -e prod
commit alice 'another password'
branch launder main
git checkout -q leaked -- vault.toml
commit mallory 'some values'
git checkout -q main
given as alice vault rotate -e prod
commit alice rotated
stops 'prod/db/PASSWORD: ours alice' as alice git merge -q -m merged launder
stderr_has 'theirs is older, and is under a key that was rotated out' 'it says why'
waits 'prod/db/PASSWORD'
given as alice setsid -w "$BIN" merge --ours
password_is second

# Control: values that did not change cause no question across the rotation.
again
branch honest leaked
echo 'a file' >file
git add file
commit alice 'a file'
git checkout -q main
given as alice git merge -q -m merged honest
password_is second
done_testing
