#!/bin/sh
# --kind: what is asked, what is not, and what is stored.
. "$(dirname "$0")/scene.sh"

given vault init

vault help kinds >"$TMP/kinds"
is 'there are twenty' "$(grep -c '^[a-z]' "$TMP/kinds")" 20
for kind in postgres mysql mongodb redis aws gcp azure github gitlab openai anthropic huggingface \
    wandb stripe slack sentry twilio sendgrid smtp docker-registry; do
    ok "$kind is one" grep -q "^$kind  *[A-Z]" "$TMP/kinds"
done
is 'no key is there twice' "$(tr ' ' '\n' <"$TMP/kinds" | grep '[A-Z]' | sort | uniq -d)" ''
is 'all can be keys' "$(sed 's/^[a-z-]*//' "$TMP/kinds" | tr ' ' '\n' | grep -v -x '[A-Z][A-Z0-9_]*' | sort -u)" ''

# Asked one by one, unseen; an empty answer leaves a key out, a typed one is not asked.
run pty --expect '^value of PGPORT .*: $' --secret 5433 --expect 'PGUSER .*: $' --secret '' \
    --expect 'PGPASSWORD .*: $' --secret "$MARKER" --expect 'PGDATABASE .*: $' --secret app \
    --expect 'PGSSLMODE .*: $' --secret '' -- "$BIN" create db --kind postgres PGHOST=typed
status_is 0 'asked for'
ok 'no answer is shown' not has_text "$MARKER" "$STDOUT"
is 'what was answered is stored' "$(vault exec db --clean -- env | grep ^PG | sort)" \
    "PGDATABASE=app${newline}PGHOST=typed${newline}PGPASSWORD=$MARKER${newline}PGPORT=5433"
run pty --expect 'SENDGRID_API_KEY .*: $' --secret two -- "$BIN" update db --kind sendgrid
status_is 0 'an update asks too'
is 'it leaves the others alone' "$(vault get db/PGPORT) $(vault get db/SENDGRID_API_KEY)" '5433 two'

# In the order typed.
printf 'HF_TOKEN=file\nHF_ENDPOINT=file\n' >hf.env
run pty --expect 'HF_TOKEN' --secret asked --expect 'HF_ENDPOINT' --secret '' -- \
    "$BIN" create hf --from-dotenv hf.env --kind huggingface
is 'an answer wins over what stands before it' "$(vault get hf/HF_TOKEN) $(vault get hf/HF_ENDPOINT)" \
    'asked file'

# All typed: nothing is asked, and no terminal is needed.
given alone "$BIN" create mail --kind sendgrid SENDGRID_API_KEY=typed
is 'all was typed' "$(vault get mail/SENDGRID_API_KEY)" typed

# What would fail fails before the first question.
run pty -- "$BIN" create db --kind postgres
status_is 1 'it exists'
ok 'it exists: nothing is asked' not has_text 'value of' "$STDOUT"
run pty -- "$BIN" update nothing --kind postgres
status_is 4 'it does not exist'
ok 'it does not exist: nothing is asked' not has_text 'value of' "$STDOUT"

run pty -- "$BIN" create db --kind postgres --allow-existing
status_is 0 'it exists, and may'
ok 'it exists, and may: nothing is asked' not has_text 'value of' "$STDOUT"

# Ctrl-C and the end of input store nothing.
state "$TMP/before"
run pty --expect 'GITHUB_TOKEN .*: $' --secret "$MARKER" --expect 'GH_TOKEN .*: $' \
    --secret '\x03\c' -- "$BIN" create gh --kind github
status_is 130 'Ctrl-C'
run pty --expect 'GITHUB_TOKEN .*: $' --secret '\x04\c' -- "$BIN" create gh --kind github
status_is 1 'Ctrl-D'
state "$TMP/after"
ok 'nothing was stored' cmp "$TMP/before" "$TMP/after"

refuses 1 'no terminal to ask for REDIS_URL, REDISCLI_AUTH' 'REDIS_URL=' \
    alone "$BIN" create r --kind redis
refuses 1 'no terminal to ask for REDIS_URL' '' alone "$BIN" create r --kind redis REDISCLI_AUTH=1
refuses 2 'no kind postgre' 'kind postgres' vault create p --kind postgre
refuses 2 'no kind nothing' 'help kinds' vault create p --kind nothing
refuses 2 'does not take --' '' vault set A=1 --kind redis

finish
