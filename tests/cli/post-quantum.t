#!/bin/sh
# Post-quantum identities, where this program's libsodium has X-Wing, and a clear refusal elsewhere.
. "$(dirname "$0")/scene.sh"

run vault keygen --pq
if [ "$status" -ne 0 ]; then
    stderr_has '1.0.22' 'an older libsodium: the one that is needed is named'
    ok 'and nothing is made' not test -e "$IDENTITY"
    given vault init
    refuses 2 '1.0.22' '' vault grant bob "age1pq1$(printf '%01952d' 0 | tr 0 q)"
    printf '%s\n' 'AGE-SECRET-KEY-PQ-1QQQQ' >pq.key
    chmod 600 pq.key
    refuses 3 '1.0.22' '' vault get K --identity pq.key
    stderr_lacks 'QQQQ' 'without the key'
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
given vault keygen --pq -o other.key
refuses 3 'none of the keys' '' alone "$BIN" get KEY --identity other.key
sed 's/^AGE-SECRET-KEY-PQ-1./AGE-SECRET-KEY-PQ-1X/' "$IDENTITY" >damaged.key
chmod 600 damaged.key
refuses 3 'a damaged identity' '' vault get KEY --identity damaged.key
finish
