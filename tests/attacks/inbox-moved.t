#!/bin/sh
# Promise 34: A value is proposed only to a key that this machine has accepted, and used only after a reader accepts it.
# Mallory can write to the repository. She moves a proposal to another variable, to another
# environment and to another vault, and copies one that was accepted before.
. "$(dirname "$0")/people.sh"

people alice bob mallory
given as alice vault init -e dev,prod
given as alice vault set -e prod db/PASSWORD=old db/PUBLIC=shown
given as alice vault set -e dev db/PASSWORD=dev
pin=$(as alice vault verify -e prod 2>&1 | grep -o '[A-Za-z0-9+/]\{22\}' | head -n 1)
given as bob vault set --propose -e prod --pin "prod=$pin" db/PASSWORD=meant-for-it
cp vault.toml true.toml
line=$(grep '^"db/PASSWORD/' vault.toml)
entry=$(echo "$line" | cut -d '"' -f 2)

is_refused_as() { # ENV ENTRY
    attack 5 "$2" '' as alice vault inbox -e "$1" --accept "$2" -y
    given as alice vault verify -e "$1"
    given as alice vault exec -e "$1" -- true
    given as alice vault set -e "$1" "db/OTHER=still-saved"
}

moved=db/PUBLIC/${entry##*/}
sed "s|^\"$entry\"|\"$moved\"|" true.toml >vault.toml
is_refused_as prod "$moved"
is 'another variable' "$(as alice vault get db/PUBLIC -e prod)" shown

grep -vF "$line" true.toml | awk -v line="$line" '{ print } $0 == "[vault.env.dev.inbox]" { print line }' >vault.toml
is_refused_as dev "$entry"
is 'another environment' "$(as alice vault get db/PASSWORD -e dev)" dev

mkdir other && cd other || exit 1
given as alice vault init -e prod
given as alice vault set -e prod db/PASSWORD=there
awk -v line="$line" '{ print } $0 == "[vault.env.prod.inbox]" { print line }' vault.toml >with && mv with vault.toml
is_refused_as prod "$entry"
is 'another vault' "$(as alice vault get db/PASSWORD -e prod)" there
cd .. || exit 1

# Control, and then again what was accepted: it is older than what stands, and asked about.
cp true.toml vault.toml
given as alice vault inbox -e prod --accept "$entry" -y
is 'control: where it belongs' "$(as alice vault get db/PASSWORD -e prod)" meant-for-it
given as alice vault set -e prod db/PASSWORD=newer
awk -v line="$line" '{ print } $0 == "[vault.env.prod.inbox]" { print line; sub("/PASSWORD/.", "/PASSWORD/0", line); print line }' vault.toml >with && mv with vault.toml
all=$(sed -n 's/^"\(db[^"]*\)".*/\1/p' vault.toml)
# shellcheck disable=SC2086 # two entries
attack 1 'no terminal' '-y' as alice setsid -w "$BIN" inbox -e prod -y --accept $all
is 'nothing came back' "$(as alice vault get db/PASSWORD -e prod)" newer
done_testing
