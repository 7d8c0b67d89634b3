#!/bin/sh
# Promise 8: An environment's key goes only to public keys that one of its readers has granted.
# Mallory adds an environment and hopes that others use it with --like. Bob, who reads dev, adds a
# key to dev that Alice has never seen, with a valid seal.
. "$(dirname "$0")/people.sh"

people alice bob mallory
mallory=$(key_of mallory)
alone() {
    timeout 60 setsid -w "$@"
}
given as alice vault init
given as alice vault set KEY=1
given as alice vault grant bob "$(key_of bob)"
run as alice alone "$BIN" env create control --like dev
status_is 0 'control: of those whom Alice has let in herself nobody is asked for'
stderr_has "note: control is encrypted to bob $(key_of bob) (X25519)" 'and each is shown with the whole key'
cp vault.toml good.toml

given as mallory vault env create old-prod --reader "alice=$(key_of alice)" --reader "mallory=$mallory"
attack 2 "old-prod has the reader mallory $mallory (X25519), who is new to this machine" \
    "--reader 'mallory=$mallory'" as alice alone "$BIN" env create live --like old-prod -e old-prod
attack 2 'no terminal to confirm the readers of old-prod on' '' \
    as alice alone "$BIN" env create live --like old-prod -e old-prod -y
ok 'to have been asked makes nothing known' not grep -q old-prod "$TMP/people/alice/.local/state/vault/pins"
attack 2 'no terminal to confirm' '' as alice alone "$BIN" env create live --like old-prod

cp good.toml vault.toml
given as bob vault grant helper "$mallory"
attack 2 "dev has the reader helper $mallory (X25519), who is new to this machine" \
    "--reader 'helper=$mallory'" as alice alone "$BIN" env create live --like dev
attack 2 'no terminal to confirm the readers of dev on' '' \
    as alice alone "$BIN" env copy dev live
attack 2 'no terminal to confirm' '' as alice alone env -u HOME -u XDG_STATE_HOME \
    "$BIN" env create live --like dev --identity "$TMP/people/alice/.config/vault/identity"
ok 'nothing was made' not grep -q '^\[vault.env.live' vault.toml
if command -v python3 >/dev/null; then
    run as alice "$TOP/tests/pty.py" --expect 'grant live to the readers of dev\? \[y/N\] $' --send n -- \
        "$BIN" env create live --like dev
    status_is 1 'on a terminal it is asked, and no is no'
    stdout_has "$mallory" 'after the key was shown'
    run as alice "$TOP/tests/pty.py" --expect 'grant live to the readers of dev\? \[y/N\] $' --send y -- \
        "$BIN" env create live --like dev
    status_is 0 'and yes is yes'
fi

# Mallory cannot open dev, and adds herself there.
sed "s/^bob = \[\"[^\"]*/bob = [\"$mallory/" good.toml >vault.toml
attack 5 'reader bob of dev was put there, or changed' '' as alice alone "$BIN" env create again --like dev
done_testing
