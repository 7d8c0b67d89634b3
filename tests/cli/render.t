#!/bin/sh
# render: what is filled in, what is left alone, and what is refused with nothing written.
. "$(dirname "$0")/scene.sh"

given vault init -e dev,prod
given vault create app "KEY=$MARKER" URL=http://x EMPTY= BOTH=1
given vault create stripe API_KEY=sk BOTH=2
printf 'one\ntwo\n' | given vault set app/LINES --raw
printf '\377\376\001{{ KEY }}' >bytes
given vault set app/BYTES --from-file bytes
given vault create app KEY=prod -e prod

renders() { # EXPECTED TEMPLATE [ARGUMENT…]
    expected=$1 template=$2
    shift 2
    printf '%s' "$template" >template
    run vault render template "$@"
    status_is 0 "accepts $template"
    printf '%s' "$expected" >"$TMP/expected"
    ok "renders $template" or_tell cmp "$TMP/expected" "$STDOUT"
}

renders '' ''
renders 'plain' 'plain'
renders "a $MARKER b" 'a {{ KEY }} b'
renders "http://x|http://x|http://x" '{{URL}}|{{ app/URL }}|{{   URL   }}'
renders 'sk' '{{ stripe/API_KEY }}'
renders '' '{{ EMPTY }}'
renders "one${newline}two${newline}" '{{ LINES }}'
renders '1 2' '{{ app/BOTH }} {{ stripe/BOTH }}'
renders prod '{{ KEY }}' -e prod
renders '{{ KEY }}' '{{{{ KEY }}'
renders '{{.Values.x}} ${KEY} { { KEY } }' '{{{{.Values.x}} ${KEY} { { KEY } }'
renders 'http%3A%2F%2Fx aHR0cDovL3g= "http://x"' '{{ URL | url }} {{URL|base64}} {{ app/URL | json }}'
renders "'sk'" '{{ API_KEY | shell }}'
renders '{"a":{"b":"http://x"}}' '{"a":{"b":"{{ URL }}"}}'

# Byte for byte, what is no name and what is a value; a value is not filled in again.
printf 'x\0\377{{ BYTES }}\r\n' >template
run vault render template
{ printf 'x\0\377' && cat bytes && printf '\r\n'; } >"$TMP/expected"
ok 'any byte' cmp "$TMP/expected" "$STDOUT"

with '{{ URL }}' run vault render -
is 'a template on stdin' "$(cat "$STDOUT")" http://x

# Refused: all that is missing, with the lines, and nothing is written.
printf '{{ KEY }}\n{{ NOT }}\n\n{{ stripe/KEY }} {{ nowhere/KEY }}\n' >template
refuses 4 'not in dev: line 2: NOT, line 4: stripe/KEY, line 4: nowhere/KEY' 'vault list' \
    vault render template
refuses 4 'line 2: NOT' '' vault render template -o out
printf '{{ KEY }}\n{{ BOTH }}\n' >template
refuses 2 'line 2: BOTH (app/BOTH, stripe/BOTH)' 'SECRET/NAME' vault render template -o out
printf 'a\n{{ KEY }} {{ KEY | hex }}\n' >template
refuses 2 'line 2' '{{{{' vault render template -o out
printf '{{.Values.x}}' >template
refuses 2 'line 1' '{{{{' vault render template -o out
printf '\n{{ BYTES | json }}' >template
refuses 2 'line 2' 'base64' vault render template -o out
refuses 4 'no-template' '' vault render no-template
refuses 4 'staging' '' vault render template -e staging
refuses 2 'missing operand' '' vault render
printf '{{ KEY }}' >template
refuses 3 '' '' env HOME="$TMP/nobody" XDG_CONFIG_HOME="$TMP/nobody" setsid -w "$BIN" render template
run sh -c '"$BIN" render template >/dev/full'
status_is 1 'a full disk'

# Into a file.
given vault render template -o out
is 'its content' "$(cat out)" "$MARKER"
is 'its mode' "$(stat -c %a out 2>/dev/null || stat -f %Lp out)" 600
ok 'nothing else is left' test "$(ls -A)" = "$(printf 'bytes\nout\ntemplate\nvault.toml')"
refuses 1 'the vault' '' vault render template -o vault.toml
if command -v git >/dev/null; then
    git init -q .
    refuses 1 'git would add out' 'gitignore' vault render template -o out
    git add out
    refuses 1 'git tracks out' 'force' vault render template -o out
    git rm -q --cached out
    echo out >.gitignore
    given vault render template -o out
    echo >.gitignore
    given vault render template -o out --force
    rm -rf .git .gitignore
else
    skip 'files that git would take' 'there is no git'
fi

# A damaged vault, also where nothing is to be filled in.
cp vault.toml whole.toml
awk '/^first-secret/ && !done { c = substr($3, 2, 1); sub(/"./, "\"" (c == "A" ? "B" : "A")); done = 1 } { print }' \
    whole.toml >vault.toml
refuses 5 '' '' vault render template -o out
echo text >template
refuses 5 '' '' vault render template

finish
