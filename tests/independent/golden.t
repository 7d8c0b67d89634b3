#!/bin/sh
# The vaults in tests/golden, as the reader in Python has them: what they hold, and, where info.json
# stands beside one, all that can be known of it, proposals and all.
. "$(dirname "$0")/../lib.sh"

for tool in python3 age ssh-keygen; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || skip_all 'python3 is older than 3.9'
export PYTHONDONTWRITEBYTECODE=1

read_golden() { # OPTION…
    python3 "$TOP/tests/independent/read.py" --all "$@" --identity "$folder"/*.key \
        --passphrase-file "$folder"/*.pass -- "$folder/vault.toml"
}

# Environments without secrets may be left out.
same_json() {
    python3 -c 'import json, sys
one, other = ({k: v for k, v in json.load(open(f)).items() if v} for f in sys.argv[1:])
sys.exit(one != other)' "$1" "$2"
}

golden=0
for folder in "$TOP"/tests/golden/*/; do
    folder=${folder%/}
    name=${folder##*/}
    golden=$((golden + 1))
    run read_golden
    ok "$name: what it holds" or_tell same_json "$STDOUT" "$folder/plain.json"
    run read_golden --verify
    status_is 0 "$name: every seal"
    [ ! -e "$folder/info.json" ] || {
        run read_golden --info
        ok "$name: all that can be known" or_tell same_json "$STDOUT" "$folder/info.json"
    }
done
ok 'there are some' test "$golden" -ge 3
ok 'one has proposals' has_text '"when": ' "$TOP/tests/golden/inbox/info.json"

done_testing
