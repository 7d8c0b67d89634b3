#!/bin/sh
# Promise 9: One public key is one person.
# Bob wants to keep access. He gets his key granted under a second name, by grant and in a new
# environment, and hopes that only one of the two names is revoked.
. "$(dirname "$0")/people.sh"

people alice bob carol
bob=$(key_of bob)
opens() { # ENV
    as bob vault get KEY -e "$1" >"$TMP/value" 2>&1
}
alone() {
    timeout 60 setsid -w "$@"
}
given as alice vault init -e dev,prod
for env in dev prod; do
    given as alice vault set KEY=1 -e "$env"
done
given as alice vault grant bob "$bob" -e dev,prod
given as alice vault grant carol "$(key_of carol)" -e dev,prod

attack 1 'bob reads dev with this key already: ci-bot would be a second name' \
    '--force' as alice alone "$BIN" grant ci-bot "$bob"
attack 1 'bob reads dev with this key already' "--reader bob=$bob" \
    as alice alone "$BIN" env create ci --reader "ci-bot=$bob"
attack 1 'bob reads dev with this key already' '' \
    as alice alone "$BIN" grant carol "$bob" --replace -e dev

# Alice is told, and grants it anyway.
twice() {
    given as alice vault grant ci-bot "$bob" -e dev,prod --force
    ok 'control: he reads by two names' grep -q '^ci-bot = ' vault.toml
}
twice
cp vault.toml two.toml
cp "$TMP/people/alice/.local/state/vault/pins" "$TMP/pins"
run as alice vault revoke bob
status_is 0
stderr_has 'note: ci-bot reads prod with the same key, and is removed too' 'the other name is told of'
ok 'bob does not open dev' not opens dev
ok 'nor prod' not opens prod
ok 'neither name is left' not grep -q '^bob = \|^ci-bot = ' vault.toml
ok 'Carol reads on' as carol vault get KEY -e prod

cp two.toml vault.toml
cp "$TMP/pins" "$TMP/people/alice/.local/state/vault/pins"
given as alice vault revoke ci-bot
ok 'by the other name: he opens neither' not opens dev
ok 'of the two' not opens prod

cp two.toml vault.toml
cp "$TMP/pins" "$TMP/people/alice/.local/state/vault/pins"
given as alice vault revoke "$bob" -e prod
ok 'by the key, from one environment: not that' not opens prod
ok 'and the other one still' opens dev
stderr_has 'note: bob reads dev with the same key, and stays: -e does not name it' 'which is said'

# He edits the file so that his line is named carol, to get her revoked in his place.
cp two.toml vault.toml
cp "$TMP/pins" "$TMP/people/alice/.local/state/vault/pins"
sed "s/^carol = \[\"[^\"]*/carol = [\"$bob/" two.toml >vault.toml
attack 5 'reader carol of dev was put there, or changed, by somebody who cannot open it' '' \
    as alice vault revoke bob
ok 'nothing was written' grep -q '^bob = ' vault.toml
done_testing
