#!/bin/sh
# What is printed can be typed: the hints of many failing commands are collected, and those that are
# whole commands are run. None of them is a usage error.
. "$(dirname "$0")/scene.sh"

given vault init -e dev,prod
given vault set A=1 B=2 db/PASSWORD="$MARKER" stripe/API_KEY=1
given vault set ONLY_PROD=1 -e prod
given vault keygen -o other.key
public=$(cat "$STDOUT")
printf 'A=1\nJUNK\n' >bad.env
printf 'K=encrypted:1\n' >dotenvx.env
if command -v git >/dev/null; then
    git init -q .
    git add vault.toml
    git commit -q -m one
fi

while read -r words; do
    # shellcheck disable=SC2086
    alone "$BIN" $words </dev/null >/dev/null 2>>hints || :
done <<LIST
get a
get dev/A
get app
get ONLY_PROD
get PASSWROD
get STRIPE/API_KEY
get stripe/API_KEI
get A B
get A --json
get A --evn dev
get A --rev HEAD
set FOO bar
set FOO = bar
set my-key=1
set A --generate hex
set A=1 --generate hex
set A
set A=1 -e nowhere
list nothing-like-it
list app nosuch
list -e prd
delete NOTHING
delete A
delete app
delete --force app
rename app
rename A
create app A=1
create new --from-dotenv bad.env
create new --from-dotenv dotenvx.env
create new --kind postgers
update nothing A=1
edit nothing
exec
exec app env
exec app sh -c true
exec nothing -- true
exec --require NONE -- true
export --format bsh
export nothing
export --output .env
render none
check
check --against prod --example none
readers -e dev
grant bob
grant app age1
grant alice $public
grant bob -e nowhere
revoke bob
revoke bob -e prod
rotate -e nowhere
trust nowhere
env create dev
env nothing
env delete nowhere
init
init dev
keygen
keygen -o new.key
unlock --for=never
diff dev prod
diff nothing
log NOTHING
log -n none
merge
restore A nothing
restore NOTHING
exposed nobody
scan nothing
inbox --accept
verify --history a..b
verify -e nowhere
help nothing
completion csh
get A --identity other.key
get A --identity none
get A -f none.toml
setup
install
kv get A
secret list
history
users
login
status
find A
search A
compare
rekey
re-encrypt
encrypt
undo
LIST
ok 'hints were collected' test "$(grep -c '^hint: ' hints)" -gt 50

# Whole commands: to the end of the hint, or what comes after a colon; not those with a place for a
# word, and not sentences about a verb.
sed -n 's/^hint: //p' hints | sed 's/.*: vault /vault /' | grep '^vault [a-z]' |
    grep -v -e '…' -e '[ =/][A-Z]*\(NAME\|FILE\|ENV\|REV\|KEY\|VALUE\|SECRET\|COMMAND\)\>' -e '[;|]' -e '\[' |
    grep -v -E -e ' (makes|shows|lists|prints|explains|keeps|says|asks|ends|takes|reads|allows) ' -e ': ' |
    sort -u >commands
ok 'many of them are whole commands' test "$(wc -l <commands)" -gt 15
cp vault.toml kept.toml
while IFS= read -r line; do
    cp kept.toml vault.toml
    status=0
    alone sh -c "vault() { \"\$BIN\" \"\$@\"; }; $line" </dev/null >"$STDOUT" 2>"$STDERR" || status=$?
    ok "it can be typed: $line" or_tell not grep -q -e 'unknown verb' -e 'unknown option' -e 'does not take' \
        -e 'operand' -e 'no verb given' "$STDERR"
    ok "it is no usage error: $line" test "$status" -ne 2
done <commands

finish
