#!/bin/sh
# The vaults in tests/golden, as the implementation in Python reads them: every value, and everything
# else that is known of them, proposals included. golden.py still makes the same bytes.
. "$(dirname "$0")/../lib.sh"

for tool in python3 age; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || skip_all 'python3 is older than 3.9'
export PYTHONDONTWRITEBYTECODE=1

read_golden() { # OPTION…
    for passphrase in "$folder"/*.pass; do
        [ ! -e "$passphrase" ] || set -- "$@" --passphrase-file "$passphrase"
    done
    python3 "$TOP/tests/independent/read.py" --all "$@" --identity "$folder"/*.key -- "$folder/vault.toml"
}

golden=0
for folder in "$TOP"/tests/golden/*/; do
    folder=${folder%/}
    name=${folder##*/}
    golden=$((golden + 1))
    run read_golden --verify
    status_is 0 "$name: every seal"
    ok "$name: what it holds" or_tell cmp "$STDOUT" "$folder/plain.json"
    run read_golden --info
    ok "$name: all that can be known" or_tell cmp "$STDOUT" "$folder/info.json"
done
ok 'there are some' test "$golden" -ge 4
ok 'one has proposals' has_text '"when": ' "$TOP/tests/golden/inbox/info.json"
ok 'one has open values' has_text '"kind": "open"' "$TOP/tests/golden/open/info.json"
ok 'one has templates' has_text '"kind": "template"' "$TOP/tests/golden/features/info.json"

run python3 "$TOP/tests/independent/golden.py" "$TMP/again"
status_is 0
ok 'they are made again byte for byte' or_tell diff -r -x .gitattributes "$TMP/again" "$TOP/tests/golden"

done_testing
