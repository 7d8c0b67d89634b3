#!/bin/sh
# What a passphrase costs: the program that is installed writes age's work factor 18, wherever it
# writes one. The other tests use a build that writes 10 and is otherwise the same.
. "$(dirname "$0")/scene.sh"

printf '%s\n' "$MARKER" >"$TMP/pass"
chmod 600 "$TMP/pass"
export VAULT_PASSPHRASE_FILE="$TMP/pass"

factors() { # of the passphrases in vault.toml, in their order; their base64 is not padded
    sed -n '/^\[vault\.passphrases\]/,/^$/s/^[a-z]* = "\(.*\)"$/\1/p' vault.toml |
        while read -r sealed; do
            echo "$sealed" | base64 -d 2>/dev/null | LC_ALL=C sed -n 's/^-> scrypt [^ ]* //p' | head -n 1
        done | paste -s -d , -
}

written_by() { # PROGRAM FACTOR
    rm -f vault.toml
    given "$1" init --passphrase
    is "init --passphrase: $2" "$(factors)" "$2"
    given "$1" keygen -o "$TMP/key"
    given "$1" grant me "$(cat "$STDOUT")"
    given env -u VAULT_PASSPHRASE_FILE "$1" grant team --passphrase --generate --identity "$TMP/key"
    is "grant --passphrase: $2" "$(factors)" "$2,$2"
    rm "$TMP/key"
}

written_by "$BIN" 10
cheap=$(cat vault.toml)
written_by "$SHIPPED" 18
given "$BIN" set A=1
is 'each opens what the other has written: 18' "$(head -n 1 "$STDERR")" 'note: added app/A in dev: a new secret'
printf '%s\n' "$cheap" >vault.toml
rm -r "$XDG_STATE_HOME"
given "$SHIPPED" set A=2
is 'and 10' "$("$BIN" get A)" 2

finish
