#!/bin/sh
# create, update, set, get, delete, rename, copy: what they do with values, and what they refuse.
. "$(dirname "$0")/scene.sh"

# holds S/KEY VALUE: byte for byte.
holds() {
    printf '%s' "$2" >"$TMP/expected"
    run vault get "$1"
    ok "$1 is '$2'" cmp "$TMP/expected" "$STDOUT"
}

given vault init

# ---- set and get

run vault set API_KEY=one
status_is 0
stdout_is ''
stderr_is "note: added app/API_KEY in dev: a new secret${newline}hint: vault exec -- env"
holds API_KEY one
holds app/API_KEY one
given vault set stripe/API_KEY=two WEBHOOK_KEY= stripe/E=a=b=c
holds stripe/API_KEY two
holds app/WEBHOOK_KEY ''
holds E 'a=b=c'
refuses 2 'several secrets have API_KEY: app/API_KEY, stripe/API_KEY' '' vault get API_KEY
refuses 2 'several secrets have API_KEY: app/API_KEY, stripe/API_KEY' '' vault set API_KEY=3
run vault set E=changed
stderr_has 'note: changed stripe/E in dev' 'a bare key that is there is found where it is'
cp vault.toml before.toml
was=$(ls -i vault.toml)
run vault set E=changed
status_is 0
stderr_is 'note: nothing to change'
unchanged 'a value that is the same changes nothing' vault.toml before.toml
is 'the file is not even written anew' "$(ls -i vault.toml)" "$was"
run vault set E=changed app/API_KEY=one
stderr_is 'note: nothing to change'
rm before.toml

with "$MARKER$newline" run vault set app/STDIN
status_is 0
stderr_has 'note: the final newline was dropped: --raw keeps it'
holds STDIN "$MARKER"
with "$MARKER$newline" run vault set STDIN --raw
stderr_lacks 'newline'
holds STDIN "$MARKER$newline"
with "a$newline$newline" run vault set STDIN
holds STDIN "a$newline"
with 'no newline' run vault set STDIN
stderr_lacks 'newline'
holds STDIN 'no newline'
with 'by name' run vault set STDIN=-
holds STDIN 'by name'
with 'no newline' given vault set STDIN
with '' refuses 1 'stdin is empty: no value for STDIN' 'STDIN=' vault set STDIN
with '' refuses 1 'stdin is empty: no value for B' 'B=' vault set A=1 B=-
run sh -c '"$BIN" set STDIN <&-'
status_is 1 'closed stdin: exit status 1'
stderr_has 'cannot read stdin' 'closed stdin: said so'
holds STDIN 'no newline'

printf 'a\000b\377\r\n' >bytes
given vault set BYTES --from-file bytes
vault get BYTES | cmp -s - bytes && same=true || same=false
is '--from-file: byte for byte' "$same" true
: >empty
given vault set EMPTY --from-file empty
holds EMPTY ''
with "x$newline" run vault set PIPED --from-file -
holds PIPED "x$newline"
refuses 4 'cannot open nowhere' '' vault set X --from-file nowhere
refuses 1 '' '' vault set X --from-file .
head -c 1048577 /dev/zero >large
refuses 2 '' '' vault set X --from-file large
head -c 1048576 /dev/zero >large
given vault set LARGE --from-file large
vault get LARGE | cmp -s - large && same=true || same=false
is 'a value may have 1 MiB' "$same" true
refuses 2 'X is given more than one value' '' vault set "X=$MARKER" --generate
refuses 2 'X is given more than one value' '' vault set X --from-file bytes --generate
refuses 2 'X is given more than one value' '' vault set "X=$MARKER" --from-file bytes
refuses 2 '' 'vault set -h' vault set "$MARKER"
refuses 2 'each must be NAME=VALUE' 'vault set X=VALUE' vault set X=1 "$MARKER"
refuses 2 'each must be NAME=VALUE' 'vault set FOO=VALUE' vault set FOO hunter2
refuses 2 'each must be NAME=VALUE' 'vault set FOO=VALUE' vault set FOO HUNTER2
refuses 2 'each must be NAME=VALUE' 'vault set FOO=VALUE' vault set app/FOO = "$MARKER"
refuses 2 'each must be NAME=VALUE' 'vault set FOO=VALUE' vault set FOO= "$MARKER"
refuses 2 'each must be NAME=VALUE' 'vault set FOO=VALUE' vault set FOO "=$MARKER"
refuses 2 'each must be NAME=VALUE' 'vault set FOO=VALUE' vault set FOO=unquoted passphrase
refuses 2 '' 'a name has letters' vault set "my-name=$MARKER"
refuses 2 '--from-file is the value of one' '' vault set A B --from-file bytes
for kind in hex hex:16 password uuid; do
    refuses 2 'takes its kind after =' "set P3 --generate=$kind\$" vault set P3 --generate "$kind"
