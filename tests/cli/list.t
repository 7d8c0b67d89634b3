#!/bin/sh
# list and env: names for people and for programs, without a key.
. "$(dirname "$0")/scene.sh"

given vault init -e dev,prod
given vault create stripe "API_KEY=$MARKER" WEBHOOK_KEY=2
given env VAULT_AUTHOR='ann@example.org' "$BIN" create db PASSWORD=3
given vault create web PORT=4 -e prod

# ---- without a key

mv "$IDENTITY" kept.key
run vault list
status_is 0
stderr_is ''
is 'list: names, and how many keys' "$(sed 's/  */ /g; s/ 20.*Z / DATE /' "$STDOUT")" \
    "db 1 value DATE ann@example.org${newline}stripe 2 values DATE me"
run vault list -e prod
is 'list: of an environment' "$(cut -d ' ' -f 1 "$STDOUT")" web
run env VAULT_ENV=prod "$BIN" list
is 'list: of the one that VAULT_ENV names' "$(cut -d ' ' -f 1 "$STDOUT")" web
run env VAULT_ENV=prod "$BIN" list -e dev
is 'list: -e goes before it' "$(wc -l <"$STDOUT" | tr -d ' ')" 2
run vault list --all
is 'list --all' "$(cut -d ' ' -f 1 "$STDOUT" | tr '\n' ' ')" 'dev/db dev/stripe prod/web '
run vault list --max 1
is 'list --max' "$(cut -d ' ' -f 1 "$STDOUT")" db
run vault list --max 99999
is 'list --max, of fewer' "$(wc -l <"$STDOUT" | tr -d ' ')" 2
run vault list --created-before 2020-01-31
status_is 0
stdout_is ''
run vault list --created-before 9999-12-31T23:59:59Z
is 'list --created-before' "$(wc -l <"$STDOUT" | tr -d ' ')" 2
run alone "$BIN" list stripe
status_is 0 'names of a secret'
is 'are unverified' "$(sed 's/  */ /g' "$STDOUT")" "API_KEY unverified, sealed${newline}WEBHOOK_KEY unverified, sealed"
refuses 3 'no key was given that could open dev' 'vault grant NAME age1… -e dev' \
    alone "$BIN" list stripe --verify
refuses 3 'no key was given that could open dev' '' alone "$BIN" list --verify
for max in 0 -1 x 1x ' ' 1.5; do
    refuses 2 '--max takes a number' '' vault list --max "$max"
done
for date in tomorrow 2026 2026-01 '2026-01-31 12:00:00' 2026-01-31T12:00:00 2026-1-1 2026-02-30 2026-02-30T00:00:00Z \
    2026-01-31T24:00:00Z ' '; do
    refuses 2 '--created-before takes a date' '' vault list --created-before "$date"
done
refuses 4 'there is no environment prd' 'there is prod' vault list -e prd
refuses 4 'there is no environment x' 'vault env list' vault list -e x
for envs in '-e dev,prod' '-e dev -e prod' '-e prod,dev,prod'; do
    # shellcheck disable=SC2086 # words
    run vault list $envs
    is "list $envs" "$(cut -d ' ' -f 1 "$STDOUT" | sort | tr '\n' ' ')" 'dev/db dev/stripe prod/web '
done
refuses 4 'there is no environment stage' '' vault list -e dev,stage
refuses 2 'one environment at a time' '' vault get PORT -e dev,prod
for words in list 'get PORT' 'exec -- true' 'set A=1'; do
    expected=2
    [ "$words" = 'exec -- true' ] && expected=125
    # shellcheck disable=SC2086 # words
    refuses "$expected" 'VAULT_ENV names one' '-e dev,prod' env VAULT_ENV=dev,prod "$BIN" $words
done
refuses 4 'there is no environment staging' '-e ENV' env VAULT_ENV=staging "$BIN" list
ok 'and says where the name is from' grep -q '^hint: VAULT_ENV' "$STDERR"
mv kept.key "$IDENTITY"

# ---- with one

run vault list stripe
status_is 0
is 'list SECRET: keys, when and by whom' "$(sed 's/  */ /g; s/ 20.*Z / DATE /' "$STDOUT")" \
    "API_KEY DATE me${newline}WEBHOOK_KEY DATE me"
