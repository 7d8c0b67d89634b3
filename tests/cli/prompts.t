#!/bin/sh
# What is asked on a terminal, and how; and that without one nothing waits.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

# ---- values

given vault init
run pty --expect '^value of KEY: $' --secret "$MARKER" -- "$BIN" set KEY
status_is 0 'set asks for the value, with the echo off'
stdout_lacks "$MARKER" 'it is not shown'
stdout_has 'note: added app/KEY in dev'
is 'it is what was typed' "$(vault get KEY)" "$MARKER"
run pty -- "$BIN" get KEY
stdout_is "$MARKER" 'get ends its line on a terminal'
run pty -- "$BIN" get KEY --bytes
is '--bytes does not' "$(wc -c <"$STDOUT" | tr -d ' ')" ${#MARKER}
run pty --expect 'value of B: ' --secret '  b c ' --expect 'value of C: ' --secret 'é"\\$' -- \
    "$BIN" create s A=1 B=- C=-
status_is 0 'create asks for what is KEY=-'
is 'spaces are kept' "$(vault get B)" '  b c '
is 'so is what is special' "$(vault get C)" 'é"\$'
pem='-----BEGIN X-----\nQUJD\n\nREVG\n-----END X-----'
run env TERM=xterm "$TOP/tests/pty.py" --expect '2004h.*value of PEM: ' \
    --secret "\\x1b[200~$pem\\n\\x1b[201~" -- "$BIN" set PEM
status_is 0 'pasted lines are taken whole'
stdout_has 'took all lines' 'and it is said'
printf '%b' "$pem" >"$TMP/pem"
ok 'byte for byte' sh -c '"$BIN" get PEM | cmp - "$1"' - "$TMP/pem"
run env TERM=xterm "$TOP/tests/pty.py" --expect '2004h.*value of KEY: ' \
    --secret '\x1b[200~one line\x1b[201~' -- "$BIN" set KEY
is 'so is one pasted line' "$(vault get KEY)" 'one line'
run pty --expect 'value of PEM: ' --secret 'first\nsecond' -- "$BIN" set PEM
status_is 1 'lines of a terminal that does not mark a paste are refused'
stdout_has 'set PEM --from-file FILE'
ok 'and nothing is stored' sh -c '"$BIN" get PEM | cmp - "$1"' - "$TMP/pem"
for how in '' '\x04\c'; do
    run pty --expect 'value of KEY: ' --secret "$how" -- "$BIN" set KEY
    status_is 1 "no answer: '$how'"
    stdout_has 'vault: no value given for KEY' "no answer: '$how': said so"
done
run pty --expect 'KEY: ' --secret 'half\x03\c' --expect 'status 130' --expect ' echo ' -- \
    sh -c 'trap : INT; "$BIN" set KEY; echo "status $?"; stty -a'
status_is 0 'Ctrl-C ends it, and the echo is on again'
run pty --expect 'KEY: ' --secret 'half\x1a\c' --expect 'Stopped' --expect '\$ ' --send 'stty -a' \
    --expect ' echo ' --send 'kill %1; exit 7' -- env PS1='$ ' bash --norc -i -c \
    '"$BIN" set KEY; PS1="$ " exec bash --norc -i'
run pty --expect '\$ ' --send '"$BIN" set KEY' --expect 'KEY: ' --secret 'half\x1a\c' --expect 'Stopped' \
    --expect '\$ ' --send 'stty -a' --expect ' echo ' --expect '\$ ' --send fg --expect 'KEY: ' \
    --secret "$MARKER-2" --expect " app/KEY in dev" --expect '\$ ' --send 'stty -a' \
    --expect ' echo ' --expect '\$ ' --send 'exit 7' -- env PS1='$ ' bash --norc -i
status_is 7 'Ctrl-Z: the echo is on; then it is asked again, with the echo off'
is 'only what was typed after that counts' "$(vault get KEY)" "$MARKER-2"
given vault set "KEY=$MARKER"
is 'nothing of it was kept' "$(vault get KEY)" "$MARKER"
run pty -- sh -c 'echo piped | "$BIN" set KEY'
status_is 0 'a pipe is read, terminal or not'
stdout_lacks 'value of'
is 'it is what came' "$(vault get KEY)" piped

given vault keygen -o stranger.key
run pty --expect 'propose it .*N. ' --send n -- "$BIN" set KEY --identity stranger.key
status_is 3 'what does not open asks for no value'
stdout_lacks 'value of' 'it does not'

# ---- the hint that stands once

hint="hint: the shell's history keeps NAME=VALUE"
once() { # NAME STATE COMMAND…: the hint is said, and not a second time
    tap_about=$1 state=$2
    shift 2
    mkdir -p "$state/vault"
    run env XDG_STATE_HOME="$state" "$TOP/tests/pty.py" -- "$@"
    stdout_has "$hint" "$tap_about: the hint"
    run env XDG_STATE_HOME="$state" "$TOP/tests/pty.py" -- "$@"
    status_is 0
    stdout_lacks "$hint" "$tap_about: once"
}
never() { # NAME STATE COMMAND…
    tap_about=$1 state=$2
    shift 2
    run env XDG_STATE_HOME="$state" "$TOP/tests/pty.py" -- "$@"
    status_is 0
    stdout_lacks "$hint" "$tap_about: no hint"
}
once set "$TMP/state-1" "$BIN" set "KEY=$MARKER"
once create "$TMP/state-2" "$BIN" create --force kept A=1 B=2
once update "$TMP/state-3" "$BIN" update kept --from-env HOME "A=$MARKER"
mkdir -p "$TMP/state-4/vault"
never 'a value that is asked for' "$TMP/state-4" sh -c 'echo 1 | "$BIN" set KEY; echo 1 | "$BIN" set KEY=-; "$BIN" set KEY='
never 'stderr is no terminal' "$TMP/state-4" sh -c '"$BIN" set KEY=1 2>/dev/null'
never 'stdin is no terminal' "$TMP/state-4" sh -c '"$BIN" set KEY=1 </dev/null'
never 'it cannot be remembered' /dev/null/state "$BIN" set KEY=1
never 'it cannot be remembered' /dev/null/state "$BIN" set KEY=1
given vault set "KEY=$MARKER"

# ---- yes or no

given vault keygen -o bob.key
bob=$(cat "$STDOUT")
given vault env create prod --like dev
given vault grant bob "$bob" -e prod
asked() { # ANSWERS QUESTION COMMAND…: not done with one of these answers, done with a yes
    answers=$1 question=$2
    shift 2
    cp vault.toml before.toml
    for answer in $answers; do
        run pty --expect "^$question \\[y/N\\] \$" --send "$answer" -- "$@"
        ok "$*: '$answer' is no" refused_by_answer
    done
    run pty --expect "^$question \\[y/N\\] \$" --send y -- "$@"
    ok "$*: 'y' is yes" done_by_answer
}
refused_by_answer() {
    [ "$status" -eq 1 ] && has_text 'nothing was changed' "$STDOUT" && cmp vault.toml before.toml
}
done_by_answer() {
    [ "$status" -eq 0 ] && ! cmp -s vault.toml before.toml
}
asked '\n\c n N x no-y \x04\c' 'delete s/A from dev\?' "$BIN" delete s/A
asked n 'delete s/B and the others from dev\?' "$BIN" delete s/B s
asked n 'let bob read it, who could not before\?' "$BIN" copy KEY --to prod
asked n 'let bob read it, who could not before\?' "$BIN" rename KEY app/NEW --to prod
asked n 'delete prod with all its secrets\?' "$BIN" env delete prod
rm vault.toml before.toml

# ---- without a terminal nothing waits, whatever stdin is

given vault init
mkfifo never
sleep 1000 >never &
sleeper=$!
for words in 'delete app' 'env delete dev' 'copy app --to prod' 'get KEY' 'list' 'exec -- true' \
    'init' 'keygen' 'verify' 'doctor' 'help' 'version' 'env create x' 'rename a b'; do
    # shellcheck disable=SC2086
    run alone "$BIN" $words <never
    ok "$words does not wait" test "$status" -ne 124
done
kill $sleeper
wait $sleeper 2>/dev/null || :

finish
