#!/bin/sh
# init and keygen: what they make, what they refuse.
. "$(dirname "$0")/scene.sh"

mode() {
    find "$1" -prune -exec ls -ld {} + | cut -c 1-10
}

readers() { # FILE ENV: their names
    sed -n "/^\\[vault.env.$2.readers\\]/,/^\$/s/^\\([A-Za-z0-9_-]*\\) = \\[.*/\\1/p" "$1" |
        tr '\n' ' '
}

# ---- keygen

run vault keygen
status_is 0
stderr_has "note: made $IDENTITY"
own=$(cat "$STDOUT")
ok 'it prints the public key alone' matches "$own" 'age1??????????????????????????????????????????????????????????'
is 'the identity is one'"'"'s own' "$(mode "$IDENTITY")" '-rw-------'
is 'so is its folder' "$(mode "${IDENTITY%/*}")" 'drwx------'
ok 'the file tells the public key' has_text "# public key: $own$newline" "$IDENTITY"
ok 'and holds a secret one' grep -q '^AGE-SECRET-KEY-1' "$IDENTITY"
refuses 1 "$IDENTITY" 'vault whoami' vault keygen
run vault keygen -o other.key
status_is 0
other=$(cat "$STDOUT")
ok 'another identity is another one' test "$own" != "$other"
is 'it is one'"'"'s own too' "$(mode other.key)" '-rw-------'
refuses 1 'other.key' '' vault keygen -o other.key
refuses 2 'too many operands' 'vault keygen -h' vault keygen other
ln -s nowhere link.key
refuses 1 'link.key' '' vault keygen -o link.key
run env -u HOME -u XDG_CONFIG_HOME "$BIN" keygen
status_is 1 'no HOME: exit status 1'
stderr_has 'HOME is not set: give -o FILE' 'no HOME: said so'
if there_is /dev/full 'keygen: a full disk'; then
    run sh -c '"$BIN" keygen -o full.key >/dev/full'
    status_is 1 'keygen: a full disk'
    stderr_has 'note: everything was saved; only the output could not be printed' 'keygen: it is said'
    stderr_has 'note: age1' 'keygen: with the public key'
fi
rm -r "$IDENTITY" ./*.key

# ---- init

run vault init
status_is 0
stdout_is ''
stderr_has "note: made your identity, $IDENTITY"
stderr_has 'note: made vault.toml: commit it'
stderr_has 'hint: vault set API_KEY'
ok 'the file is of format 1' grep -qx 'format = 1' vault.toml
is 'one reads it oneself' "$(readers vault.toml dev)" 'me '
is 'nothing else was made' "$(ls -A)" vault.toml
refuses 1 'vault.toml exists already' 'vault list' vault init
refuses 1 'vault.toml exists already' '' vault init --passphrase
refuses 2 'too many operands' 'vault init -h' vault init prod
refuses 2 'does not take --like' '' vault init --like dev

mkdir below
(cd below && given vault init -e dev,prod -e test)
run vault env list -f below/vault.toml
stdout_is "dev${newline}prod${newline}test" 'a vault of its own in a folder below, with environments'
(cd below && run env USER='o. d-d/_n' "$BIN" init -e prod -f named.toml && cat "$STDERR") >"$TMP/hints"
ok 'the environment of a new vault without dev is its default' has_text 'prod is the default' "$TMP/hints"
ok 'one has an identity already' not has_text 'made your identity' "$TMP/hints"
is 'a user'"'"'s name is made fit' "$(readers below/named.toml prod)" 'od-d_n '
given vault init -f twice.toml -e dev,dev -e prod -e dev
is 'an environment that is named twice is one' "$(vault env -f twice.toml | tr '\n' ' ')" 'dev prod '
refuses 2 'name' '' vault init -f bad.toml -e 'a b'
refuses 2 'no environment can be called vault' '' vault init -f bad.toml -e vault
refuses 1 'nowhere' '' vault init -f nowhere/vault.toml
run env VAULT_FILE=by-variable.toml "$BIN" init
status_is 0 'VAULT_FILE names the new file'
ok 'it is there' test -f by-variable.toml
ln -s nowhere.toml link.toml
refuses 4 'link.toml' '' vault init -f link.toml
rm -r ./*.toml below

# ---- for others

given vault keygen -o ci.key
ci=$(cat "$STDOUT")
run vault init --reader "ci=$ci" --reader "$own"
status_is 0
is 'the readers are those given' "$(readers vault.toml dev)" 'ci reader-2 '
refuses 3 'none of the keys' "vault grant NAME age1" vault set K=1
run vault set K=1 --identity ci.key
status_is 0
refuses 3 'none of the keys' "vault grant NAME age1" vault get K
rm vault.toml
secret=$(grep AGE-SECRET ci.key)
for key in "$secret" "bob=$secret" age1qqqq "$MARKER" 'ssh-rsa AAAA' ' ' 'bob='; do
    refuses 2 'key' '' vault init --reader "$key"
    stderr_lacks AGE-SECRET "a reader that is none is not repeated"
done
if command -v ssh-keygen >/dev/null; then
    given ssh-keygen -q -t ed25519 -N '' -C 'a comment' -f ssh.key
    given vault init --reader "sam=$(cut -d ' ' -f 1,2 ssh.key.pub)"
    run vault set K=1 --identity ssh.key
    status_is 0 'an ssh key reads'
else
    skip 'an ssh key reads' 'there is no ssh-keygen'
fi

finish
