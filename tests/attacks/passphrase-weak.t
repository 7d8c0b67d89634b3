#!/bin/sh
# Promise 17: A new passphrase that is short or follows a pattern is refused.
# The file is public, so anyone can guess passphrases offline. Alice is in a hurry.
. "$(dirname "$0")/people.sh"

people alice
weak() { # WHY PASSPHRASE VERB…
    why=$1 passphrase=$2
    shift 2
    attack 2 "$why" '--generate makes one of 80 bits; --weak accepts yours' \
        as alice env VAULT_PASSPHRASE="$passphrase" "$BIN" "$@"
}
weak 'needs 12 characters or more' hunter2 init --passphrase
weak 'needs 12 characters or more' 'ñandúñandú' init --passphrase
for passphrase in aaaaaaaaaaaa abcabcabcabc 123456789012 abcdefghijklmnop secretsecret 192837192837 \
    qwertyuiopasdf ZYXWVUTSRQPO 1a2b3c4d5e6f; do
    weak 'repeats or counts' "$passphrase" init --passphrase
done
ok 'nothing was made' not test -e vault.toml
given as alice env VAULT_PASSPHRASE='ñandú, ñandú!' "$BIN" init --passphrase
ok 'control: another one is taken' test -s vault.toml
if command -v python3 >/dev/null; then
    run as alice "$TOP/tests/pty.py" --expect 'new passphrase: $' --secret 'letmeinletmein' -- \
        "$BIN" grant team --passphrase --identity "$TMP/people/alice/.config/vault/identity"
    ok 'grant asks, and refuses it too' test "$status" -ne 0
fi
done_testing