stdout_lacks "$MARKER" 'never a value'
run vault list db
stdout_has ann@example.org 'the author is VAULT_AUTHOR'
given env GIT_AUTHOR_EMAIL=git@example.org "$BIN" set db/PASSWORD=4
run vault list db
stdout_has git@example.org 'the author is GIT_AUTHOR_EMAIL'
refuses 2 'VAULT_AUTHOR: an author has' '' env VAULT_AUTHOR='a"b' "$BIN" set db/PASSWORD=5
run env VAULT_AUTHOR='a"b' "$BIN" get db/PASSWORD
status_is 0 'who only reads is no author'
stderr_is ''
for odd in 'a"b' 'a\b' "a${newline}b" "$(printf 'a\001\033b')" "$(printf '\377')" "$(head -c 256 /dev/zero | tr '\0' a)"; do
    for words in 'get db/PASSWORD' list 'list db' 'exec -- true' verify; do
        # shellcheck disable=SC2086
        run env GIT_AUTHOR_EMAIL="$odd" "$BIN" $words
        status_is 0 "an odd GIT_AUTHOR_EMAIL does not stop $words"
        stderr_lacks GIT_AUTHOR_EMAIL 'nor is it spoken of'
    done
    run env GIT_AUTHOR_EMAIL="$odd" "$BIN" set db/PASSWORD=5
    status_is 0 'nor set'
    stderr_has 'note: GIT_AUTHOR_EMAIL is passed over: an author has at most' 'which says so'
    run vault list db
    ok 'and takes the next one, the reader' grep -q '^PASSWORD .* me$' "$STDOUT"
    given vault set db/PASSWORD=4
done
refuses 4 'there is no secret strpie' 'there is stripe' vault list strpie
given vault list --verify
given vault list --verify --all
cp vault.toml whole.toml
sed '/^\[prod.web\]/,$s/^created-by = .*/created-by = "mallory"/' whole.toml >vault.toml
given vault list --verify
refuses 5 '' '' vault list --verify --all
refuses 5 '' '' vault list --verify -e prod
refuses 5 '' '' vault list web -e prod
mv whole.toml vault.toml

# ---- by a part of the name

names() { # EXPECTED COMMAND…
    expected=$1
    shift
    run "$@"
    is "$*" "$(tr '\n' ' ' <"$STDOUT")" "$expected"
    status_is 0
}
names 'db/PASSWORD stripe/API_KEY stripe/WEBHOOK_KEY ' vault list --names
names 'dev/db/PASSWORD dev/stripe/API_KEY dev/stripe/WEBHOOK_KEY prod/web/PORT ' vault list --names --all
names 'stripe/API_KEY stripe/WEBHOOK_KEY ' vault list _key
names 'stripe/API_KEY stripe/WEBHOOK_KEY ' vault list trip
names 'stripe/API_KEY ' vault list '*pi*y'
names 'stripe/API_KEY ' vault list 'api*'
names 'stripe/API_KEY stripe/WEBHOOK_KEY ' vault list 'STRIPE/*'
names 'dev/db/PASSWORD prod/web/PORT ' vault list P*O* --all
names 'dev/stripe/API_KEY dev/stripe/WEBHOOK_KEY ' vault list stripe --all
names 'db/PASSWORD ' vault list --names --max 1
names 'prod/web/PORT dev/db/PASSWORD ' vault list 'P*O*' -e prod,dev
names 'stripe/API_KEY stripe/WEBHOOK_KEY ' vault list --names stripe
stderr_is ''
refuses 4 'no name matches' 'vault list --names -e prod' vault list '*key' -e prod
refuses 4 'no name matches' 'vault list --names --all' vault list KEYS --all
refuses 4 'there is no secret KEYS' '' vault list KEYS
for word in 'a b' - / "$(head -c 400 /dev/zero | tr '\0' a)"; do
    refuses 2 'part of a name' 'vault list -h' vault list "$word"
