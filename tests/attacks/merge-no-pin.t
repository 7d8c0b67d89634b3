#!/bin/sh
# Promise 13: No merge makes a machine accept an environment key that it refused before.
# bob was revoked and rotates with the old key on a branch. Alice merges on a new machine, which has
# never opened prod and so cannot tell which of the two keys is right.
. "$(dirname "$0")/merging.sh"

repository repo
revoke_bob
branch takeover with-bob
given as bob vault rotate -e prod
commit bob rotated
git checkout -q main
git show main:vault.toml >"$TMP/main.toml"
run as alice elsewhere git merge -q -m merged takeover
ok 'git stops' test "$status" -ne 0
stderr_has 'this machine has accepted none yet'
stderr_has 'vault trust prod' 'what to type'
stderr_has 'hint: ask a reader, outside the repository'
ok 'the file is as it was' cmp "$TMP/main.toml" vault.toml
attack 5 'has accepted none yet' 'vault trust prod' as alice elsewhere setsid -w "$BIN" merge --theirs

# A fingerprint from a reader identifies main on a machine without pins.
pin=$(as alice vault verify -e prod 2>&1 | sed -n 's/.*its key is //p')
attack 6 'prod' '' as alice elsewhere env VAULT_PIN="prod=$pin" setsid -w "$BIN" merge
shut_out bob

# Control: once main has been opened there, the machine knows it.
again
given as alice elsewhere vault get db/PASSWORD -e prod
branch value main
given as alice vault set db/USER=app2 -e prod
commit alice 'another user'
git checkout -q main
given as alice vault rotate -e prod
commit alice rotated
cp "$TMP/elsewhere/vault/pins" "$TMP/pins"
stops 'prod/db/USER: ours alice' as alice elsewhere git merge -q -m merged value
given as alice elsewhere setsid -w "$BIN" merge --theirs
ok 'a merge accepts no key by itself' cmp "$TMP/pins" "$TMP/elsewhere/vault/pins"
is 'an honest value is merged' "$(as alice vault get db/USER -e prod)" app2
done_testing
