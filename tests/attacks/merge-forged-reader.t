#!/bin/sh
# Promise 11: No merge, cherry-pick, revert or stash readmits a revoked reader, or anyone they grant.
# bob was revoked. On a branch from the time when he was a reader, he grants a new name under the
# old key with the stock program, and removes his own entry.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
branch smuggle with-bob
given as bob vault grant ci-deploy "$(key_of mallory)" -e prod
awk '/^bob = /{skip=3} skip>0{skip--; next} {print}' vault.toml >"$TMP/without"
cp "$TMP/without" vault.toml
commit bob 'a machine'
git checkout -q main
stops "the reader ci-deploy of prod: theirs $(key_of mallory)" as alice git merge -q -m merged smuggle
waits 'the reader ci-deploy of prod'
shut_out bob mallory

# A new name for mallory that looks like a second key of alice's.
again
branch swap with-bob
given as bob vault grant alice2 "$(key_of mallory)" -e prod
commit bob 'alice has two keys'
git checkout -q main
stops "the reader alice2 of prod: theirs $(key_of mallory)" as alice git merge -q -m merged swap
shut_out bob mallory

# Control: a person who is shown the whole key can accept an honest grant. --theirs does not accept
# it, since that person has not seen the key.
again
branch honest with-bob
given as alice elsewhere vault grant carol "$(key_of carol)" -e prod
commit alice 'carol comes'
git checkout -q main
stops "the reader carol of prod: theirs $(key_of carol)" as alice git merge -q -m merged honest
attack 6 '1 conflict to be answered: prod/carol' '' as alice setsid -w "$BIN" merge --theirs
given as alice "$TOP/tests/pty.py" --expect "$(key_of carol)" --expect 'heirs' --send t -- "$BIN" merge
is 'carol reads what is new' "$(as carol vault get db/PASSWORD -e prod 2>/dev/null)" after-bob-left
done_testing
