#!/bin/sh
# The environments: env list, create, delete, rename, copy, and which one a verb takes.
. "$(dirname "$0")/scene.sh"

envs() {
    vault env list | tr '\n' ' '
}

given vault init
given vault set "KEY=$MARKER"
given vault keygen -o bob.key
bob=$(cat "$STDOUT")

run vault env
stdout_is dev 'env alone is env list'

run vault env create staging --like dev
status_is 0
stdout_is ''
given vault set KEY=staging -e staging
given vault grant bob "$bob" -e staging
given vault env create test --like staging
given vault set KEY=test -e test
is 'create --like: the same readers' "$(vault get KEY -e test --identity bob.key)" test
given vault env create own
refuses 3 'none of the keys' "vault grant NAME $bob -e own" vault set K=1 -e own --identity bob.key
given vault env create ci --reader "bob=$bob"
given vault set K=1 -e ci --identity bob.key
run vault env create DEV
stderr_has 'note: DEV and dev differ only in case'
given vault env delete DEV -y
echo "$bob" >bob.pub
given vault env create by-file --reader bob=bob.pub
given vault set K=1 -e by-file --identity bob.key
given vault env delete by-file -y
rm bob.pub
refuses 3 'none of the keys' '' vault get K -e ci
is 'those that were made' "$(envs)" 'ci dev own staging test '

refuses 1 'dev' '' vault env create dev --like staging
refuses 4 'there is no environment stagin' '' vault env create new --like stagin
refuses 2 'name' '' vault env create 'a b'
refuses 2 'no environment can be called vault' '' vault env create vault
refuses 2 'key' '' vault env create new --reader "$MARKER"

given vault env copy staging prod
is 'copy: the values' "$(vault get KEY -e prod)" staging
is 'copy: the readers' "$(vault get KEY -e prod --identity bob.key)" staging
refuses 1 'prod' '' vault env copy dev prod
refuses 4 'there is no environment stagin' 'there is staging' vault env copy stagin new
refuses 3 'none of the keys' '' vault env copy ci new
refuses 2 'name' '' vault env copy dev 'a b'

given vault env rename prod live
is 'rename: the values' "$(vault get KEY -e live)" staging
refuses 4 'there is no environment prod' '' vault get KEY -e prod
refuses 1 'live' '' vault env rename dev live
refuses 4 'there is no environment liv' 'there is live' vault env rename liv new
refuses 2 'name' '' vault env rename dev 'a b'

refuses 1 'would delete live' '-y says yes' alone "$BIN" env delete live
given vault env delete live -y
refuses 4 'there is no environment live' '' vault env delete live -y
refuses 4 'there is no environment tset' 'there is test' vault env delete tset -y
is 'those that are left' "$(envs)" 'ci dev own staging test '

for words in 'lst' 'create' 'create a b' 'delete' 'rename a' 'copy a' 'list x' 'delete a b' 'new x'; do
    # shellcheck disable=SC2086
    refuses 2 'env takes list' 'vault env -h' vault env $words
done

for option in --like=dev "--reader=bob=$bob" --passphrase; do
    refuses 2 "${option%%=*} goes with env create" '' vault env copy dev new "$option"
    refuses 2 "${option%%=*} goes with env create" '' vault env "$option"
done

# ---- which one

is 'VAULT_ENV' "$(VAULT_ENV=staging vault get KEY)" staging
is '-e goes before it' "$(VAULT_ENV=staging vault -e test get KEY)" test
is '-e behind the verb' "$(vault get -etest KEY)" test
is '--env=' "$(vault get KEY --env=test)" test
is 'an empty VAULT_ENV counts as unset' "$(VAULT_ENV='' vault get KEY)" "$MARKER"
refuses 2 'one environment at a time' '' vault copy KEY K2 -e dev -e test
refuses 2 'one environment at a time' '' vault get KEY -e dev,test
refuses 4 'there is no environment dve' 'there is dev' env VAULT_ENV=dve "$BIN" set A=1
refuses 2 '-e needs a value' '' vault get KEY -e

# ---- the recorded default

