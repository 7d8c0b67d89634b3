#!/bin/sh
# Post-quantum identities, where this program's libsodium has X-Wing, and a clear refusal elsewhere.
. "$(dirname "$0")/scene.sh"

# says_which KEY: what is said of an environment of this post-quantum reader, and of dev.
says_which() {
    given vault env create quantum --reader "bob=$1"
    run vault doctor
    stdout_has 'quantum is post-quantum, except for proposals' 'doctor: all readers are'
    stdout_has 'dev is not post-quantum' 'and of dev not'
    run vault readers
    stdout_has "${newline}post-quantum: quantum$newline" 'so do readers'
    stdout_has 'not post-quantum: dev' 'of each environment'
    run vault readers --json
    ok 'and as JSON, of each reader' python3 -c '
import json, sys
readers = {r["name"]: r["post_quantum"] for r in json.load(open(sys.argv[1]))}
assert readers == {"bob": True, "me": False}, readers' "$STDOUT"
}

# ends IDENTITY: of bob; and when an environment stops to be.
ends() {
    given vault rotate -e quantum --identity "$1"
    run vault doctor
    stdout_has 'quantum is post-quantum for what is sealed from now on' 'after a rotation: not of its past'
    run vault readers
    stdout_has 'earlier keys open: quantum' 'so do readers'
    given vault rotate -e quantum --forget-past --identity "$1"
    given vault keygen -o classic.key
    given vault grant carol "$(cat "$STDOUT")" -e quantum --identity "$1"
    stderr_has 'quantum is no longer post-quantum: the key of carol is not' 'a grant that ends it says so'
    given vault keygen -o classic2.key
    given vault grant dave "$(cat "$STDOUT")" -e quantum --identity "$1"
    stderr_lacks 'no longer' 'one that does not says nothing'
    run vault readers
    stdout_has 'not post-quantum: dev, quantum' 'then it is none'
}
command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

run vault keygen --pq
if [ "$status" -ne 0 ]; then
    stderr_has '1.0.22' 'an older libsodium: the one that is needed is named'
    ok 'and nothing is made' not test -e "$IDENTITY"
    given vault init
    python3 - "$TOP/tests/age-plugin-toy.py" >keys <<'END'
import importlib.util
import sys

spec = importlib.util.spec_from_file_location("toy", sys.argv[1])
toy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(toy)
print(toy.encode("age1pq", bytes(1216)))
print("# public key: " + toy.encode("age1pq", bytes(1216)))
print(toy.encode("age-secret-key-pq-", b"QQQQ" * 8).upper())
print(toy.encode("age1pq", bytes(1215)))
END
    public=$(sed -n 1p keys)
    refuses 4 '1.0.22' 'age-plugin-pq' vault grant bob "$public"
    refuses 2 'mlkem768x25519' '' vault grant bob "$(sed -n 4p keys)"
    refuses 2 'mlkem768x25519' '' vault grant bob "${public%?}q"
    sed -n 2,3p keys >pq.key
    chmod 600 pq.key
    # In place of age-plugin-pq: our own, whose stanza only looks like that.
    mkdir bin
    cp "$TOP/tests/age-plugin-toy.py" bin/age-plugin-pq
    PATH=$PWD/bin:$PATH
    refuses 1 'reader bob: age-plugin-pq' '' vault grant bob "$public"
    export TOY=mlkem
    says_which "$public"
    unset TOY
    rm bin/age-plugin-pq
    refuses 3 '1.0.22' 'age-plugin-pq' vault get K -e quantum --identity pq.key
    stderr_lacks 'AGE-SECRET' 'without the key'
    refuses 3 'plugins are off' 'no-plugins' vault get K -e quantum --identity pq.key --no-plugins
    real=$TOP/build/peers/age
    if [ -x "$real/age-plugin-pq" ]; then
        "$real/age-keygen" -pq -o real.key 2>/dev/null
        chmod 600 real.key
        cp "$real/age-plugin-pq" bin
        given vault env delete quantum -y
        given vault env create quantum --reader "bob=$("$real/age-keygen" -y real.key)"
        ends real.key
    else
        skip 'age-plugin-pq' 'there is none: make deps-test, which needs Go'
    fi
    finish
    exit
fi
public=$(cat "$STDOUT")
is 'the public key has 1,959 characters' "${#public}" 1959
given vault init
given vault set "KEY=$MARKER"
is 'its reader reads' "$(vault get KEY)" "$MARKER"
given vault keygen -o bob.key
given vault grant bob "$(cat "$STDOUT")"
is 'beside an X25519 reader' "$(vault get KEY --identity bob.key)" "$MARKER"
given vault rotate
is 'after a rotation' "$(vault get KEY)" "$MARKER"
given vault verify
run vault readers
stdout_has 'mlkem768x25519' 'readers shows the kind'
ok 'and the beginning of the key' grep -q '^[^ ]* .*  age1pq1[a-z0-9]*…  (you)$' "$STDOUT"
run vault readers --json
stdout_has "$public" 'all of it as JSON'
if age-keygen -pq -o theirs.key 2>/dev/null; then
    echo "$MARKER" >plain
    ok 'age 1.3 encrypts to our key' age -r "$public" -o sealed plain
    ok 'and opens it with our identity' sh -c 'age -d -i "$1" sealed | cmp - plain' - "$IDENTITY"
    given vault grant theirs "$(age-keygen -y theirs.key)"
    is 'its identity reads' "$(vault get KEY --identity theirs.key)" "$MARKER"
    sed -n '/^theirs = \[/,/"]/s/^ *"\(YWdl.*\)",$/\1/p' vault.toml >entry
    # The entry of a reader is an age file that age opens.
    { cat entry && printf '====' | head -c $(((4 - $(tr -d '\n' <entry | wc -c) % 4) % 4)); } |
        tr -d '\n' | base64 -d >entry.age
    ok 'age opens what we have encrypted to it' \
        sh -c 'test "$(age -d -i theirs.key entry.age | wc -c)" -eq 32'
else
    skip 'both ways with age' 'there is no age of 1.3 or later'
fi
given vault keygen --pq -o bob-pq.key
bob=$(cat "$STDOUT")
mv vault.toml mixed.toml
mv "$IDENTITY" own-pq.key
given vault init
says_which "$bob"
ends bob-pq.key
given vault init -f all.toml --reader "bob=$bob" --identity bob-pq.key
given vault grant team --passphrase --generate -f all.toml --identity bob-pq.key
run vault doctor -f all.toml --identity bob-pq.key
stdout_has 'dev is post-quantum' 'a passphrase beside post-quantum readers has such an identity'
mv mixed.toml vault.toml
mv own-pq.key "$IDENTITY"
given vault keygen --pq -o other.key
refuses 3 'none of the keys' '' alone "$BIN" get KEY --identity other.key
sed 's/^AGE-SECRET-KEY-PQ-1./AGE-SECRET-KEY-PQ-1X/' "$IDENTITY" >damaged.key
chmod 600 damaged.key
refuses 3 'a damaged identity' '' vault get KEY --identity damaged.key
finish
