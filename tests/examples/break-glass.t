#!/bin/sh
# The example that recovers what a vault holds without vault: it reads the vaults in tests/golden,
# with identity files of both kinds and with a passphrase, and one that vault makes here.
. "$(dirname "$0")/../lib.sh"

for tool in age python3; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
python3 -c 'import ctypes, ctypes.util as u; ctypes.CDLL(u.find_library("sodium") or "libsodium.so")' \
    2>/dev/null || skip_all 'python3 finds no libsodium'
RECOVER=$TOP/examples/break-glass/recover.py
if [ "$(uname)" = Darwin ]; then
    skip_all '/dev/fd is another thing here'
fi

same_as_golden() { # PLAIN ENV: in PLAIN all values are in base64
    python3 - "$1" "$2" "$STDOUT" <<'EOF'
import base64, json, sys

plain, env, found = sys.argv[1:]
expected = {
    secret: {k: base64.b64decode(v).decode(errors="surrogateescape") for k, v in keys.items()}
    for secret, keys in json.load(open(plain))[env].items()
}
sys.exit({s: k for s, k in json.load(open(found)).items() if k} != {s: k for s, k in expected.items() if k})
EOF
}

for golden in features crlf open; do
    folder=$TOP/tests/golden/$golden
    for key in me carol; do
        cp "$folder/$key.key" "$key.key"
        chmod 600 "$key.key"
    done
    hows='me/dev me/prod carol/prod'
    [ "$golden" != open ] || hows='me/dev me/prod carol/dev'
    for how in $hows; do
        run python3 "$RECOVER" "$folder/vault.toml" "${how#*/}" "${how%/*}.key"
        ok "$golden: $how: all values" or_tell same_as_golden "$folder/plain.json" "${how#*/}"
    done
    other=dev
    [ "$golden" != open ] || other=prod
    run python3 "$RECOVER" "$folder/vault.toml" "$other" carol.key
    status_is 1 "$golden: not a reader"
    stderr_is "this key does not open $other" "$golden: not a reader is told"
done

sed 's/^LOG_LEVEL = \["info"/LOG_LEVEL = ["debug"/' "$folder/vault.toml" >changed.toml
run python3 "$RECOVER" changed.toml dev me.key
status_is 1 'an open value that was changed does not open'
stderr_is 'does not open: dev/app/LOG_LEVEL' 'and is named'
stdout_is '' 'and nothing is printed'

folder=$TOP/tests/golden/crlf
run "$TOP/tests/pty.py" --expect 'passphrase' --secret "$(cat "$folder/team.pass")" -- \
    sh -c 'python3 "$1" "$2" prod team >opened.json' - "$RECOVER" "$folder/vault.toml"
status_is 0 'a passphrase: asked for by age'
STDOUT=opened.json
ok 'a passphrase: all values' same_as_golden "$folder/plain.json" prod
STDOUT=$TMP/stdout

# A published vector: authors around each multiple of 32 bytes, and every value is the word value.
run python3 "$RECOVER" "$TOP/tests/vectors/format/good/author-sizes.toml" dev \
    "$TOP/tests/vectors/format/keys/alice.key"
is 'authors of every length' "$(grep -o '": "[^"]*"' "$STDOUT" | sort | uniq -c | tr -s ' ')" \
    ' 12 ": "value"'

mkdir app
cd app
"$BIN" init -e dev,prod 2>/dev/null
printf 'grüße\n\n' | "$BIN" set --raw stripe/API_KEY 2>/dev/null
"$BIN" set app/A=one -e prod 2>/dev/null
run python3 "$RECOVER" vault.toml dev "$XDG_CONFIG_HOME/vault/identity"
stdout_is '{"stripe": {"API_KEY": "gr\u00fc\u00dfe\n\n"}}' 'what vault has sealed here'
sed 's/^\[dev\.stripe\]/[dev.other]/' vault.toml >moved.toml
run python3 "$RECOVER" moved.toml dev "$XDG_CONFIG_HOME/vault/identity"
status_is 1 'a value that was moved does not open'
stderr_is 'does not open: dev/other/API_KEY' 'and is named'
stdout_is '' 'and nothing is printed'

done_testing
