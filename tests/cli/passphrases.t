#!/bin/sh
# Passphrases: a new one, asked for twice or given; one that opens; one that does not.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

given vault keygen
given vault keygen -o bob.key
bob=$(cat "$STDOUT")

run pty --expect '^new passphrase: $' --secret 'one' --expect 'the same again: $' --secret 'two' -- \
    "$BIN" init --passphrase
status_is 1 'two that are not the same: exit status 1'
stdout_has 'vault: the two are not the same'
run pty --expect 'new passphrase: ' --secret '' -- "$BIN" init --passphrase
status_is 1 'an empty one: exit status 1'
stdout_has 'vault: no passphrase was given'
run alone "$BIN" init --passphrase
status_is 1 'no terminal: exit status 1'
stderr_has 'no passphrase was given' 'no terminal: said so'
stderr_has 'hint: --passphrase-file FILE gives it without a terminal'
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

mv "$IDENTITY" kept.key
run pty --expect 'new passphrase: ' --secret "$MARKER" --expect 'the same again: ' \
    --secret "$MARKER" -- "$BIN" init --passphrase
status_is 0
stdout_lacks "$MARKER"
ok 'no identity was made for it' not test -e "$IDENTITY"
run pty --expect '^passphrase of passphrase for dev: $' --secret wrong \
    --expect 'that does not open it; passphrase of passphrase for dev: $' --secret "$MARKER" -- \
    sh -c 'printf value | "$BIN" set KEY'
status_is 0 'a wrong passphrase is asked for again; stdin stays the value'"'"'s'
stdout_lacks "$MARKER"
run pty --expect '^passphrase of passphrase for dev: $' --secret '' -- "$BIN" get KEY
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
run pty --expect 'passphrase of passphrase for dev: $' --secret "$MARKER" -- \
    "$BIN" env create stage --passphrase --reader "bob=$bob"
status_is 0 'env create --passphrase: the one that is there is not asked for anew'
stdout_has 'note: it opens with the passphrase that the vault has already'
is 'it opens it' "$(VAULT_PASSPHRASE=$MARKER vault set -e stage A=1 2>&1 | head -n 1)" 'note: set app/A in stage'
is 'and so does the key that was given' "$(vault get -e stage A --identity bob.key)" 1
mv kept.key "$IDENTITY"
given vault init -f own.toml
given vault init -f other.toml
run pty --expect '^new passphrase: $' --secret "$MARKER" --expect 'the same again: ' --secret "$MARKER" -- \
    "$BIN" env create stage --passphrase -f own.toml
status_is 0 'where there is none it is asked for'
refuses 3 'none of the keys' '' vault get A -e stage -f own.toml
refuses 1 'no passphrase was given' '' alone "$BIN" env create third --passphrase -f other.toml
refuses 1 'there is an environment stage already' '' alone "$BIN" env create stage --passphrase -f own.toml
refuses 2 'name' '' alone "$BIN" env create 'a b' --passphrase -f own.toml
rm own.toml other.toml
refuses 3 'none of the keys that were given opens dev' 'vault grant NAME age1' alone "$BIN" set A=1

finish
