#!/bin/sh
# Passphrases: a new one, asked for twice or given; one that opens; one that does not.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

given vault keygen
given vault keygen -o bob.key
bob=$(cat "$STDOUT")

run pty --expect '^new passphrase: $' --secret 'the first one' --expect 'the passphrase again: $' \
    --secret 'another one' -- \
    "$BIN" init --passphrase
status_is 1 'two that are not the same: exit status 1'
stdout_has 'vault: the passphrases differ'
run pty --expect 'new passphrase: ' --secret '' -- "$BIN" init --passphrase
status_is 1 'an empty one: exit status 1'
stdout_has 'vault: no passphrase given'
run alone "$BIN" init --passphrase
status_is 1 'no terminal: exit status 1'
stderr_has 'there is no terminal to ask for a passphrase on' 'no terminal: said so'
stderr_has 'hint: without a terminal: --passphrase-file FILE'
ok 'nothing was made' not test -e vault.toml
printf '%s\n' "$MARKER" >new.pass
chmod 600 new.pass
given alone "$BIN" init --passphrase --passphrase-file new.pass
given env VAULT_PASSPHRASE_FILE=new.pass "$BIN" set A=1
is 'init --passphrase: of a file' "$(VAULT_PASSPHRASE=$MARKER vault get A)" 1
rm vault.toml new.pass
given alone env VAULT_PASSPHRASE="$MARKER" "$BIN" init --passphrase -e prod
ok 'init --passphrase: of a variable' grep -q '^passphrase = ' vault.toml
rm vault.toml

# ---- weak passphrases

weak() { # WHY PASSPHRASE
    refuses 2 "$1" '--generate makes one of 80 bits; --weak' \
        alone env VAULT_PASSPHRASE="$2" "$BIN" init --passphrase
}
for short in a eleven-long 'äöüäößäöüäö'; do
    weak 'needs 12 characters or more' "$short"
done
for pattern in aaaaaaaaaaaa aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa abcabcabcabc abcabcabcabca passwordpassword \
    123456789012 1234567890123456 987654321098 abcdefghijkl zyxwvutsrqpo AbCdEfGhIjKl a1b2c3d4e5f6 \
    abc1abc2abc3 aabbccddeeff 000111222333 qwertyuiopas asdfghjklzxc 1234567890qw ääääääääääää; do
    weak 'repeats or counts' "$pattern"
done
run pty --expect 'new passphrase: ' --secret 'ABABABABABAB' -- "$BIN" init --passphrase
status_is 2 'on the terminal too, and it is not asked for again'
stdout_has 'vault: a passphrase that repeats or counts is easily guessed'
refuses 2 '--weak goes with --passphrase' '' alone "$BIN" init --weak
refuses 2 '--generate goes with --passphrase' '' alone "$BIN" init --generate
refuses 2 'would make another' '' alone env VAULT_PASSPHRASE="$MARKER" "$BIN" init --passphrase --generate
given alone env VAULT_PASSPHRASE=1234 "$BIN" init --passphrase --weak
is '--weak takes it' "$(VAULT_PASSPHRASE=1234 vault set A=1 2>&1 | head -n 1)" 'note: added app/A in dev: a new secret'
rm vault.toml
given alone "$BIN" init --passphrase --generate -e dev,prod
made=$(cat "$STDOUT")
ok '--generate prints one of 80 bits' matches "$made" '????-????-????-????'
ok 'and nowhere else' not has_text "$made" "$SAID"
is 'it opens both' "$(VAULT_PASSPHRASE=$made vault verify -e prod >/dev/null 2>&1 && echo yes)" yes
rm vault.toml
refuses 1 'No space left' '' sh -c '"$BIN" init --passphrase --generate >/dev/full'

mv "$IDENTITY" kept.key
run pty --expect 'new passphrase: ' --secret "$MARKER" --expect 'the passphrase again: ' \
    --secret "$MARKER" -- "$BIN" init --passphrase
status_is 0
stdout_lacks "$MARKER"
ok 'no identity was made for it' not test -e "$IDENTITY"
run pty --expect '^passphrase for dev: $' --secret wrong \
    --expect 'that does not open it; passphrase for dev: $' --secret "$MARKER" -- \
    sh -c 'printf value | "$BIN" set KEY'
status_is 0 'a wrong passphrase is asked for again; stdin stays the value'"'"'s'
stdout_lacks "$MARKER"
run pty --expect '^passphrase for dev: $' --secret '' -- "$BIN" get KEY
ok 'no answer: nothing is opened' test "$status" -ne 0
stdout_has 'vault: no passphrase for dev was given'
printf '%s\r\nsecond line\n' "$MARKER" >pass
chmod 600 pass
is '--passphrase-file: its first line' "$(vault get KEY --passphrase-file pass)" value
is 'VAULT_PASSPHRASE' "$(VAULT_PASSPHRASE=$MARKER vault get KEY)" value
run pty -- env VAULT_PASSPHRASE=wrong "$BIN" get KEY
status_is 3 'one that was given and is wrong: nothing is asked'
stdout_has 'none of the keys that were given opens dev'
refuses 3 'no key was given that could open dev' 'vault grant NAME' alone "$BIN" get KEY
refuses 125 'no key was given that could open dev' '' alone "$BIN" exec -- touch started
run pty --expect 'passphrase for stage: $' --secret "$MARKER" -- \
    "$BIN" env create stage --passphrase --reader "bob=$bob"
status_is 0 'env create --passphrase: the one that is there is not asked for anew'
stdout_has "note: the vault's passphrase opens it"
is 'it opens it' "$(VAULT_PASSPHRASE=$MARKER vault set -e stage A=1 2>&1 | head -n 1)" 'note: added app/A in stage: a new secret'
is 'and so does the key that was given' "$(vault get -e stage A --identity bob.key)" 1
mv kept.key "$IDENTITY"
given vault init -f own.toml
given vault init -f other.toml
run pty --expect '^new passphrase: $' --secret "$MARKER" --expect 'the passphrase again: ' --secret "$MARKER" -- \
    "$BIN" env create stage --passphrase -f own.toml
status_is 0 'where there is none it is asked for'
refuses 3 'none of the keys' '' vault get A -e stage -f own.toml
refuses 1 'no terminal to ask for a passphrase' '--generate' alone "$BIN" env create third --passphrase -f other.toml
refuses 1 'environment stage exists already' '' alone "$BIN" env create stage --passphrase -f own.toml
refuses 2 'name' '' alone "$BIN" env create 'a b' --passphrase -f own.toml
rm own.toml other.toml
refuses 3 'none of the keys that were given opens dev' 'vault grant NAME age1' alone "$BIN" set A=1

finish
