#!/bin/sh
# Promise 8: An environment's key goes only to public keys that one of its readers has granted.
# Bob reads dev, so he can grant mallory access with a valid seal. He gives her a name that alice
# expects, and waits for alice to make a new key. The output must show mallory's key.
. "$(dirname "$0")/people.sh"

people alice bob mallory carol
mallory=$(key_of mallory)
given as alice vault init -e dev,prod
given as alice vault set KEY=1
given as alice vault grant bob "$(key_of bob)" -e dev
given as alice vault grant carol "$(key_of carol)" -e dev
given as alice vault rotate -e dev
stderr_has "bob $(key_of bob) (X25519)" 'control: those whom she has let in are listed'
stderr_lacks 'for the first time' 'control: and none of them is marked'

given as bob vault grant ci-deploy "$mallory" -e dev
cp vault.toml let-in.toml
state=$TMP/people/alice/.local/state/vault
cp -R "$state" "$TMP/state"
as_let_in() { # alice's machine has seen only the file before
    cp let-in.toml vault.toml
    rm -r "$state"
    cp -R "$TMP/state" "$state"
}
shown() { # VERB…: alice runs it on the file in which bob has granted mallory
    as_let_in
    given as alice vault "$@" -e dev
    stderr_has "ci-deploy $mallory (X25519, for the first time from this machine)" "$1: she is shown, and marked"
    ok "$1: every reader is shown" test "$(grep -c '^note: dev is encrypted to ' "$STDERR")" -eq \
        "$(sed -n '/^\[vault.env.dev.readers\]/,/^$/p' vault.toml | grep -c '^[a-z-]* = ')"
}
shown rotate
shown revoke carol
given as alice vault keygen -o new.key
shown grant bob "$(cat "$STDOUT")" --replace

# The second time mallory is known: alice has been told, and can check before anything is sealed.
given as alice vault rotate -e dev
stderr_has "ci-deploy $mallory (X25519)" 'a second time: shown'
stderr_lacks 'for the first time' 'and not marked'

# For the readers of a new environment, nothing is made before alice has confirmed.
as_let_in
attack 2 "ci-deploy $mallory" '' as alice setsid -w "$BIN" env copy dev live
given as alice vault revoke ci-deploy -e dev
given as alice vault set KEY=after
attack 3 'none of the keys' '' as mallory vault get KEY
run as bob vault get KEY
is 'control: bob reads on' "$(cat "$STDOUT")" after
done_testing
