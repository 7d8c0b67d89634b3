#!/bin/sh
# grant: every form that a public key comes in, passphrases, and another key for a name.
. "$(dirname "$0")/scene.sh"

for needed in python3 ssh-keygen; do
    command -v $needed >/dev/null || skip_all "there is no $needed: make deps-test"
done

key_of() { # FILE: makes an identity there, and prints its public key
    vault keygen -o "$1" 2>>"$SAID"
}
# opens FILE ENV: whether the identity opens it
opens() {
    vault get KEY -e "$2" --identity "$1" >"$TMP/value" 2>>"$SAID"
}

given vault init -e dev,staging,prod
for env in dev staging prod; do
    given vault set "KEY=$MARKER" -e "$env"
done
bob=$(key_of bob.key)
for n in 1 2 3 4; do
    ssh-keygen -q -t ed25519 -N '' -C "alice@host-$n" -f "ssh$n"
done
ssh-keygen -q -t rsa -b 2048 -N '' -f rsa
ssh-keygen -q -t ecdsa -N '' -f ecdsa

# ---- the forms of a key

cp vault.toml before.toml
given vault grant bob "$bob" -e dev,prod
ok 'bob opens dev' opens bob.key dev
ok 'and prod' opens bob.key prod
ok 'and nothing else' not opens bob.key staging
diff before.toml vault.toml >"$TMP/diff" || :
is 'nothing but his own lines came' "$(grep -c '^[<>]' "$TMP/diff")" 6
is 'and none went' "$(grep -c '^<' "$TMP/diff")" 0
ok 'they begin with his name' grep -q '^> bob = \["age1' "$TMP/diff"
cp vault.toml before.toml
given vault grant bob "$bob" -e dev
unchanged 'what he has already changes nothing' vault.toml before.toml

given vault grant alice "$(cat ssh1.pub)" -e dev
ok 'a line of an SSH key' opens ssh1 dev
# shellcheck disable=SC2046 # the words of a line
given vault grant alan $(cat ssh2.pub) -e dev
ok 'its words without quotes' opens ssh2 dev
ok 'without its comment' not grep -q host- vault.toml
refuses 2 'a damaged ssh-ed25519 public key' '' vault grant eve ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 -e dev
refuses 2 'a damaged X25519 public key' '' vault grant eve "${bob}q" -e dev
refuses 2 'only ssh-ed25519' '' vault grant eve "$(cat rsa.pub)" -e dev
refuses 2 'only ssh-ed25519' '' vault grant eve "$(cat ecdsa.pub)" -e dev
refuses 2 'a damaged plugin public key' '' vault grant eve age1plugin1qqqq -e dev

# ---- files, and stdin

{ echo '# keys of carol'; cat rsa.pub ecdsa.pub; echo; cat ssh3.pub; } >carol.keys
given vault grant carol carol.keys -e staging
ok 'a file: the key that can be used' opens ssh3 staging
stderr_has 'note: carol.keys, line 2: only ssh-ed25519 is supported for SSH keys: skipped'
stderr_has 'note: carol.keys, line 3: '
cat ssh1.pub ssh2.pub >two.keys
refuses 2 'two.keys has 2 usable keys: give one of them' "$(cut -d ' ' -f 2 ssh1.pub)" \
    vault grant eve two.keys -e dev
stderr_has "$(cut -d ' ' -f 2 ssh2.pub)" 'both are listed'
for n in 1 2; do
    stderr_has "$(ssh-keygen -l -f "ssh$n.pub" | cut -d ' ' -f 2)" 'each with its fingerprint'
done
refuses 2 '2 usable keys' 'SHA256:' with "$(cat rsa.pub two.keys)" vault grant eve - -e dev
cat ssh4.pub ssh4.pub >same.keys
given vault grant dora same.keys -e prod
ok 'the same key twice is one' opens ssh4 prod
cat rsa.pub >none.keys
refuses 2 'none.keys has no usable public key' 'age1 or ssh-ed25519' vault grant eve none.keys -e dev
: >empty.keys
refuses 2 'empty.keys has no usable public key' '' vault grant eve empty.keys -e dev
with "$(key_of bert.key)$newline" given vault grant bert - -e staging
ok 'stdin' opens bert.key staging
with '' refuses 2 'stdin has no usable public key' '' vault grant eve - -e dev
refuses 2 'contains a private key' '' vault grant eve bob.key -e dev
refuses 2 'contains a private key' '' vault grant eve ssh1 -e dev
refuses 2 'that is a private key' 'its public key' vault grant eve "$(grep AGE bob.key)" -e dev
ok 'no secret key was repeated' not grep -q 'AGE-SECRET-KEY-1[A-Z0-9]' "$SAID"
refuses 2 'neither a public key' '' vault grant eve "$MARKER" -e dev
mkdir folder
refuses 1 'cannot read folder' '' vault grant eve folder -e dev

