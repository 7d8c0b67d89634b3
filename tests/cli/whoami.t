#!/bin/sh
# whoami: one's own public keys, where they are, and what they open.
. "$(dirname "$0")/scene.sh"

refuses 3 'no identity' 'vault keygen' alone "$BIN" whoami
given vault keygen
public=$(cat "$STDOUT")
run alone "$BIN" whoami
stdout_is "$public  $IDENTITY" 'a key, and its file, without a vault'
given vault init -e dev,prod
given vault set "KEY=$MARKER"
run alone "$BIN" whoami
status_is 0
stdout_has "  opens   dev as ${USER:-${LOGNAME:-me}}" 'what it opens'
stdout_has '  opens   prod as ' 'each environment'
cp vault.toml good.toml
sed "/^\[vault.env.prod.readers\]/,/^\[/s/$public/$(vault keygen -o other.key)/" good.toml >vault.toml
run alone "$BIN" whoami
stdout_lacks 'prod as' 'what has another key now is not said to be open'
awk '/^\[vault.env.prod.readers\]/ { p = 1 } p && /YWdlLWVu/ { sub(/YWdlLWVuY3J5/, "YWdlLWVuY3J6"); p = 0 } 1' \
    good.toml >vault.toml
ok 'an entry is damaged' not cmp -s good.toml vault.toml
run alone "$BIN" whoami
stdout_has 'dev as' 'a damaged entry'
stdout_lacks 'opens   prod' 'does not open'
cp good.toml vault.toml
run alone "$BIN" whoami --json
ok 'as JSON' matches "$(cat "$STDOUT")" \
    '*"public_key": "'"$public"'", "kind": "X25519", "from": *"closed": false*"reads": ?{"env": "dev"*"state": "opens"}*'
run alone "$BIN" whoami --identity "$IDENTITY" --identity other.key
is 'each of several' "$(grep -c '^age1' "$STDOUT")" 2
if command -v ssh-keygen >/dev/null; then
    mkdir "$HOME/.ssh"
    ssh-keygen -q -t ed25519 -N "$MARKER" -f "$HOME/.ssh/id_ed25519"
    given vault grant sam "$(cut -d ' ' -f 1,2 "$HOME/.ssh/id_ed25519.pub")" -e prod
    run alone "$BIN" whoami
    status_is 0 'an SSH key with a passphrase needs none for this'
    stdout_has '  closed  prod as sam'
    rm "$HOME/.ssh/id_ed25519"
else
    skip 'an SSH key' 'there is no ssh-keygen'
fi
finish
