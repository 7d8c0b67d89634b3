#!/bin/sh
# What is asked on a terminal, and how; and that without one nothing waits.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

# ---- values

given vault init
run pty --expect '^value of KEY: $' --secret "$MARKER" -- "$BIN" set KEY
status_is 0 'set asks for the value, with the echo off'
stdout_lacks "$MARKER" 'it is not shown'
stdout_has 'note: set app/KEY in dev'
is 'it is what was typed' "$(vault get KEY)" "$MARKER"
run pty -- "$BIN" get KEY
stdout_is "$MARKER" 'get ends its line on a terminal'
run pty --expect 'value of B: ' --secret '  b c ' --expect 'value of C: ' --secret 'é"\\$' -- \
    "$BIN" create s A=1 B=- C=-
status_is 0 'create asks for what is KEY=-'
is 'spaces are kept' "$(vault get B)" '  b c '
is 'so is what is special' "$(vault get C)" 'é"\$'
for how in '' '\x04\c'; do
    run pty --expect 'value of KEY: ' --secret "$how" -- "$BIN" set KEY
    status_is 1 "no answer: '$how'"
    stdout_has 'vault: no value for KEY was given' "no answer: '$how': said so"
done
run pty --expect 'KEY: ' --secret 'half\x03\c' --expect 'status 130' --expect ' echo ' -- \
    sh -c 'trap : INT; "$BIN" set KEY; echo "status $?"; stty -a'
status_is 0 'Ctrl-C ends it, and the echo is on again'
run pty --expect 'KEY: ' --secret 'half\x1a\c' --expect 'Stopped' --expect '\$ ' --send 'stty -a' \
    --expect ' echo ' --send 'kill %1; exit 7' -- env PS1='$ ' bash --norc -i -c \
    '"$BIN" set KEY; PS1="$ " exec bash --norc -i'
run pty --expect '\$ ' --send '"$BIN" set KEY' --expect 'KEY: ' --secret 'half\x1a\c' --expect 'Stopped' \
    --expect '\$ ' --send 'stty -a' --expect ' echo ' --expect '\$ ' --send fg --expect 'KEY: ' \
    --secret "$MARKER-2" --expect 'note: set app/KEY' --expect '\$ ' --send 'stty -a' \
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
run pty -- "$BIN" set KEY --identity stranger.key
status_is 3 'what does not open asks for no value'
stdout_lacks 'value of' 'it does not'

# ---- the hint that stands once

hint="hint: your shell's history keeps what is typed as KEY=VALUE"
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
asked n 'let bob read it, who cannot now\?' "$BIN" copy KEY --to prod
asked n 'let bob read it, who cannot now\?' "$BIN" rename KEY app/NEW --to prod
asked n 'delete prod with all that is in it\?' "$BIN" env delete prod
rm vault.toml before.toml

# ---- passphrases

run pty --expect '^new passphrase: $' --secret 'one' --expect 'the same again: $' --secret 'two' -- \
    "$BIN" init --passphrase
status_is 1 'two that are not the same: exit status 1'
stdout_has 'vault: the two are not the same'
run pty --expect 'new passphrase: ' --secret '' -- "$BIN" init --passphrase
status_is 1 'an empty one: exit status 1'
stdout_has 'vault: no passphrase was given'
run alone "$BIN" init --passphrase
status_is 1 'no terminal: exit status 1'
stderr_has 'no passphrase was given' 'no terminal: said so'
stderr_has 'hint: --passphrase-file FILE gives it without a terminal'
ok 'nothing was made' not test -e vault.toml
printf '%s\n' "$MARKER" >new.pass
chmod 600 new.pass
given alone "$BIN" init --passphrase --passphrase-file new.pass
given env VAULT_PASSPHRASE_FILE=new.pass "$BIN" set A=1
is 'init --passphrase: of a file' "$(VAULT_PASSPHRASE=$MARKER vault get A)" 1
rm vault.toml new.pass
given alone env VAULT_PASSPHRASE="$MARKER" "$BIN" init --passphrase -e prod
is 'init --passphrase: of a variable' "$(VAULT_PASSPHRASE=$MARKER vault set -e prod A=1 2>&1 | head -n 1)" \
    'note: set app/A in prod'
rm vault.toml

mv "$IDENTITY" kept.key
run pty --expect 'new passphrase: ' --secret "$MARKER" --expect 'the same again: ' \
    --secret "$MARKER" -- "$BIN" init --passphrase
status_is 0
stdout_lacks "$MARKER"
ok 'no identity was made for it' not test -e "$IDENTITY"
run pty --expect '^passphrase of passphrase for dev: $' --secret wrong \
    --expect 'that does not open it; passphrase of passphrase for dev: $' --secret "$MARKER" -- \
    sh -c 'printf value | "$BIN" set KEY'
status_is 0 'a wrong passphrase is asked for again; stdin stays the value'"'"'s'
stdout_lacks "$MARKER"
run pty --expect '^passphrase of passphrase for dev: $' --secret '' -- "$BIN" get KEY
ok 'no answer: nothing is opened' test "$status" -ne 0
stdout_has 'vault: no passphrase for dev was given'
printf '%s\r\nsecond line\n' "$MARKER" >pass
chmod 600 pass
is '--passphrase-file: its first line' "$(vault get KEY --passphrase-file pass)" value
is 'VAULT_PASSPHRASE' "$(VAULT_PASSPHRASE=$MARKER vault get KEY)" value
run pty -- env VAULT_PASSPHRASE=wrong "$BIN" get KEY
status_is 3 'one that was given and is wrong: nothing is asked'
stdout_has 'none of the keys that were given opens dev'
refuses 3 'no key was given that could open dev' 'vault grant NAME' alone "$BIN" get KEY
refuses 125 'no key was given that could open dev' '' alone "$BIN" exec -- touch started
run pty --expect 'passphrase of passphrase for dev: $' --secret "$MARKER" -- \
    "$BIN" env create stage --passphrase --reader "bob=$bob"
status_is 0 'env create --passphrase: the one that is there is not asked for anew'
stdout_has 'note: it opens with the passphrase that the vault has already'
is 'it opens it' "$(VAULT_PASSPHRASE=$MARKER vault set -e stage A=1 2>&1 | head -n 1)" 'note: set app/A in stage'
is 'and so does the key that was given' "$(vault get -e stage A --identity bob.key)" 1
mv kept.key "$IDENTITY"
given vault init -f own.toml
given vault init -f other.toml
run pty --expect '^new passphrase: $' --secret "$MARKER" --expect 'the same again: ' --secret "$MARKER" -- \
    "$BIN" env create stage --passphrase -f own.toml
status_is 0 'where there is none it is asked for'
refuses 3 'none of the keys' '' vault get A -e stage -f own.toml
given env VAULT_PASSPHRASE="$MARKER" "$BIN" set -e stage A=1 -f own.toml
refuses 1 'no passphrase was given' '' alone "$BIN" env create third --passphrase -f other.toml
refuses 1 'there is an environment stage already' '' alone "$BIN" env create stage --passphrase -f own.toml
refuses 2 'name' '' alone "$BIN" env create 'a b' --passphrase -f own.toml
rm own.toml other.toml
refuses 3 'none of the keys that were given opens dev' 'vault grant NAME age1' alone "$BIN" set A=1

# ---- without a terminal nothing waits, whatever stdin is

rm vault.toml
given vault init
mkfifo never
sleep 20 >never &
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