# ---- the key that a name has elsewhere

refuses 2 'eve is not a reader yet' 'vault grant eve age1' vault grant eve -e prod
run alone "$BIN" grant alice -e dev
status_is 0 'of one who reads already nothing is asked'
stderr_is 'note: alice reads dev already'
refuses 2 'no terminal to confirm' "vault grant alice 'ssh-ed25519" alone "$BIN" grant alice -e prod
refuses 2 'does not take --yes' '' vault grant alice -e prod -y
cp vault.toml before.toml
run pty --expect 'ssh-ed25519 AAAA.*\? \[y/N\] $' --send n -- "$BIN" grant alice -e prod
status_is 1 'shown in full, and not confirmed'
stdout_has "$(cut -d ' ' -f 2 ssh1.pub)" 'in full'
unchanged 'nothing was changed' vault.toml before.toml
run pty --expect '\? \[y/N\] $' --send y -- "$BIN" grant alice -e prod
status_is 0 'confirmed'
is 'she reads it now' "$(vault readers --json | python3 -c 'import json, sys
print([sorted(r["reads"]) for r in json.load(sys.stdin) if r["name"] == "alice"])')" "[['dev', 'prod']]"

# ---- passphrases

run pty --expect '^new passphrase: $' --secret 'all of the team' --expect 'the passphrase again: $' --secret 'all of the team' -- \
    "$BIN" grant team --passphrase -e dev
status_is 0 'a passphrase, asked for twice'
printf 'all of the team\n' >team && chmod 600 team
is 'it opens' "$(vault get KEY --passphrase-file team)" "$MARKER"
cp vault.toml before.toml
run pty --expect 'new passphrase: ' --secret 'all of the team' --expect 'again: ' --secret 'all of the tram' -- \
    "$BIN" grant tram --passphrase -e dev
status_is 1 'the passphrases differ'
unchanged 'and nothing was changed' vault.toml before.toml
refuses 1 'no terminal to ask for a passphrase' '--generate' alone "$BIN" grant tram --passphrase -e dev
given vault grant ops --passphrase --generate -e staging,prod
ops=$(cat "$STDOUT")
ok 'one of 80 bits' matches "$ops" '????-????-????-????'
ok 'in its alphabet' not matches "$ops" '*[!a-z0-9-]*'
ok 'which is printed, and nowhere else' not has_text "$ops" "$SAID"
printf '%s\n' "$ops" >ops && chmod 600 ops
is 'it opens both' "$(vault get KEY -e staging --passphrase-file ops)$(vault get KEY -e prod --passphrase-file ops)" \
    "$MARKER$MARKER"
given vault grant more --passphrase --generate -e dev
ok 'another time it is another' not test "$(cat "$STDOUT")" = "$ops"
refuses 1 'No space left' '' sh -c '"$BIN" grant lost --passphrase --generate >/dev/full'
refuses 2 'a public key or --passphrase' '' vault grant eve "$bob" --passphrase
refuses 2 '--generate goes with --passphrase' '' vault grant eve "$bob" --generate
refuses 2 '--generate takes no value' 'vault grant -h' vault grant eve --passphrase --generate=hex:32
refuses 3 'the passphrase of team is needed, and was not given' '--passphrase-file' alone "$BIN" grant team -e prod
cp vault.toml before.toml
run pty --expect '^passphrase of team for prod: $' --secret wrong \
    --expect 'that does not open it; passphrase of team for prod: $' --secret '' -- "$BIN" grant team -e prod
status_is 1 'who does not know a passphrase does not give it on'
unchanged 'and nothing was changed' vault.toml before.toml
run pty --expect '^passphrase of team for prod: $' --secret 'all of the team' -- "$BIN" grant team -e prod
status_is 0 'a passphrase that is known is given on'
is 'it opens that too' "$(vault get KEY -e prod --passphrase-file team)" "$MARKER"

