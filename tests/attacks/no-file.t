#!/bin/sh
# Promise 32: A pipe, a device or a folder in place of a file is an immediate error.
# mallory puts one where alice's program expects a file.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

people alice
given as alice vault init
given as alice vault set A=1
cp vault.toml true.toml
mkfifo pipe
soon() { # runs vault as alice, with a time limit
    as alice timeout 20 "$BIN" "$@"
}
for what in pipe /dev/zero /dev/full .; do
    rm vault.toml
    ln -s "$what" vault.toml
    attack 1 'cannot read' '' soon get A
    attack 1 'cannot read' '' soon list
    attack 1 'cannot read' '' soon set A=2
    attack 1 'cannot read' '' soon get A -f "$what"
    attack 125 'cannot read' '' soon exec -- true
    rm vault.toml
    cp true.toml vault.toml
    attack 3 'cannot read' '' soon get A --identity "$what"
    attack 1 'cannot' '' soon set B --from-file "$what"
done
for what in /dev/zero .; do
    attack 3 'cannot read' '' env VAULT_IDENTITY_FILE="$what" HOME="$TMP/people/alice" timeout 20 "$BIN" get A
    attack 3 'cannot read' '' soon get A --passphrase-file "$what"
    attack 1 'cannot' '' soon create b --from-json "$what"
done
attack 1 'it is a device' '' soon create b --from-dotenv /dev/zero
attack 1 'cannot read pipe: nobody writes to this pipe' '' soon scan pipe
ln -s /dev/zero link
attack 1 'cannot read link: it is a device' '' soon scan link
rm link
rm vault.toml
mkfifo vault.toml
attack 1 'it is a FIFO' '' soon get A
rm vault.toml
cp true.toml vault.toml
pins=$TMP/people/alice/.local/state/vault/pins
rm "$pins"
mkfifo "$pins"
attack 1 'it is a FIFO' 'pin ENV=FINGERPRINT' soon get A
rm "$pins"
identity=$TMP/people/alice/.config/vault/identity
mv "$identity" kept
mkfifo -m 600 "$identity"
attack 3 'nobody writes to this pipe' '' soon get A
rm "$identity"

# Pipes that people use are read: <(command), and a pipe with a writer.
cat kept >pipe &
run soon get A --identity pipe
is 'an identity from a pipe' "$(cat "$STDOUT")" 1
wait
mv kept "$identity"
if command -v bash >/dev/null; then
    run env HOME="$TMP/people/alice" bash -c '"$0" set B --from-file <(printf two) && "$0" get B --identity <(sleep 1; cat "$1")' "$BIN" "$identity"
    is 'from a shell, also one that takes its time' "$(cat "$STDOUT")" two
    attack 3 'nobody writes to this pipe' '' env HOME="$TMP/people/alice" bash -c '"$0" get B --identity <(:)' "$BIN"
else
    skip 'from a shell' 'there is no bash'
fi
printf three >pipe &
run soon set B --from-file pipe
status_is 0 'a value from a pipe'
wait
is 'as it was written' "$(as alice vault get B)" three
done_testing
