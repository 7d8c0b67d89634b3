#!/bin/sh
# Promise 16: A passphrase opens an environment as the reader of that name, or not at all.
# Mallory adds an environment of hers whose reader "passphrase" has her own key. It comes first in
# the file, and Alice can open it.
. "$(dirname "$0")/people.sh"

people alice mallory
by_alice() {
    as alice env VAULT_PASSPHRASE='correct horse battery' \
        VAULT_IDENTITY_FILE="$TMP/people/alice/.config/vault/identity" "$BIN" "$@"
}
given by_alice init --passphrase --reader "alice=$(key_of alice)"
cp vault.toml good.toml

sed '/^\[vault.passphrases\]/,/^$/d' good.toml >vault.toml
given as mallory vault env create aaa --reader "alice=$(key_of alice)" \
    --reader "passphrase=$(key_of mallory)"
sed -n '/^\[vault.passphrases\]/,/^$/p' good.toml >"$TMP/passphrases"
awk -v from="$TMP/passphrases" '{ print }
    /^id = / { print ""; while ((getline line < from) > 0) if (line) print line }' vault.toml >planted.toml
mv planted.toml vault.toml
run as alice vault list --verify -e aaa
status_is 0 'the planted environment opens to Alice'

attack 5 'the passphrase of passphrase opens another key than passphrase has in aaa' '' \
    by_alice env create live --passphrase --reader "alice=$(key_of alice)"
ok 'nothing was made' not grep -q '^\[vault.env.live' vault.toml
cp good.toml vault.toml
given by_alice env create live --passphrase --reader "alice=$(key_of alice)"
ok 'control: without the planted environment it is given' grep -q '^\[vault.env.live' vault.toml
done_testing
