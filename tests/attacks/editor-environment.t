#!/bin/sh
# Promise 19: No program that vault starts gets the identity or the passphrase that vault was given.
# The editor and the command of exec look for them in their environment.
. "$(dirname "$0")/people.sh"

people alice
given as alice vault init
given as alice vault set api/TOKEN=honest
VAULT_IDENTITY=$(cat "$TMP/people/alice/.config/vault/identity")
VAULT_PASSPHRASE=swordfish-swordfish
export VAULT_IDENTITY VAULT_PASSPHRASE

spied() { # NAME: checks the environment that the command saw
    ok "$1: it ran" grep -q '^HOME=' seen
    ok "$1: no identity" not grep -q -e AGE-SECRET-KEY -e VAULT_IDENTITY seen
    ok "$1: no passphrase" not grep -q -e swordfish -e VAULT_PASSPHRASE seen
    rm -f seen
}

for editor in EDITOR VISUAL; do
    given as alice env "$editor=env >seen; :" "$BIN" edit
    spied "$editor"
done
if [ -r /proc/self/environ ]; then
    given as alice env EDITOR='tr "\0" "\n" </proc/self/environ >seen; :' "$BIN" edit
    spied 'the editor, as the system sees it'
fi
given as alice env EDITOR='env >seen; exit 0; :' "$BIN" edit api
spied 'the editor of one secret'
for how in '' --files --redact '--files --redact' --clean --no-override; do
    # shellcheck disable=SC2086
    given as alice vault exec $how -- sh -c 'env >seen'
    spied "exec $how"
done

given as alice env EDITOR='env >seen; :' VAULT_FILE="$WORK/vault.toml" "$BIN" edit
ok 'control: what opens nothing is passed on' grep -q '^VAULT_FILE=' seen
done_testing
