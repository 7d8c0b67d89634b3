#!/bin/sh
# Promise 5: A machine that cannot remember a key says so every time.
# mallory replaces the vault that a program uses. The program runs without HOME, as under cron or as
# a service, or with a state folder that it cannot write to.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

people alice mallory
given as alice vault init -e prod
given as alice vault set HOST=good.example -e prod
cp vault.toml true.toml
key=$(sed -n 's/^\(AGE-SECRET-KEY-.*\)/\1/p' "$TMP/people/alice/.config/vault/identity")
good=$(as alice vault verify -e prod 2>&1 | sed -n 's/.*its key is //p')
mkdir theirs
given as mallory vault init --reader "alice=$(key_of alice)" -e prod -f theirs/vault.toml
given as mallory vault init --reader "m=$(key_of mallory)" --reader "alice=$(key_of alice)" -e prod -f mine.toml
given as mallory vault set HOST=evil.example -e prod -f mine.toml

service() { # [NAME=VALUE…] COMMAND…
    env -i VAULT_IDENTITY="$key" "$@"
}
for time in first second; do
    run service "$BIN" exec -e prod -- /bin/sh -c 'echo $HOST'
    stdout_is good.example "the $time time without a HOME"
    stderr_is "note: prod is opened on this machine for the first time: its key is $good. Without a HOME nothing is remembered: a script gives VAULT_PIN=prod=$good" "the $time time it is said"
done
run service VAULT_PIN="prod=$good" "$BIN" exec -e prod -- /bin/sh -c 'echo $HOST'
stdout_is good.example 'control: with the pin'
stderr_is '' 'nothing is said'
cp mine.toml vault.toml
run service "$BIN" get HOST -e prod
stderr_has 'note: prod is opened on this machine for the first time' 'replaced: the key is shown'
run service VAULT_PIN= "$BIN" get HOST -e prod
stderr_has 'VAULT_PIN is empty, and counts as not set' 'a pin that is empty, as one that CI has not set'
attack 125 'its key is not the one that was asked for' 'vault verify' \
    service VAULT_PIN="prod=$good" "$BIN" exec -e prod -- /bin/sh -c 'echo $HOST'
run service VAULT_PIN="prd=$good" "$BIN" exec -e prod -- /bin/sh -c 'echo $HOST'
stderr_has 'The pin that was given is of prd. Without a HOME' 'a pin under another name is said to be none'
attack 5 'its key is not the one that was asked for' '' service VAULT_PIN="prod=$good" "$BIN" set A=1 -e prod
cp true.toml vault.toml

# The place for the pins is not usable.
: >state
for time in first second; do
    run service XDG_STATE_HOME="$WORK/state" "$BIN" get HOST -e prod
    status_is 0 "the $time time"
    stderr_has 'prod is opened on this machine for the first time' 'it is said'
    stderr_has "the key of prod is not remembered: cannot write $WORK/state/vault/pins" 'and why'
    stderr_has "a script gives VAULT_PIN=prod=$good" 'and what a script gives'
done
run service XDG_STATE_HOME=/proc/self "$BIN" rotate -e prod
status_is 0 'a rotation that cannot be pinned is done'
stderr_has 'the key of prod is not remembered' 'and that is said'

# Pins that cannot be read are an error; they are not treated as missing.
mkdir -p kept/vault/pins
attack 5 '' '' service XDG_STATE_HOME="$WORK/kept" VAULT_PIN="prod=$good" "$BIN" get HOST -e prod
attack 1 'cannot read' 'pin ENV=FINGERPRINT' service XDG_STATE_HOME="$WORK/kept" "$BIN" get HOST -e prod
rmdir kept/vault/pins
mkfifo kept/vault/pins
attack 1 'it is a FIFO' 'pin ENV=FINGERPRINT' timeout 20 env -i VAULT_IDENTITY="$key" XDG_STATE_HOME="$WORK/kept" "$BIN" get HOST -e prod
done_testing
