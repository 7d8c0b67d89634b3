#!/bin/sh
# Promise 4: Inspecting a vault pins nothing.
# alice's machine knows dev of a vault. mallory adds her own environment prod to that vault, with
# alice among its readers, and waits for alice to look at it.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

people alice mallory
pins=$TMP/people/alice/.local/state/vault/pins
given as alice vault init -e dev
given as alice vault set A=1
given as mallory vault env create prod --reader "alice=$(key_of alice)" --reader "m=$(key_of mallory)"
given as mallory vault set HOST=evil.example -e prod
cp "$pins" before
hands_out() {
    VAULT_ENV=prod as alice vault exec -- printenv HOST
}
attack 125 'this machine knows the vault, but not this environment' '-e prod' hands_out

run as alice vault readers
status_is 0
stderr_has 'prod is not accepted on this machine yet: its key is' 'readers says so'
run as alice vault readers --json
run as alice vault doctor
stderr_has 'prod is not accepted on this machine yet: its key is' 'doctor says so'
for look in 'list' 'list --all' 'list --verify' 'list app' 'verify' 'check --require HOST' 'diff --textconv vault.toml' 'scan .'; do
    # shellcheck disable=SC2086 # words
    run as alice vault $look -e prod
done
run as alice vault scan .
run as alice vault list --all --json
run as alice vault completion bash
ok 'to look pins nothing' cmp "$pins" before
attack 125 'this machine knows the vault, but not this environment' '-e prod' hands_out
attack 5 'this machine knows the vault, but not this environment' '' env VAULT_ENV=prod HOME="$TMP/people/alice" "$BIN" verify
attack 5 'this machine knows the vault, but not this environment' '' env VAULT_ENV=prod HOME="$TMP/people/alice" "$BIN" check --require HOST

# A machine that has no pins yet can look too, and pins nothing.
given as alice vault grant mallory "$(key_of mallory)" --force
rm -r "$TMP/people/mallory/.local"
given as mallory vault verify
stderr_has 'dev is not accepted on this machine yet' 'the first time, too'
ok 'nothing was pinned' test ! -e "$TMP/people/mallory/.local/state/vault/pins"
given as mallory vault get A
stderr_has 'dev is opened on this machine for the first time' 'what hands out a value pins'
given as mallory vault verify
stderr_lacks 'accepted' 'and then it is known'

# Looking at a vault other than the known one is still an error.
mkdir other
given as mallory vault init --reader "alice=$(key_of alice)" -e dev -f other/vault.toml
cp other/vault.toml vault.toml
attack 5 'another vault stood here' '' as alice vault verify
run as alice vault readers
status_is 5 'readers tells it too'
ok 'to look at that pins nothing' cmp "$pins" before
done_testing
