#!/bin/sh
# Age plugins: readers and identities whose keys another program has. With a small plugin of our own,
# which the stock age runs too, and with real ones (make deps-test).
if [ -z "${KEYRING_OF_ITS_OWN:-}" ] && unshare --user --map-root-user true 2>/dev/null; then
    KEYRING_OF_ITS_OWN=1 exec unshare --user --map-root-user "$0"
fi
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'
mkdir bin
cp "$TOP/tests/age-plugin-toy.py" bin/age-plugin-toy
PATH=$PWD/bin:$PATH
export TOY_COUNT="$TMP/count"
age-plugin-toy --new >toy.key
chmod 600 toy.key
toy=$(sed -n 's/^# *Recipient: //p' toy.key)

runs() { # how often the plugin was started since the last time
    wc -l <"$TOY_COUNT" 2>/dev/null | tr -d ' '
    : >"$TOY_COUNT"
}
: >"$TOY_COUNT"

# ---- a reader

given vault init -e dev,prod
given vault set "KEY=$MARKER"
given vault set OTHER=x THIRD=y
is 'no plugin is started where no key needs one' "$(runs)" 0
given vault grant tina "$toy"
stderr_has "running $PWD/bin/age-plugin-toy" 'a grant says which program it starts'
is 'once' "$(runs)" 1
run vault get KEY --identity toy.key
is 'an identity opens' "$(cat "$STDOUT")" "$MARKER"
stderr_has "running $PWD/bin/age-plugin-toy" 'and says which program that takes'
: >"$TOY_COUNT"
run vault exec --identity toy.key -- sh -c 'echo "$KEY $OTHER $THIRD"; { read -r left </proc/$$/task/$$/children && echo "$left"; } 2>/dev/null'
stdout_is "$MARKER x y" 'exec has all values, and no other process remains'
is 'after one run: none for a value' "$(runs)" 1
given vault verify --identity toy.key
given vault set MORE=z --identity toy.key
given vault rotate
is 'one run to open, one to write, one to rotate' "$(runs)" 3
is 'after a rotation' "$(vault get KEY --identity toy.key)" "$MARKER"
given vault rotate --identity toy.key
is 'and after one of its own' "$(vault get KEY --identity toy.key)" "$MARKER"
run vault readers
stdout_has 'plugin' 'readers shows the kind'
run vault readers --json
stdout_has "$toy" 'and the key'
run vault whoami --identity toy.key
stdout_has "$toy" 'whoami has the public key from the comment'
stdout_has 'opens   dev as tina' 'and what it opens'
given vault env create new --reader "tina=$toy"
is 'an environment of its own' "$(vault set K=1 -e new --identity toy.key && vault get K -e new --identity toy.key)" 1
: >"$TOY_COUNT"
run alone "$BIN" get KEY -e prod --identity toy.key
status_is 3 'where nobody reads with a key of a plugin'
is 'none is started' "$(runs)" 0
stderr_has 'passed over toy.key' 'and that is said'
head -n 1 toy.key | sed 's/.*: //' >tina.pub
sed 1d toy.key >bare.key
chmod 600 bare.key
is 'without the comment above it' "$(vault get KEY --identity bare.key)" "$MARKER"
is 'in a variable' "$(VAULT_IDENTITY=$(cat toy.key) vault get KEY)" "$MARKER"
is 'from a pipe' "$(sed p toy.key | sed 1d | vault get KEY --identity /dev/stdin)" "$MARKER"
age-plugin-toy --new >wrong.key
chmod 600 wrong.key
refuses 3 'none of the keys' '' alone "$BIN" get KEY --identity wrong.key

# ---- without the plugin

mkdir without
for program in age git sh; do
    ! command -v $program >/dev/null || ln -s "$(command -v $program)" without
done
lacking() {
    PATH=$WORK/without "$@"
}
run lacking "$BIN" set OTHER=2
status_is 0 'who lacks the plugin sets values'
refuses 4 'reader tina' 'install age-plugin-toy' lacking "$BIN" rotate
refuses 4 'reader tina' 'install age-plugin-toy' lacking "$BIN" grant tina -e prod "$toy"
refuses 4 'reader tina' '--no-plugins' vault rotate --no-plugins
refuses 3 'age-plugin-toy is not in PATH' 'install age-plugin-toy' lacking "$BIN" get KEY --identity toy.key
refuses 3 'plugins are off' '--no-plugins' vault get KEY --identity toy.key --no-plugins
given vault keygen -o bob.key
given lacking "$BIN" grant bob "$(cat "$STDOUT")"
is 'and gives others a key' "$(vault get OTHER --identity bob.key)" 2
is 'a key that needs none opens' "$(vault get KEY --no-plugins)" "$MARKER"

# ---- what it says and asks

run alone env TOY=say "$BIN" get KEY --identity toy.key
is 'a message needs no terminal' "$(cat "$STDOUT")" "$MARKER"
stderr_has 'age-plugin-toy says: touch the token\x1b[31m now' 'and cannot act on one'
for what in confirm public secret; do
    refuses 3 'age-plugin-toy' '' alone env TOY=$what "$BIN" get KEY --identity toy.key
done
export TOY=say,confirm,public,secret
run pty --expect 'toy asks: really .*go on.*stop' --send y --expect 'asks: which slot: ' --send 7 \
    --expect 'asks: the PIN: ' --secret 1234 -- "$BIN" get KEY --identity toy.key