# ---- a key is a person

refuses 1 'bob reads dev with this key already: eve would be a second name' \
    "vault grant bob $bob -e staging; --force" alone "$BIN" grant eve "$bob" -e staging
run pty --expect 'give this person the name eve too\? \[y/N\] $' --send n -- "$BIN" grant eve "$bob" -e staging
status_is 1 'asked, and answered with no'
run pty --expect 'give this person the name eve too\? \[y/N\] $' --send y -- "$BIN" grant eve "$bob" -e staging
status_is 0 'and with yes'
ok 'then it opens' opens bob.key staging
given vault revoke eve -e staging
ok 'and no more' not opens bob.key staging
refuses 1 'bob reads dev with this key already' "--reader bob=$bob" \
    alone "$BIN" env create more --reader "eve=$bob"
given vault env create more --reader "$bob" --reader "$(key_of own.key)"
is 'without a name it has the one that is known' \
    "$(sed -n '/^\[vault.env.more.readers\]/,/^\[/p' vault.toml | grep -c '^bob = ')" 1
given vault env delete more -y

# ---- another key for a name

new=$(key_of new.key)
refuses 1 'bob reads dev with another key: age1' '--replace' vault grant bob "$new" -e dev
refuses 1 'bob reads dev with another key: age1' '--replace' vault grant bob "$new" -e staging
refuses 1 'team reads dev with another key' '--replace' vault grant team "$new" -e staging
refuses 1 'bob reads dev with another key' '--replace' vault grant bob --passphrase --generate -e dev
refuses 1 'ops reads prod with another key' '--replace' vault grant ops --passphrase --generate -e dev
cp vault.toml before.toml
given vault grant bob "$new" --replace -e dev
ok 'it opens dev' opens new.key dev
ok 'and prod, which he read before' opens new.key prod
ok 'the old one does not' not opens bob.key dev
ok 'anywhere' not opens bob.key prod
stdout_has 'dev=' 'the new fingerprints are printed'
stdout_has 'prod='
stderr_has "dev is encrypted to bob $new" 'and to whom they are sealed'
is 'each has a new key' "$(grep '^inbox-key' vault.toml before.toml | cut -d : -f 2 | sort | uniq -u | wc -l)" 4
is 'of those that he does not read, none' \
    "$(sed -n '/^\[vault.env.staging\]/,/^first/p' vault.toml | grep inbox)" \
    "$(sed -n '/^\[vault.env.staging\]/,/^first/p' before.toml | grep inbox)"
given vault grant bob --passphrase --generate --replace -e dev
sed 1q "$STDOUT" >bobs && chmod 600 bobs
is 'a key becomes a passphrase' "$(vault get KEY -e prod --passphrase-file bobs)" "$MARKER"
ok 'and opens no more' not opens new.key prod
given vault grant bob --passphrase --generate --replace -e dev
sed 1q "$STDOUT" >again && chmod 600 again
is 'a passphrase becomes another' "$(vault get KEY -e prod --passphrase-file again)" "$MARKER"
refuses 3 '' 'ask a reader' vault get KEY -e prod --passphrase-file bobs
given vault grant bob "$bob" --replace -e dev
ok 'and a key again' opens bob.key prod
refuses 3 '' 'ask a reader' vault get KEY -e prod --passphrase-file again
ok 'of his passphrases none is left' not grep -q '^bob = "' vault.toml

boss=$(key_of boss.key)
given vault env create board --reader "boss=$boss" --reader "bob=$bob"
refuses 3 'you cannot open board' 'ask a reader: vault grant' vault grant bob "$new" --replace -e dev

# ---- what stops it

refuses 2 'is no name for a reader' '' vault grant 'a b' "$bob" -e dev
refuses 4 'there is no environment prd' 'there is prod' vault grant eve "$bob" -e dev,prd
refuses 3 'you cannot open board' 'ask a reader: vault grant' vault grant eve "$new" -e dev,board
sed 's/^first-secret = ".../first-secret = "AAA/' vault.toml >damaged.toml
refuses 5 'the start of the environment' '' vault grant eve "$new" -e dev -f damaged.toml
sed "s|^alice = .*|mallory = [\"$new\",|" vault.toml >damaged.toml
refuses 5 'mallory' '' vault grant eve "$(key_of eve.key)" -e dev -f damaged.toml
finish