is 'env default prints it' "$(vault env default)" dev
run vault env default staging
status_is 0
stderr_has 'staging is the default for this file' 'it is recorded, and said'
is 'verbs without -e take it' "$(vault get KEY)" staging
is 'VAULT_ENV goes before it' "$(VAULT_ENV='test' vault get KEY)" test
is '-e, too' "$(vault get KEY -e dev)" "$MARKER"
is 'env default prints the new one' "$(vault env default)" staging
is 'elsewhere than on a terminal no name is marked' "$(vault env | grep -c default)" 0
run pty "$BIN" env
ok 'on a terminal it is marked' grep -q '^staging  *default' "$STDOUT"
run env VAULT_ENV="test" "$TOP/tests/pty.py" "$BIN" env
ok 'so is VAULT_ENV' grep -q '^test  *default (VAULT_ENV)' "$STDOUT"
run env VAULT_ENV="test" "$BIN" env default staging
stderr_has 'VAULT_ENV comes before it, and names test' 'a variable that hides it is said'
refuses 4 'there is no environment stagin' 'there is staging' vault env default stagin
refuses 2 'env takes list' '' vault env default a b
ok 'the file does not know of it' not grep -q default vault.toml
given vault env rename staging preview
is 'it goes along with a rename' "$(vault get KEY)" staging
given vault env rename preview staging
cp vault.toml "$TMP/kept.toml"
given vault env delete staging -y
refuses 4 'there is no environment staging' 'staging was recorded as the default' vault get KEY
cp "$TMP/kept.toml" vault.toml
mkdir elsewhere
cp vault.toml elsewhere
is 'another place has another default' "$(cd elsewhere && vault env default)" dev
given vault env default dev
is 'dev again' "$(vault get KEY)" "$MARKER"

mkdir only
cd only || exit
run vault init -e prod
stderr_has 'prod is the default for this file' 'init -e prod records it'
ok 'and hints without -e' grep -q '^hint: .* set API_KEY$' "$STDERR"
given vault set KEY=only
is 'it is used' "$(vault list -e prod | wc -l | tr -d ' ')" 1
rm vault.toml
mv "$XDG_STATE_HOME/vault/pins" "$TMP/pins"
given vault init -e dev,prod
is 'with dev among them it is dev, whatever was recorded' "$(vault env default)" dev
mkdir unremembered
cd unremembered || exit
given env HOME=/proc/nonexistent XDG_STATE_HOME=/proc/nonexistent "$BIN" init -e live --identity "$IDENTITY"
refuses 4 'there is no environment dev' 'another: -e live' vault list
given vault env rename live dev
given vault env rename dev live
refuses 4 'there is no environment dev' 'another: -e live' vault list
cd ../..
mv "$TMP/pins" "$XDG_STATE_HOME/vault/pins"

# ---- grant, of several

given vault env create a
given vault env create b
run vault grant bob "$bob" -e a,b
status_is 0
stderr_has 'note: bob can read a now: commit the file'
stderr_has 'note: bob can read b now: commit the file'
given vault grant bob "$bob" -e a -e own
given vault set K=1 -e own --identity bob.key
refuses 4 'there is no environment c' '' vault grant eve "$bob" -e a,c
given vault keygen -o eve.key
refuses 1 'bob' '' vault grant bob "$(cat "$STDOUT")" -e a
refuses 3 'you cannot open ci' 'ask a reader' vault grant eve "$bob" -e a,ci
secret=$(grep AGE-SECRET bob.key)
refuses 2 'that is a private key' '' vault grant eve "$secret" -e a
refuses 2 'neither a public key' '' vault grant eve "$MARKER" -e a
refuses 2 'name' '' vault grant 'e v e' "$bob" -e a
refuses 2 'eve is not a reader yet' 'vault grant eve age1' vault grant eve

# ---- which file

mkdir -p repo/.git repo/src/deep "$HOME/project/src"
cd repo/src/deep
refuses 4 'there is no vault.toml in this folder or above it' 'vault init' vault list
(cd ../.. && given vault init)
given vault set KEY=repo
is 'the nearest file above' "$(vault get KEY)" repo
is '-f names another' "$(vault get KEY -f ../../../vault.toml)" "$MARKER"
is 'so does VAULT_FILE' "$(VAULT_FILE=../../../vault.toml vault get KEY)" "$MARKER"
is '-f goes before it' "$(VAULT_FILE=../../vault.toml vault get KEY -f ../../../vault.toml)" "$MARKER"
is 'an empty VAULT_FILE counts as unset' "$(VAULT_FILE='' vault get KEY)" repo
refuses 4 'nowhere.toml' '' vault get KEY -f nowhere.toml
refuses 4 'nowhere.toml' '' env VAULT_FILE=nowhere.toml "$BIN" set KEY=1
cp "$WORK/vault.toml" "${HOME%/*}"
cd "$HOME/project/src"
refuses 4 'there is no vault.toml' '' vault list
rm "${HOME%/*}/vault.toml"

finish
