#!/bin/sh
# Promise 14: No merge brings back an older value, or one under a rotated-out key, unasked.
# No key is needed: a branch puts back the lines of a password that leaked, then was changed, and
# then the key was rotated. The merge must not seal it anew.
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

# The control: what nobody has changed there makes no question across the rotation.
again
branch honest leaked
echo 'a file' >file
git add file
commit alice 'a file'
git checkout -q main
given as alice git merge -q -m merged honest
password_is second
done_testing