status_is 0 'confirmed, and asked on the terminal'
stdout_has "$MARKER" 'the value'
stdout_lacks 1234 'a secret answer is not shown'
run pty --expect 'really' --send n -- "$BIN" get KEY --identity toy.key
status_is 3 'not confirmed'
TOY=grease
is 'an unknown message is answered' "$(vault get KEY --identity toy.key)" "$MARKER"
TOY=two
given vault rotate
unset TOY
is 'several stanzas for one reader' "$(vault get KEY --identity toy.key)" "$MARKER"
given vault verify

# ---- a time-out: 5 seconds in this build, 120 in the one that is installed

export TOY=hang
refuses 3 'does not answer' 'whoami' alone "$BIN" get KEY --identity toy.key
unset TOY

# ---- identity files that hold one, and unlock

if command -v age >/dev/null; then
    printf '%s' "$MARKER" >plain
    ok 'age encrypts with the plugin' age -r "$toy" -o sealed plain
    ok 'and opens with it' sh -c 'age -d -i toy.key sealed | cmp - plain'
    pty --expect 'passphrase.*: ' --secret secret --expect 'Confirm passphrase: ' --secret secret -- \
        age -p -o locked.key toy.key >/dev/null
    chmod 600 locked.key
    run pty --expect 'passphrase of locked.key: ' --secret secret -- "$BIN" get KEY --identity locked.key
    stdout_has "$MARKER" 'an identity of a plugin under a passphrase'
    awk '/^tina = \["/ { on = 1; next } on { gsub(/[ ",]/, ""); print; exit }' vault.toml >entry
    { cat entry && printf '====' | head -c $(((4 - $(tr -d '\n' <entry | wc -c) % 4) % 4)); } |
        tr -d '\n' | base64 -d >entry.age
    is 'age opens what was encrypted to the reader' "$(age -d -i toy.key entry.age | wc -c | tr -d ' ')" 32
else
    skip 'the stock age' 'there is no age'
fi
if [ -n "${KEYRING_OF_ITS_OWN:-}" ]; then
    given vault unlock --identity toy.key
    : >"$TOY_COUNT"
    mv "$IDENTITY" kept.key
    is 'after unlock' "$(alone "$BIN" get KEY)" "$MARKER"
    is 'no plugin is started' "$(runs)" 0
    given vault unlock --for=1h
    given vault rotate --identity kept.key
    refuses 3 'no key was given' '' alone "$BIN" get KEY
    given vault lock
    mv kept.key "$IDENTITY"
else
    skip 'unlock' 'no user namespace is to be had, and so no keyring to test with'
fi

# ---- real ones

real=$TOP/build/peers/age
if [ ! -x "$real/age-plugin-pq" ]; then
    skip 'four real plugins' 'there are none: make deps-test, which needs Go'
    finish
    exit
fi
PATH=$real:$PATH
age-keygen -pq -o pq.key 2>/dev/null
age-plugin-pq -identity -o pq-plugin.key pq.key
chmod 600 pq.key pq-plugin.key
pq=$(age-keygen -y pq.key)
given vault grant peter "$pq"
is 'age-plugin-pq: an identity of its own' "$(vault get KEY --identity pq-plugin.key)" "$MARKER"
is 'and the native one' "$(vault get KEY --identity pq.key)" "$MARKER"
cp "$IDENTITY" x.key
given vault revoke peter

# age-plugin-tag and -tagpq encrypt only: what holds their keys is hardware. Here nobody does: the keys
# are points that everybody knows.
python3 - "$TOP/tests/age-plugin-toy.py" "$pq" >tags <<'END'
import importlib.util
import sys

spec = importlib.util.spec_from_file_location("toy", sys.argv[1])
toy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(toy)
x = bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
y = bytes.fromhex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
print(toy.encode("age1tag", b"\x03" + x))
print(toy.encode("age1tagpq", toy.decode(sys.argv[2])[:1184] + b"\x04" + x + y))
print(toy.encode("age-plugin-batchpass-", b"").upper())
print(toy.encode("age1batchpass", bytes(32)))
END
holds() { # READER STANZA: whether its entry in dev has a stanza of this type
    awk -v name="$1" '$0 ~ "^" name " = \\[" { on = 1; next } on { gsub(/[ ",]/, ""); print; exit }' vault.toml |
        python3 -c 'import base64, sys; t = sys.stdin.read().strip(); sys.stdout.buffer.write(base64.b64decode(t + "=" * (-len(t) % 4)))' |
        grep -aq "^-> $2 "
}
given vault grant tag "$(sed -n 1p tags)"
stderr_has "$real/age-plugin-tag" 'age-plugin-tag encrypts'
ok 'with its stanza' holds tag p256tag
given vault grant tagpq "$(sed -n 2p tags)"
stderr_has "$real/age-plugin-tagpq" 'age-plugin-tagpq encrypts'
ok 'with its stanza' holds tagpq mlkem768p256tag
given vault verify
is 'the others still read' "$(vault get KEY --identity toy.key)" "$MARKER"

# age-plugin-batchpass has no public keys, and opens passphrase stanzas, of which a vault has none.
sed -n 3p tags >batch.key
chmod 600 batch.key
refuses 3 'none of the keys' '' alone env AGE_PASSPHRASE=x "$BIN" get KEY --identity batch.key
refuses 3 'age-plugin-batchpass: ' 'whoami' alone "$BIN" get KEY --identity batch.key
refuses 1 'age-plugin-batchpass: ' '' alone "$BIN" grant batch "$(sed -n 4p tags)"
finish
