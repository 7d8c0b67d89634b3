#!/bin/sh
# Promise 13: No merge makes a machine accept an environment key that it refused before.
# bob was revoked but still has the old key. On a branch from the time when he was a reader, he
# revokes carol. Both sides have rotated, and his side has removed a reader.
. "$(dirname "$0")/merging.sh"

repository repo
given as alice vault grant carol "$(key_of carol)" -e prod
commit alice 'carol comes'
revoke_bob
branch takeover with-bob
given as bob vault revoke carol -e prod
commit bob 'carol has left'
git checkout -q main
stops 'prod was rotated on both sides' as alice git merge -q -m merged takeover
stderr_lacks 'vouches for'
waits 'prod was rotated on both sides'
shut_out bob mallory
given as alice setsid -w "$BIN" merge --ours
shut_out bob
git add vault.toml
commit alice merged
password_is after-bob-left
run as carol vault get db/PASSWORD -e prod
is 'carol reads on' "$(cat "$STDOUT")" after-bob-left

# A declined key is not added to the past, so its owner cannot claim that it leads to ours.
ok 'his key is not in the past' test "$(sed -n '/env.prod.past/,/^$/p' vault.toml | grep -c ' = ')" -eq 1

# Control: two honest people rotate at the same time. One question, and all readers keep access.
again
branch one main
given as alice vault rotate -e prod
given as alice vault set db/USER=one -e prod
commit alice rotated
branch two main
given as carol vault rotate -e prod
given as carol vault set db/HOST=two -e prod
commit carol rotated
git checkout -q one
stops 'prod was rotated on both sides' as alice git merge -q -m merged two
given as alice "$TOP/tests/pty.py" --expect 'prod was rotated on both sides' --expect 'b.oth' --send b \
    --expect 'prod/db/HOST: theirs carol' --expect 'heirs' --send t -- "$BIN" merge
for person in alice carol; do
    run as $person vault exec db -e prod --clean -- env
    is "$person reads both" "$(grep -c '^USER=one$\|^HOST=two$' "$STDOUT")" 2
done
ok 'under a fresh key: both are in the past' test \
    "$(sed -n '/env.prod.past/,/^$/p' vault.toml | grep -c ' = ')" -eq 4
done_testing