done
mv "$IDENTITY" kept.key
names 'db/PASSWORD stripe/API_KEY stripe/WEBHOOK_KEY ' alone "$BIN" list --names
stderr_has 'its names are unverified' 'and it says so'
names 'db/PASSWORD ' alone "$BIN" list pass
refuses 3 'no key was given that could open dev' '' alone "$BIN" list --names --verify
mv kept.key "$IDENTITY"
awk '/^\[/ { gone = 0 } /^[A-Za-z_]* = / { gone = /^API_KEY = / } !gone' vault.toml >less.toml
refuses 5 '' '' vault list --names -f less.toml
refuses 5 '' '' vault list api_ -f less.toml
refuses 5 '' '' vault list key --all -f less.toml
rm less.toml

# ---- on a terminal: headers, local dates, and columns in line at any width

given vault create a-secret-with-a-very-long-name-that-goes-on LONG=1
screen() { # WIDTH WORDS…
    width=$1
    shift
    run env TZ=XXX-5:30 "$TOP/tests/pty.py" -- sh -c 'stty cols "$0" && exec "$@"' "$width" "$BIN" "$@"
    tr -d '\r' <"$STDOUT" >screen
    ok "$* in $width columns: no line is longer" not grep -q ".\{$((width + 1))\}" screen
}
for width in 60 80 120; do
    screen "$width" list
    ok 'a header says what the dates are' grep -q '^SECRET  *VARIABLES  *CREATED  *BY$' screen
    is 'all dates are below it' "$(awk 'NR == 1 { at = index($0, "CREATED") }
        match($0, /20[0-9][0-9]-/) { print RSTART - at }' screen | sort -u)" 0
done
screen 60 list stripe
ok 'of a secret, too' grep -q '^NAME  *CHANGED  *BY$' screen
run vault list stripe --json
utc=$(sed -n 's/.*"updated_at": "\([^"]*\):..Z".*/\1/p' "$STDOUT" | head -n 1 | tr T ' ')
local=$(TZ=XXX-5:30 date -d "$utc UTC" '+%Y-%m-%d %H:%M' 2>/dev/null)
if [ "$local" ]; then
    ok 'dates are local' grep -q "^API_KEY  *$local" screen
else
    skip 'dates are local' 'date cannot convert'
fi
given vault delete a-secret-with-a-very-long-name-that-goes-on -y
rm screen

# ---- for programs

json() { # EXPRESSION: true of the JSON on stdout
    ok "$ran: $1" python3 -c '
import json, sys
v = json.load(open(sys.argv[1]))
assert eval(sys.argv[2]), v' "$STDOUT" "$1"
}
if command -v python3 >/dev/null; then
    run vault list --json
    json '[(e["env"], e["secret"], e["keys"]) for e in v] == [("dev", "db", 1), ("dev", "stripe", 2)]'
    json 'all(len(e["created_at"]) == 20 for e in v) and v[1]["created_by"] == "me"'
    run vault list --json --all
    json '[e["secret"] for e in v] == ["db", "stripe", "web"]'
    run vault list --json --max 1
    json 'len(v) == 1'
    run vault list --json --created-before 2020-01-01
    json 'v == []'
    run vault list stripe --json
    json '[e["key"] for e in v] == ["API_KEY", "WEBHOOK_KEY"]'
    json 'all(len(e["updated_at"]) == 20 and e["author"] == "me" for e in v)'
    run vault env list --json
    json 'v == ["dev", "prod"]'
else
    skip 'JSON' 'there is no python3'
fi
for verb in 'list' 'list --json' 'list stripe' 'env' 'env list --json'; do
    run sh -c '"$BIN" $1 >&-' - "$verb"
    status_is 1 "$verb, stdout closed: exit status 1"
    [ -c /dev/full ] || continue
    run sh -c '"$BIN" $1 >/dev/full' - "$verb"
    status_is 1 "$verb, disk full: exit status 1"
    stderr_has 'cannot write to standard output' "$verb, disk full: said so"
done

# Hostile names of authors do not act on the terminal.
sed 's/ann@example.org/ann\xc2\x9b31m\xe2\x80\xae/' vault.toml >hostile.toml
run vault list -f hostile.toml
ok 'a control character from the file is not printed' not grep -q "$(printf '\302\233')" "$STDOUT"

finish
