#!/bin/sh
# Promise 13: No merge makes a machine accept an environment key that it refused before.
# bob was revoked on main and rotates with the old key on a branch. carol has not pulled the
# revocation, so her machine knows the old key, and she merges his branch. Then alice merges
# carol's.
. "$(dirname "$0")/merging.sh"

repository repo
given as alice vault grant carol "$(key_of carol)" -e prod
commit alice 'carol comes'
given as carol vault get db/PASSWORD -e prod
revoke_bob
branch of-bob with-bob
given as bob vault rotate -e prod
commit bob rotated
branch of-carol with-bob
given as carol vault set db/USER=of-carol -e prod
commit carol 'another user'
as carol git merge -q -m merged of-bob >/dev/null 2>&1 || as carol setsid -w "$BIN" merge --theirs 2>/dev/null
as carol git commit -qam merged 2>/dev/null || :
git checkout -q main
stops 'prod was rotated on both sides' as alice git merge -q -m merged of-carol
stderr_lacks 'vouches for'
shut_out bob
given as alice setsid -w "$BIN" merge --ours
git add vault.toml
commit alice merged
shut_out bob
password_is after-bob-left
run as carol vault get db/PASSWORD -e prod
is 'carol opens main' "$(cat "$STDOUT")" after-bob-left

# carol, who pulls main into her branch, is asked too: her machine does not know main's key.
git checkout -q -b late of-carol
stops 'prod' as carol git merge -q -m merged main^1
again

# Control: a stale colleague whose branch is still under the old key gets main's.
branch honest with-bob
echo 1 >file
git add file
commit carol 'a file'
given as carol git merge -q -m merged main
password_is after-bob-left
done_testing
