#!/bin/sh
# Promise 34: A value is proposed only to a key that this machine has accepted, and used only after a reader accepts it.
# Mallory can write to the repository. She puts the key of an environment of her own in the place of
# prod's, so that the next proposal would be sealed to her.
. "$(dirname "$0")/people.sh"

people alice bob mallory
given as alice vault init -e prod
given as alice vault set -e prod db/PASSWORD=old
pin=$(as alice vault verify -e prod 2>&1 | grep -o '[A-Za-z0-9+/]\{22\}' | head -n 1)
cp vault.toml true.toml
mkdir hers
given as mallory vault -f hers/vault.toml init -e prod
mallorys=$(sed -n 's/^inbox-key = //p' hers/vault.toml)
sed "s/^inbox-key = .*/inbox-key = $mallorys/" true.toml >vault.toml
ok 'the file is another one' not cmp -s true.toml vault.toml
cp vault.toml swapped.toml

propose() { # OPTION…
    as bob setsid -w "$BIN" set --propose -e prod "$@" db/PASSWORD=upcoming
}

attack 5 'prod' '--pin prod=' propose
attack 5 'prod' '' propose --pin "prod=$pin"
ok 'nothing was written' cmp -s swapped.toml vault.toml

# Bob has accepted the true one before.
cp true.toml vault.toml
given as bob setsid -w "$BIN" trust prod --pin "prod=$pin"
given propose
sed "s/^inbox-key = .*/inbox-key = $mallorys/" vault.toml >swapped.toml
cp swapped.toml vault.toml
attack 5 'prod' 'trust prod' propose
attack 3 'prod' '' as bob setsid -w "$BIN" trust prod -y
attack 5 'prod' 'trust prod' propose
ok 'nothing was written for her' cmp -s swapped.toml vault.toml

# Control: the true file, without a word more.
cp true.toml vault.toml
given propose
entry=$(as alice vault inbox -e prod 2>/dev/null | cut -d ' ' -f 1)
given as alice vault inbox -e prod --accept "$entry" -y
is 'control: the reader gets it' "$(as alice vault get db/PASSWORD -e prod)" upcoming
done_testing
