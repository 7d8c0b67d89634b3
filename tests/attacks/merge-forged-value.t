#!/bin/sh
# Promise 14: No merge brings back an older value, or one under a rotated-out key, without asking.
# bob was revoked. On a branch he sets a value under the old key, in alice's name.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
branch forge with-bob
VAULT_AUTHOR=alice given as bob vault set db/USER=forged db/NEW=forged db/PASSWORD=forged -e prod
VAULT_AUTHOR=alice given as bob vault create more URL=evil.example -e prod
commit bob 'some values'
git checkout -q main
stops 'prod/db/USER: ours' as alice git merge -q -m merged forge
stderr_has 'prod/db/NEW' 'a new value, too'
stderr_has 'the secret prod/more' 'and a new secret'
stderr_has 'under a key that was rotated out' 'why it is asked'
ok 'also where main has changed the value' grep -q \
    'prod/db/PASSWORD: ours alice.*; theirs is under a key that was rotated out' "$STDERR"
waits 'prod/db/USER'
ok 'the values are not in the file' not grep -q '^NEW = \|^\[prod.more\]' vault.toml
given as alice setsid -w "$BIN" merge --ours
is 'ours has none of it' "$(as alice vault get db/USER -e prod)" app

# A deletion under the old key is asked about too.
again
branch delete with-bob
given as bob vault delete db/USER -y -e prod
commit bob 'not needed'
git checkout -q main
stops 'prod/db/USER: ours alice' as alice git merge -q -m merged delete
stderr_has 'theirs deleted'

# Control: a value under the current key is merged without a question.
again
honest_branch app2
given as alice git merge -q -m merged honest
is 'an honest value is merged' "$(as alice vault get db/USER -e prod)" app2
done_testing