done
refuses 2 '' 'vault set -h' vault set "a b=$MARKER"
refuses 2 '' 'vault set -h' vault set "=$MARKER"
refuses 2 '' 'vault set -h' vault set "a/b/C=$MARKER"
refuses 2 '' 'vault set -h' vault set "/C=$MARKER"
refuses 2 '' 'vault set -h' vault set "1C=$MARKER"
refuses 2 '' 'vault set -h' vault set "$(head -c 400 /dev/zero | tr '\0' K)=$MARKER"
refuses 2 'missing operand' 'vault set -h' vault set
refuses 4 'there is no environment prod' 'vault env list' vault set X=1 -e prod
rm -f large bytes empty

# ---- --generate

generated() { # KIND PATTERN, as grep -E reads it
    given vault set GENERATED --generate${1:+="$1"}
    vault get GENERATED >"$TMP/value"
    ok "--generate=$1 is like $2" or_say "$(cat "$TMP/value")" grep -q -x -E "$2" "$TMP/value"
}
generated '' '[A-Za-z0-9_-]{24}'
first=$(cat "$TMP/value")
generated '' '[A-Za-z0-9_-]{24}'
ok 'two that are generated are not the same' test "$first" != "$(cat "$TMP/value")"
generated hex '[0-9a-f]{64}'
generated hex:4 '[0-9a-f]{8}'
generated base64 '[A-Za-z0-9+/]{43}='
generated base64:3 '[A-Za-z0-9+/]{4}'
generated password:40 '[A-Za-z0-9_-]{40}'
generated uuid '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
given vault set ONE TWO --generate=hex:16
ok 'each key has its own' test "$(vault get ONE)" != "$(vault get TWO)"
for kind in "$MARKER" hex: hex:0 hex:-1 hex:4097 hex:1x uuid:4 'password:1 ' hex:99999999999999999999; do
    refuses 2 'hex:32, base64:32, password:24 or uuid' '' vault set X "--generate=$kind"
done

given vault set password --generate
ok 'a variable may be called like a kind' test -n "$(vault get password)"

# ---- what is stored, and may not be meant

run vault set "AT=@$MARKER"
status_is 0
stderr_has 'AT begins with @' 'a value like @file is noted'
run vault set at=1 case/x=1 case/X=1
stderr_has 'at and AT, in dev, differ only in case'
stderr_has 'X and x, in dev, differ only in case'
run vault set at=2
stderr_lacks 'differ only' 'once they are there, not again'
run vault create CASE A=1 a=1
stderr_has 'CASE and case, in dev, differ only in case'
stderr_has 'a and A, in dev, differ only in case'
given vault delete -y CASE case app/at app/AT app/password

# ---- several at once

for i in 1 2 3 4 5 6 7 8; do
    vault set "many/K$i=$i" 2>/dev/null &
done
wait
is 'writers at the same time lose nothing' "$(vault exec many --clean -- env | grep -c '^K[1-8]=')" 8

# ---- get

refuses 4 'no variable API_KY in dev' 'there is app/API_KEY' vault get API_KY
refuses 4 'no variable API_KY in dev/stripe' 'there is stripe/API_KEY' vault get stripe/API_KY
refuses 4 'there is no secret strpe in dev' 'there is stripe' vault get strpe/API_KEY
refuses 4 'no variable api_key in dev' '/API_KEY' vault get api_key
refuses 4 'there is no secret STRIPE in dev' 'there is stripe' vault get STRIPE/API_KEY
refuses 4 'no variable app in dev' 'app is a secret: vault list app' vault get app
refuses 2 "'dev/app/API_KEY' is neither" 'app/API_KEY -e dev' vault get dev/app/API_KEY
cp vault.toml before.toml
given vault env create elsewhere
given vault set -e elsewhere app/ONLY_THERE=1
refuses 4 'no variable ONLY_THERE in dev' 'it is in elsewhere: -e elsewhere' vault get ONLY_THERE
refuses 4 'no variable ONLY_THERE in dev' 'it is in elsewhere: -e elsewhere' vault get app/ONLY_THERE
mv before.toml vault.toml
refuses 4 'no variable COMPLETELY_OTHER' 'vault list -e dev' vault get COMPLETELY_OTHER
refuses 2 "'a b' is neither" '' vault get 'a b'
refuses 2 'missing operand' 'vault get -h' vault get
refuses 2 'too many operands' 'vault get -h' vault get E E
if there_is /dev/full 'get, disk full'; then
    run sh -c '"$BIN" get E >/dev/full'
    status_is 1 'get, disk full: exit status 1'
    stderr_has 'cannot write to standard output' 'get, disk full: said so'
