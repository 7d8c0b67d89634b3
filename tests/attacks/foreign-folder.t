#!/bin/sh
# Promise 7: A vault that another user has put above your folder is used only if you name it.
# mallory, another user of the machine, puts a vault.toml into a shared folder above the one that
# alice works in. Public keys are public, so alice's is among its readers.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

people alice mallory
mkdir shared
given as mallory vault init --reader "alice=$(key_of alice)" --reader "m=$(key_of mallory)" -e dev -f shared/vault.toml
given as mallory vault set HOST=evil.example -f shared/vault.toml
cp shared/vault.toml theirs.toml
chmod 1777 shared
mkdir -p shared/alice/build
cd shared/alice/build
runs() {
    as alice "$BIN" exec -- printenv HOST
}
run runs
stdout_is evil.example 'control: a vault of ones own, above'

other=65534
chown "$other" ../../vault.toml 2>/dev/null || {
    skip 'files of another user' 'only root can make them'
    done_testing
}
refused='belongs to another user: it is used only if you name it'
attack 125 "$refused" "-f $WORK/shared/vault.toml" runs
attack 1 "$refused" "-f $WORK/shared/vault.toml" as alice vault set A=1
attack 1 "$refused" '' as alice vault list
attack 1 "$refused" '' as alice vault diff
attack 1 "$refused" '' as alice vault doctor
attack 1 "$refused" '' env SUDO_UID=1 HOME="$TMP/people/alice" "$BIN" list
attack 1 "$refused" '' env SUDO_UID=nobody HOME="$TMP/people/alice" "$BIN" list
run env SUDO_UID="$other" HOME="$TMP/people/alice" "$BIN" get HOST
is 'under sudo the caller is trusted' "$(cat "$STDOUT")" evil.example
run as alice vault get HOST -f ../../vault.toml
is 'it is used where it is named' "$(cat "$STDOUT")" evil.example
run env VAULT_FILE=../../vault.toml HOME="$TMP/people/alice" "$BIN" get HOST
is 'also by the variable' "$(cat "$STDOUT")" evil.example

# Their symlink to our file; our symlink to their file; their folder.
chown 0 ../../vault.toml
ln -s "$WORK/theirs.toml" ../vault.toml
chown -h "$other" ../vault.toml
attack 125 "$refused" '' runs
rm ../vault.toml
cp "$WORK/theirs.toml" ../their.toml
chown "$other" ../their.toml
ln -s their.toml ../vault.toml
attack 125 "$refused" '' runs
rm ../vault.toml ../their.toml
chown "$other" ..
cp "$WORK/theirs.toml" ../vault.toml
attack 125 "$refused" '' runs
rm ../vault.toml
attack 4 "up to $WORK/shared/alice, which belongs to another user" '' as alice vault list
chown 0 ..

# In the current folder, if everyone can write to it.
cd ../..
chown "$other" vault.toml
attack 125 "$refused" '' runs
chmod 755 .
run runs
stdout_is evil.example 'a colleague'"'"'s file, in a folder that not everybody can write'
done_testing
