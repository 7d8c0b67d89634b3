#!/bin/sh
# Promise 26: An identity that others can read is refused. Vaults, identities and pins are created private.
# mallory is another user of alice's machine. A copy or a backup has made alice's key readable.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"
command -v ssh-keygen >/dev/null || skip_all 'there is no ssh-keygen: make deps-test'

people alice bob
mkdir "$TMP/people/alice/.ssh"
key=$TMP/people/alice/.ssh/id_ed25519
ssh-keygen -q -t ed25519 -N '' -f "$key"
given as alice vault init --reader "alice=$(cut -d ' ' -f 1,2 "$key.pub")"
given as alice vault set A=1
rm -r "$TMP/people/alice/.config"
given as alice vault get A
for mode in 644 640 604 660; do
    chmod "$mode" "$key"
    attack 3 "$key can be read by others" "chmod 600 $key" as alice vault get A
done
attack 3 'can be read by others' 'chmod 600' as alice vault set A=2
attack 125 'can be read by others' 'chmod 600' as alice vault exec -- printenv A
attack 3 'can be read by others' 'chmod 600' as alice vault readers
attack 3 'can be read by others' 'chmod 600' as alice vault get A --identity "$key"
chmod 600 "$key"
given as alice vault get A

# An unusable identity does not prevent the use of another one.
ssh-keygen -q -p -P '' -N secret -f "$key" >/dev/null
chmod 644 "$key"
attack 3 'no key was given' '' as alice vault get A
rm vault.toml
given as alice vault init
given as alice vault set A=1
run as alice vault get A
is 'an SSH key with a passphrase keeps nobody from another key' "$(cat "$STDOUT")" 1
done_testing