fi
run sh -c '"$BIN" get E >&-'
status_is 1 'get, stdout closed: exit status 1'

# ---- create and update

run vault create db USER=u "PASSWORD=$MARKER"
status_is 0
stdout_is ''
holds db/PASSWORD "$MARKER"
refuses 1 'db' 'vault update db; --allow-existing leaves it, --force replaces it' \
    vault create db USER=other
cp vault.toml before.toml
given vault create db USER=other --allow-existing
unchanged '--allow-existing leaves it as it is' vault.toml before.toml
given vault create db USER=new --force
holds db/USER new
refuses 4 'no variable PASSWORD in dev/db' '' vault get db/PASSWORD
given vault update db PORT=5432
holds db/USER new
holds db/PORT 5432
refuses 4 'there is no secret bd' 'there is db' vault update bd A=1
refuses 4 'there is no secret new' 'vault create new' vault update new A=1
given vault create empty
run vault list
ok 'a secret may be empty' grep -q '^empty  *0 values' "$STDOUT"
refuses 2 'expected NAME=VALUE' '' vault create x "$MARKER"
refuses 2 'expected NAME=VALUE' '' vault create x "=$MARKER"
refuses 2 '' '' vault create x "a-b=$MARKER"
refuses 2 '' '' vault create 'a b' A=1
refuses 2 '' '' vault create -- x A=1
refuses 2 'missing operand' 'vault create -h' vault create
rm before.toml

# ---- delete

refuses 1 'would delete db from dev: there is no terminal' '-y says yes' alone "$BIN" delete db
given vault delete -y db/PORT
refuses 4 'no variable PORT in dev/db' '' vault delete db/PORT -y
refuses 4 'no variable USR in dev/db' 'there is db/USER' vault delete db/USR -y
refuses 4 'there is no secret bd' 'there is db' vault delete bd -y
refuses 4 'there is no secret bd' '' vault delete db bd -y
refuses 4 'there is no secret bd' 'there is db' alone "$BIN" delete bd
refuses 4 'there is no secret bd' 'there is db' alone "$BIN" delete bd/USER
refuses 4 'no variable USR in dev/db' 'there is db/USER' alone "$BIN" delete db/USER db/USR
refuses 2 "'a b' is no name for a secret" '' alone "$BIN" delete 'a b'
given alone "$BIN" delete --allow-missing bd db/NOT_THERE
refuses 1 'would delete db/USER from dev' '-y says yes' alone "$BIN" delete --allow-missing bd db/USER
holds db/USER new
given vault delete -y --allow-missing bd db/NOT_THERE db
refuses 4 'there is no secret db' '' vault get db/USER
refuses 2 'is neither SECRET/NAME nor NAME' '' vault delete -y 'app/a b'
given vault set only/LONELY=1 app/TWICE=1 only/TWICE=1
refuses 1 'would delete only/LONELY from dev' '' alone "$BIN" delete LONELY
given vault delete LONELY -y
refuses 4 'no variable LONELY in dev/only' '' vault delete only/LONELY -y
refuses 2 'several secrets have TWICE' '' vault delete TWICE -y
refuses 4 'there is no secret NONE in dev' '' vault delete NONE -y
given vault delete NONE -y --allow-missing
given vault delete only app/TWICE -y

# Letters may be repeated, as often as a word has room for them.
given vault delete --allow-missing "-$(head -c 4000 /dev/zero | tr '\0' y)" db

# ---- rename and copy

given vault rename stripe payments
holds payments/API_KEY two
refuses 4 'there is no secret stripe' '' vault get stripe/API_KEY
refuses 4 'there is no secret stripe' '' vault rename stripe/API_KEY x/Y
given vault rename payments/API_KEY payments/KEY
holds payments/KEY two
refuses 4 'no variable API_KEY in dev/payments' '' vault get payments/API_KEY
given vault copy payments/KEY web/STRIPE_KEY
holds web/STRIPE_KEY two
holds payments/KEY two
given vault rename STRIPE_KEY S
holds web/S two
given vault copy payments more
holds more/KEY two

