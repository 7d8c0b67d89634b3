#!/bin/sh
# -e a,b: layers for exec, export and render; each in turn for check; --from-dotenv over all of it.
. "$(dirname "$0")/scene.sh"

given vault init -e dev,local,prod
given vault set app/HOST=dev.example app/PORT=80 db/URL=pg://dev "db/TOKEN=$MARKER-dev"
given vault set app/HOST=localhost "mine/TOKEN=$MARKER-local" mine/DEBUG=1 -e local
given vault set --template 'mine/SITE=http://{{ app/HOST }}/' -e local
given vault set --template 'db/PAGE=http://{{ app/HOST }}/' -e dev
given vault set app/HOST=prod.example -e prod

# gives TEXT WORDS…: the command gets these variables from the vault, sorted.
# shellcheck disable=SC2016
gives() {
    wanted=$1
    shift
    run vault exec "$@" -- sh -c 'env | grep -E "^(DEBUG|HOST|PORT|TOKEN|URL|SITE|PAGE|X_[A-Z]*)=" | sort'
    is "exec $*" "$(cat "$STDOUT")" "$wanted"
}

gives "DEBUG=1
HOST=localhost
PAGE=http://dev.example/
PORT=80
SITE=http://localhost/
TOKEN=$MARKER-local
URL=pg://dev" -e dev,local
gives "DEBUG=1
HOST=dev.example
PAGE=http://dev.example/
PORT=80
SITE=http://localhost/
TOKEN=$MARKER-dev
URL=pg://dev" -e local -e dev
gives 'HOST=localhost
PORT=80' app -e dev,local
gives "HOST=localhost
TOKEN=$MARKER-local" mine app -e dev,local --only HOST,TOKEN
gives 'HOST=prod.example
PORT=80' app -e dev,local,prod --require PORT
gives 'X_HOST=localhost' -e dev,local --only HOST --prefix X_

run vault export -e dev,local --only HOST,TOKEN --format=json
stdout_is "{
  \"HOST\": \"localhost\",
  \"TOKEN\": \"$MARKER-local\"
}" 'export'
run vault export -e dev,local --format=k8s --only PORT
stdout_has 'name: "dev-local"' 'a manifest is named after both'
with '{{ HOST }} {{ db/URL }} {{ TOKEN }}' run vault render - -e dev,local
is 'render' "$(cat "$STDOUT")" "localhost pg://dev $MARKER-local"
run vault list -e dev,local --origin
stdout_is 'DEBUG  local/mine
HOST   local/app
PAGE   dev/db
PORT   dev/app
SITE   local/mine
TOKEN  local/mine
URL    dev/db' 'list --origin'
run vault list app -e dev,local --origin --json
is 'list --origin --json' "$(tr -d ' \n' <"$STDOUT")" \
    '[{"key":"HOST","env":"local","secret":"app"},{"key":"PORT","env":"dev","secret":"app"}]'
mv "$IDENTITY" kept
run vault list -e dev,local --origin
stdout_has 'HOST' 'names need no key'
stderr_has 'unverified' 'and are unverified then'
mv kept "$IDENTITY"

refuses 125 'no secret nope in dev,local' 'vault list -e dev,local' vault exec nope -e dev,local -- true
refuses 125 'no environment locl' 'there is local' vault exec -e dev,locl -- true
refuses 125 'not in dev,local: NONE' '' vault exec -e dev,local --require HOST,NONE -- true
refuses 125 'no variable HOTS in dev,local' 'there is HOST' vault exec -e dev,local --only HOTS -- true
refuses 2 'one environment' '' vault get HOST -e dev,local
refuses 2 'VAULT_ENV' '-e dev,local' env VAULT_ENV=dev,local "$BIN" export
refuses 2 '--origin' '' vault list --origin --all
given vault set "other/TOKEN=$MARKER-x" -e dev
refuses 125 'TOKEN is defined differently by db and other' '' vault exec -e dev,local -- true
refuses 2 'TOKEN is defined differently by db and other' '' vault list -e dev,local --origin
given vault delete other -e dev -y

# Every layer verifies, also one from which nothing is taken.
awk '/^\[local\.mine/ { inside = 1 } inside && /^DEBUG = / { gone = 2 } gone-- > 0 { next } { print }' \
    vault.toml >forged.toml
is 'the forger has removed a variable' "$(grep -c '^DEBUG' forged.toml)" 0
cp vault.toml whole.toml
cp forged.toml vault.toml
refuses 125 '' '' vault exec app -e local,dev --only PORT -- true
refuses 5 '' '' vault export app -e local,dev --only PORT
cp whole.toml vault.toml

# ---- a file over the vault

printf 'HOST=mine\nDEBUG=%s-mine\n' "$MARKER" >.env.local
gives "DEBUG=$MARKER-mine
HOST=mine
PORT=80" app --from-dotenv .env.local --require DEBUG,PORT
gives 'HOST=mine' -e dev,local --only HOST --from-dotenv .env.local
cp vault.toml before.toml
# shellcheck disable=SC2016
run vault exec app --from-dotenv .env.local --redact -- sh -c 'echo $DEBUG'
stdout_is '[overlay/DEBUG]' 'its values are masked, too'
unchanged 'and the vault is as it was' vault.toml before.toml
refuses 125 'nowhere' '' vault exec --from-dotenv nowhere.env -- true
refuses 125 'needs --from-dotenv' '' vault exec --dialect node -- true
printf 'LD_PRELOAD=evil.so\n' >evil.env
refuses 125 'overlay/LD_PRELOAD' '' vault exec --from-dotenv evil.env -- true
refuses 2 'does not take --from-dotenv' '' vault export --from-dotenv .env.local

# ---- check: each in turn

run vault check -e dev,prod --require HOST
status_is 0 'check of two environments'
stdout_has 'dev (' 'says of each'
stdout_has 'prod (' 'what it found'
run vault check -e dev,prod --require PORT,URL
status_is 4 'check, where one lacks something'
stdout_has 'missing in prod: PORT' 'which'
stdout_lacks 'missing in dev' 'and not where it is there'
run vault check -e dev,prod --require PORT --json
is 'in JSON, a list' "$(tr -d ' \n' <"$STDOUT" | sed 's/"keys":[0-9]*,//g')" \
    '[{"env":"dev","verified":true,"missing":[],"old":[],"future":[]},{"env":"prod","verified":true,"missing":[{"env":"prod","key":"PORT","because":"required"}],"old":[],"future":[]}]'
refuses 4 'no environment nope' '' vault check -e nope,dev --require HOST
finish
