#!/bin/sh
# check: what is missing and what is old; with a key it is verified, and without one that is said.
. "$(dirname "$0")/scene.sh"

given vault init -e dev,prod
given vault create app "KEY=$MARKER" URL=2
given vault create stripe API_KEY=3 WEBHOOK_KEY=4
given vault create app KEY=5 -e prod
given vault create other URL=6 -e prod

checks() { # STATUS STDOUT ARGUMENT…
    expected=$1 lines=$2
    shift 2
    run vault check "$@"
    status_is "$expected" "check $*: exit status $expected"
    stdout_is "$lines" "check $*: what it says"
}

# ---- an example

printf '# what it takes\nKEY=\nexport URL=$X # a note\nAPI_KEY="your \\"key\\""\n' >.env.example
checks 0 'dev (4 variables), compared with .env.example (3 names): nothing is missing' --example .env.example
ok 'nothing else is said' or_tell test ! -s "$STDERR"
printf 'SENTRY_DSN=\nKEY=\nDEBUG=1\n' >>.env.example
checks 4 "missing in dev: DEBUG (.env.example)${newline}missing in dev: SENTRY_DSN (.env.example)" \
    --example .env.example
stderr_has 'vault: 2 missing'
stderr_has 'hint: for each: vault set'
mkdir deep
(cd deep && run vault check --example .env.example && echo no) >"$TMP/found" || :
is 'an example is searched upward' "$(cd deep && vault check --example .env.example 2>/dev/null | wc -l)" 2
rmdir deep
with 'KEY=' run vault check --example -
status_is 0 'an example on stdin'
printf 'KEY=1\n%s\n' "$MARKER" >bad.example
refuses 1 'bad.example: line 2' '' vault check --example bad.example
refuses 4 'nowhere' '' vault check --example ./nowhere

# ---- required names

checks 0 'dev (4 variables), compared with --require (2 names): nothing is missing' --require KEY,stripe/API_KEY
checks 4 "missing in dev: app/API_KEY (required)${newline}missing in dev: NOT (required)" \
    --require KEY,app/API_KEY --require NOT
refuses 2 'neither SECRET/NAME nor NAME' '' vault check --require 1A

# ---- another environment

checks 4 "missing in prod: stripe/API_KEY (dev has it)
missing in prod: app/URL (dev has it)
missing in prod: stripe/WEBHOOK_KEY (dev has it)
missing in dev: other/URL (prod has it)" --against prod
checks 4 "missing in dev: other/URL (prod has it)
missing in prod: stripe/API_KEY (dev has it)
missing in prod: app/URL (dev has it)
missing in prod: stripe/WEBHOOK_KEY (dev has it)" -e prod --against dev
given vault env copy prod twin
checks 0 'prod (2 variables), compared with twin (2 variables): nothing is missing' -e prod --against twin
refuses 4 'staging' '' vault check --against staging
refuses 4 'staging' '' vault check -e staging --require KEY

# ---- age

checks 0 'dev (4 variables): nothing is older than 90d' --max-age 90d
sleep 2
given vault set app/URL=new
run vault check --max-age 1s --json
status_is 7 'too old'
ok 'too old: three, by name' test "$(grep -c '"updated_at"' "$STDOUT")" -ge 3
stdout_has '"key": "stripe/API_KEY"'
run vault check --max-age 1s
stdout_has 'too old in dev: app/KEY (2'
stdout_has '0 days ago)'
stderr_has 'too old'
stderr_has 'hint: '
run vault check --max-age 1s --require NOT
status_is 4 'what is missing goes before what is old'
stderr_has '1 missing, '
for time in 90 d 0d -1d 1y 1.5d; do
    refuses 2 '--max-age takes a time' '' vault check --max-age "$time"
done

# A value whose date is still to come: its age cannot be said. By another writer, whose clock was
# ahead, or this machine's is behind.
cat >"$TMP/description" <<'END'
{"readers": {"alice": {"kind": "X25519"}}, "environments": {"dev": {"readers": ["alice"],
 "secrets": {"app": {"created-at": "2023-11-14T22:13:20Z", "created-by": "alice", "keys": {
  "AHEAD": {"value": "YQ==", "author": "alice", "updated-at": 32503680000},
  "OLD": {"value": "Yg==", "author": "alice", "updated-at": 1700000000}}}}}}}