refuses 2 'it has that name already' '' vault rename payments payments
refuses 2 'missing operand: B' 'vault rename -h' vault rename payments
refuses 2 'it has that name already' '' vault rename S web/S
refuses 2 'it has that name already' '' vault rename web/S S
refuses 2 'missing operand: B' 'vault copy -h' vault copy web/S
refuses 1 'more' '' vault rename payments more
refuses 1 'more' '' vault copy payments more
refuses 1 'variable KEY exists in dev/more already' 'vault delete more/KEY -e dev' \
    vault copy web/S more/KEY
refuses 1 'variable KEY exists in dev/more already' '' vault rename web/S more/KEY
holds web/S two
holds more/KEY two
refuses 4 'there is no secret payment' 'there is payments' vault rename payment/KEY x/KEY
refuses 4 'no variable KY' 'there is payments/KEY' vault rename payments/KY x/KEY
refuses 2 '' '' vault rename payments 'a b'
refuses 2 'missing operand' '' vault rename
refuses 2 'too many operands' '' vault copy a b c

# ---- to another environment

given vault env create prod --like dev
given vault keygen -o bob.key
bob=$(cat "$STDOUT")
given vault copy payments --to prod
is 'the same readers: nothing was asked' "$(vault get payments/KEY -e prod)" two
given vault grant bob "$bob" -e prod
refuses 1 'would let bob read it, who could not before: there is no terminal' '-y says yes' \
    alone "$BIN" copy web --to prod
given vault copy web --to prod -y
given vault rename more/KEY new/KEY --to prod -y
refuses 4 'no variable KEY in dev/more' '' vault get more/KEY
run vault get new/KEY -e prod --identity bob.key
is 'bob reads it' "$(cat "$STDOUT")" two
refuses 4 'there is no environment prd' 'there is prod' vault copy web --to prd -y
refuses 1 'secret payments exists in prod already' '' alone "$BIN" copy payments --to prod
refuses 4 'no variable NOSUCH in dev' '' alone "$BIN" copy NOSUCH --to prod
refuses 4 'no variable KY in dev/payments' 'there is payments/KEY' alone "$BIN" copy payments/KY --to prod
refuses 4 'there is no secret paymens' 'there is payments' alone "$BIN" rename paymens/KEY --to prod
refuses 1 'variable S exists in prod/web already' 'vault delete web/S -e prod' \
    vault copy web/S --to prod -y

# ---- several environments: in each, or in none

given vault env create left
given vault env create right
both() { # VALUE NAME
    is "left and right have $2" "$(vault get "$2" -e left) $(vault get "$2" -e right)" "$1 $1"
}
run vault set app/A="$MARKER-a" B=2 -e left,right
status_is 0
stdout_is ''
ok 'each is named' test "$(grep -c '^note: added app/[AB] in \(left\|right\)' "$STDERR")" = 4
both "$MARKER-a" A
both 2 app/B
given with "$MARKER-in" vault set C -e left -e right
both "$MARKER-in" C
run pty --expect C: --secret "$MARKER-typed" -- "$BIN" set C -e left,right
status_is 0 'asked for once'
both "$MARKER-typed" C
given vault set D --generate -e left,right
ok 'what is generated is another one in each' test "$(vault get D -e left)" != "$(vault get D -e right)"
given vault set other/E=1 -e right
given vault set E=2 -e left,right
is 'a bare name is looked up in each' "$(vault get app/E -e left) $(vault get other/E -e right)" '2 2'
refuses 4 'there is no environment nowhere' '' vault set A=3 -e left,nowhere
sed '/^\[right.app\]/,$s/^created-by = .*/created-by = "mallory"/' vault.toml >forged.toml
refuses 5 '' '' vault set A=3 -e left,right -f forged.toml
refuses 5 '' '' vault delete app/A -y -e left,right -f forged.toml
rm forged.toml
refuses 4 'no secret other' '' vault delete other/E -y -e right,left
given vault delete other -y -e left,right --allow-missing
refuses 1 'there is no terminal' '' alone "$BIN" delete app/A -e left,right
given vault delete app/A app/B -y -e left,right
run vault list --names -e left,right
is 'deleted from both' "$(tr '\n' ' ' <"$STDOUT")" \
    'left/app/C left/app/D left/app/E right/app/C right/app/D '

finish
