#!/bin/sh
# Somebody leaves: removes their key from every environment, makes new keys, commits, and lists the
# values that they have seen. Push at once: until then others seal new values to the leaver too. Change
# those values where they are used (the database, the provider), and then here. Run it again until it
# exits with 0: a value leaves the list when it has really changed.
#
#     offboard.sh bob; git push
#     vault set db/PASSWORD -e prod && git commit -m 'another password' vault.toml
#     offboard.sh bob
set -eu

name=$1
if vault readers --json | grep -q "\"name\": \"$name\""; then
    [ -z "$(git status --porcelain -- vault.toml)" ] || {
        echo 'vault.toml has changes: commit them first' >&2
        exit 1
    }
    vault revoke "$name"
    git commit -q -m "vault: $name has left" -- vault.toml
fi
vault exposed "$name" || {
    status=$?
    [ "$status" -ne 7 ] || echo "$name has seen these values" >&2
    exit "$status"
}