END
if command -v python3 >/dev/null; then
    given python3 "$TOP/tests/independent/write.py" --description "$TMP/description" --dir "$TMP/dated"
    dated() { vault "$@" -f "$TMP/dated/vault.toml" --identity "$TMP/dated/alice.key"; }
    run dated check --max-age 200000d
    status_is 7 'a value of the future is found, whatever age is allowed'
    stdout_has 'of the future in dev: app/AHEAD (3000-01-01T00:00:00Z, in '
    stdout_lacks 'app/OLD'
    stderr_has 'vault: 1 dated in the future'
    stderr_has 'hint: a clock was wrong: vault delete SECRET/NAME -e dev, then vault set it'
    run dated check --max-age 1d --require NOT --json
    status_is 4 'what is missing goes before it'
    stderr_has 'vault: 1 missing, 1 too old, 1 dated in the future'
    is 'json: what is of the future' "$(python3 -c '
import json, sys
print([v["key"] for v in json.load(sys.stdin)["future"]])' <"$STDOUT")" "['app/AHEAD']"
    given dated set app/AHEAD=c app/OLD=d
    run dated check --max-age 200000d
    stdout_has 'app/AHEAD (3000-01-01T00:00:01Z' 'what replaces it is later still, so no merge takes it for older'
    given dated delete app/AHEAD -y
    given dated set app/AHEAD=c
    run dated check --max-age 1d
    status_is 0 'what the hint says mends it'
else
    skip 'a value of the future' 'there is no python3'
fi

# ---- json

run vault check --require KEY,NOT --against prod --json
status_is 4 'json: the same exit status'
if command -v python3 >/dev/null; then
    is 'json: what is missing' "$(python3 -c '
import json, sys
answer = json.load(sys.stdin)
print(answer["env"], answer["verified"], answer["keys"], answer["old"])
for missing in answer["missing"]:
    print(missing["env"], missing["key"], missing["because"])' <"$STDOUT")" "dev True 4 []
dev NOT required
prod stripe/API_KEY dev has it
prod app/URL dev has it
prod stripe/WEBHOOK_KEY dev has it
dev other/URL prod has it"
else
    skip 'json: what is missing' 'there is no python3'
fi
run vault check --require KEY --json
status_is 0 'json: all is there'
stdout_has '"missing": []'

# ---- nothing to do

refuses 2 'check needs something to compare with' '--example' vault check
refuses 2 'too many operands' '' vault check KEY --require KEY

# ---- without a key

keyless() {
    env HOME="$TMP/nobody" XDG_CONFIG_HOME="$TMP/nobody" XDG_STATE_HOME="$TMP/nobody" \
        setsid -w "$BIN" "$@"
}
run keyless check --require KEY --against twin
status_is 4 'without a key'
stderr_has 'note: no identity here opens dev: its names are unverified'
stderr_has 'note: no identity here opens twin'
stdout_has 'missing in twin: app/URL'
run keyless check --require KEY --json
status_is 0 'without a key, all is there'
stdout_has '"verified": false'
refuses 3 '' 'vault grant' keyless check --max-age 90d
given vault keygen -o stranger.key
refuses 3 '' '' vault check --require KEY --identity stranger.key
run env VAULT_IDENTITY_FILE=stranger.key "$BIN" check --require KEY
status_is 3 'a key that was given and opens nothing'

# ---- a damaged vault: nothing is reported

cp vault.toml whole.toml
awk '/^first-secret/ && !done { c = substr($3, 2, 1); sub(/"./, "\"" (c == "A" ? "B" : "A")); done = 1 } { print }' \
    whole.toml >vault.toml
refuses 5 '' '' vault check --require KEY
refuses 5 '' '' vault check -e prod --against dev
cp whole.toml vault.toml
sed '/^URL = \[/,/\]$/d' whole.toml >vault.toml
refuses 5 '' '' vault check --require KEY
sed 's/^created-by = .*/created-by = "/' whole.toml >vault.toml
refuses 1 'line' '' vault check --require KEY

finish
