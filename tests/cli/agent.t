#!/bin/sh
# A coding agent is refused what hands out values, with the line for a person, and what it runs under
# exec is masked where it reads along.
. "$(dirname "$0")/scene.sh"

unset AI_AGENT AGENT CLAUDECODE CODEX_SANDBOX CODEX_THREAD_ID CODEX_CI CURSOR_AGENT GEMINI_CLI \
    QWEN_CODE OPENCODE COPILOT_CLI CLINE_ACTIVE AUGMENT_AGENT GOOSE_TERMINAL
export EDITOR=false
given vault init
with "$MARKER" given vault set app/API_KEY
given vault set app/PORT=8080
printf 'key={{ API_KEY }}\n' >template
git init -q . && git add vault.toml && git commit -qm 'a vault'

# guarded VARIABLE COMMAND…: COMMAND is refused with 8 and leaves everything as it was.
guarded() {
    variable=$1
    shift
    refuses 8 "a coding agent runs this, as ${variable%%=*} says" 'a person types it in another terminal: vault' \
        env "$variable" "$BIN" "$@"
}

# ---- which variables say so

for variable in AI_AGENT=any AGENT=1 AGENT=amp AGENT=crush AGENT=goose AGENT=opencode CLAUDECODE=1 \
    CODEX_SANDBOX=seatbelt CODEX_THREAD_ID=0199a213 CODEX_CI=1 CURSOR_AGENT=1 GEMINI_CLI=1 \
    QWEN_CODE=1 OPENCODE=1 COPILOT_CLI=1 CLINE_ACTIVE=true AUGMENT_AGENT=1 GOOSE_TERMINAL=1 \
    VAULT_AGENT=guard; do
    guarded "$variable" get API_KEY
done
for variable in AI_AGENT= AGENT=buildkite CLAUDECODE=0 CLAUDECODE= CODEX_HOME=/home/me/.codex \
    CURSOR_TRACE_ID=1 TERM_PROGRAM=kiro REPL_ID=1 GEMINI_API_KEY=1 VAULT_AGENT=off VAULT_AGENT=; do
    run env "$variable" "$BIN" get API_KEY
    stdout_has "$MARKER" "$variable says nothing of an agent"
done
run env CLAUDECODE=1 VAULT_AGENT=off "$BIN" get API_KEY
stdout_has "$MARKER" 'VAULT_AGENT=off: no guard'

# ---- what is refused, and what is not

export CLAUDECODE=1
guarded CLAUDECODE=1 export app
guarded CLAUDECODE=1 export --format=json -o out.json
ok 'export -o: nothing is written' test ! -e out.json
guarded CLAUDECODE=1 render template
guarded CLAUDECODE=1 render template -o out
guarded CLAUDECODE=1 edit app
guarded CLAUDECODE=1 unlock
guarded CLAUDECODE=1 diff --reveal
guarded CLAUDECODE=1 log --reveal
guarded CLAUDECODE=1 get "app/it's"
run vault get "app/it's" -e 'a b'
stderr_has "vault get 'app/it'\\''s' -e 'a b'" 'the line is as a shell reads it'

for command in 'list app' 'check --require PORT' 'diff' 'log' 'readers' 'verify' 'export --format=example' \
    'get --help' 'help get'; do
    # shellcheck disable=SC2086 # several words
    run vault $command
    status_is 0 "vault $command"
done
run vault set app/PORT=9090
status_is 0 'an agent may set a value'
git add vault.toml && git commit -qm 'another port'

# ---- exec

run vault exec -- sh -c 'echo "$API_KEY"; echo "$API_KEY" >&2; exit 7'
status_is 7 'exec keeps the status'
# The test's own stdout and stderr are files: they are left exact.
stdout_is "$MARKER" 'a file is left exact'
rm "$STDOUT" "$STDERR"
piped=$("$BIN" exec -- sh -c 'echo "$API_KEY"' 2>"$TMP/said" | cat)
is 'a pipe is masked' "$piped" '[app/API_KEY]'
is 'that is said once' "$(grep -c 'values are masked' "$TMP/said")" 1
both=$("$BIN" exec -- sh -c 'echo "$API_KEY"; echo "$API_KEY" >&2' 2>&1 >"$TMP/exact" | tail -n 1)
is 'stderr in a pipe is masked' "$both" '[app/API_KEY]'
is 'stdout in a file beside it is exact' "$(cat "$TMP/exact")" "$MARKER"
run pty -- "$BIN" exec -- sh -c 'test -t 1 && echo "on a terminal: $API_KEY"'
stdout_has 'on a terminal: [app/API_KEY]' 'a terminal is masked'
run sh -c '"$BIN" exec -- sh -c "kill -TERM \$\$" | cat; true'
"$BIN" exec -- true >/dev/null 2>&1 && quiet=0 || quiet=$?
is 'nothing to read along' "$quiet" 0
run env VAULT_AGENT=off "$BIN" exec -- sh -c 'true'
stderr_is '' 'no guard, no note'

# ---- merge

unset CLAUDECODE
git checkout -qb theirs && given vault set app/API_KEY="$MARKER-2" && git commit -qam theirs
git checkout -q main && given vault set app/API_KEY="$MARKER-3" && git commit -qam ours
git merge theirs >"$TMP/merged" 2>&1 || true
run pty --expect '.o.urs or .t.heirs, or a .n.ew one' --send t -- env CLAUDECODE=1 "$BIN" merge
status_is 0 'an agent may answer a conflict'
stdout_lacks "$MARKER" 'and is not offered to see the values'

# ---- redact

run vault set db/PASSWORD='p@ss w/"x' app/SHORT=abc app/API_KEY="$MARKER"
masked=$(printf 'a %s b p%%40ss%%20w%%2F%%22x %s' "$MARKER" abc | "$BIN" redact)
is 'redact: a filter' "$masked" 'a [app/API_KEY] b [db/PASSWORD] abc'
slow=$( (printf %s "${MARKER%marker}" && sleep 0.01 && echo marker) | "$BIN" redact)
is 'redact: a value in two pieces' "$slow" "[app/API_KEY]"
run sh -c '"$BIN" redact -e nowhere <template'
status_is 4 'redact: an environment that is not there'
stdout_is '' 'and nothing is passed on'
run sh -c 'printf "%s\n" "$MARKER" | HOME=/nowhere XDG_CONFIG_HOME=/nowhere "$BIN" redact'
status_is 3 'redact: locked'
stdout_is '' 'and nothing is passed on'
run sh -c '"$BIN" redact </dev/null'
status_is 0 'redact: of nothing'
stdout_is '' 'nothing'
done_testing
