#!/bin/sh
# Two people who have never heard of it type what they are told, and nothing else.
. "$(dirname "$0")/scene.sh"

# The first line that is a hint and has a command in it, from where the command begins.
hinted() {
    sed -n "s/^hint: .*\\($1.*\\)/\\1/p" "$STDERR" | head -n 1
}
person() {
    export HOME="$TMP/$1" USER="$1" XDG_CONFIG_HOME="$TMP/$1/.config" XDG_STATE_HOME="$TMP/$1/state"
    mkdir -p "$HOME"
}

person ann
refuses 125 'no command given' 'vault exec -- env' vault exec
refuses 125 'there is no vault.toml in this folder or above it' 'vault init' vault exec -- env
run vault init
status_is 0
next=$(hinted 'vault set')
is 'what she is told to type next' "$next" 'vault set API_KEY'
# shellcheck disable=SC2086 # the words of a line
with "$MARKER$newline" run $next
status_is 0
next=$(hinted 'vault exec')
is 'and then' "$next" 'vault exec -- env'
# shellcheck disable=SC2086
run $next
stdout_has "API_KEY=$MARKER" 'her command has the value'
stderr_is ''
given vault env create prod

# Somebody else checks the file out. A terminal is there; nothing of it is used.
person bob
refuses 125 'no key was given that could open dev' 'vault keygen' vault exec -- env
ok 'he is told what to pass on, too' has_text 'hint: ask a reader: vault grant NAME age1… -e dev' "$STDERR"
run $(hinted 'vault keygen' | cut -d ' ' -f 1,2)
status_is 0 'he makes a key'
bob=$(cat "$STDOUT")
stderr_has "hint: ask a reader: vault grant NAME $bob -e dev" 'and is told what it is for'
refuses 125 'none of the keys that were given opens dev' 'ask a reader' vault exec -- env
line=$(hinted 'vault grant')
is 'his own public key is in the line' "$line" "vault grant NAME $bob -e dev"

person ann
run $line
status_is 0 'she types that very line'
stderr_has 'note: NAME can read dev now: commit the file'

person bob
run vault exec -- env
status_is 0
stdout_has "API_KEY=$MARKER" 'now his command has the value'
stderr_has 'note: dev is opened on this machine for the first time'
run vault exec -- env
stderr_is ''
refuses 125 'prod' "vault grant NAME $bob -e prod" vault exec -e prod -- env
run vault set API_KEY=his
status_is 0

person ann
is 'she reads what he has set' "$(vault get API_KEY)" his
run vault list app
stdout_has NAME 'and sees that it was him'

# ---- the same at a terminal, each line typed into a shell

if ! command -v python3 >/dev/null; then
    skip 'the story at a terminal' 'there is no python3'
    finish
fi
mkdir "$TMP/bin" "$WORK/terminal"
ln -s "$BIN" "$TMP/bin/vault"
PATH=$TMP/bin:$PATH
cd "$WORK/terminal"
mkdir .git
sits_down() { # DIALOGUE…: at a shell whose prompt is "$ "
    run pty "$@" --expect '\$ $' --send 'exit 0' -- env PS1='$ ' sh -i
}
typed_hint() { # VERB: of the last session, what it said to type
    sed -n "s/^hint: .*\\(vault $1.*\\)/\\1/p" "$STDOUT" | tail -n 1
}

person cleo
sits_down --expect '\$ $' --send 'vault exec -- env' --expect 'hint: vault init' \
    --expect '\$ $' --send 'vault init' --expect 'hint: vault set API_KEY' \
    --expect '\$ $' --send 'vault set API_KEY' --expect 'value of API_KEY: $' --secret "$MARKER" \
    --expect 'hint: vault exec -- env' --expect '\$ $' --send 'vault exec -- env' \
    --expect "API_KEY=$MARKER" --expect '\$ $' --send 'vault list app' --expect 'API_KEY .*cleo'
status_is 0 'each command says the next one, and all is done'
is 'the value was shown by her own command alone' "$(grep -c "$MARKER" "$STDOUT")" 1

person dan
sits_down --expect '\$ $' --send 'vault exec -- env' --expect 'hint: vault keygen' \
    --expect 'ask a reader: vault grant NAME age1… -e dev' --expect '\$ $' --send 'vault keygen' \
    --expect 'Enter for none: ' --secret '' \
    --expect 'age1[0-9a-z]{58}' --expect '\$ $' --send 'vault exec -- env' \
    --expect 'ask a reader: vault grant NAME age1[0-9a-z]{58} -e dev'
status_is 0 'somebody else is told the line to pass on'
line=$(typed_hint grant)

person cleo
sits_down --expect '\$ $' --send "$(echo "$line" | sed 's/NAME/dan/')" --expect 'dan can read dev now'
status_is 0 'she types it'

person dan
sits_down --expect '\$ $' --send 'vault exec -- env' --expect 'dev is opened on this machine' \
    --expect "API_KEY=$MARKER"
status_is 0 'and then it works'

finish
