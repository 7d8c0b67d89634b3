#!/bin/sh
# Promise 34: A value is proposed only to a key that this machine has accepted, and used only after a reader accepts it.
# Mallory can write to the repository. She puts 20,000 proposals into prod's inbox: rubbish under names
# that exist. Everything else goes on, and the list stays short.
. "$(dirname "$0")/people.sh"

people alice bob mallory
given as alice vault init -e prod
given as alice vault set -e prod db/PASSWORD=old
pin=$(as alice vault verify -e prod 2>&1 | grep -o '[A-Za-z0-9+/]\{22\}' | head -n 1)
awk '{ print }
    $0 == "[vault.env.prod.inbox]" { for (i = 0; i < 20000; i++) printf "\"db/PASSWORD/%08x\" = \"AAAA\"\n", i }' \
    vault.toml >with && mv with vault.toml

is 'get' "$(as alice vault get db/PASSWORD -e prod 2>/dev/null)" old
given as alice vault exec -e prod -- true
ok 'exec is silent' test ! -s "$STDERR"
given as alice vault set -e prod db/OTHER=1
given as alice vault grant bob "$(key_of bob)" -e prod
given as alice vault revoke bob -e prod
given as alice vault inbox -e prod
is '100 are listed' "$(wc -l <"$STDOUT" | tr -d ' ')" 100
ok 'and counted' has_text '100 of 20000' "$STDERR"
attack 5 'db/PASSWORD/00000001' '' as alice vault inbox -e prod --accept db/PASSWORD/00000001 -y

# Control: one that is true is found by its name.
pin=$(as alice vault verify -e prod 2>&1 | grep -o '[A-Za-z0-9+/]\{22\}' | head -n 1)
given as bob vault set --propose -e prod --pin "prod=$pin" app/NEW=wanted
entry=$(sed -n 's/^"\(app[^"]*\)".*/\1/p' vault.toml)
given as alice vault inbox -e prod --accept "$entry" -y
is 'control: a true one is accepted' "$(as alice vault get app/NEW -e prod)" wanted
done_testing
