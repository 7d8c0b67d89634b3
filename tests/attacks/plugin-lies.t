#!/bin/sh
# Promise 35: A plugin gets only its own part, and what it returns is checked.
# tina's plugin returns another file key, keys that nobody asked for or that are none, stanzas of its
# own choice, or what is no message at all.
# shellcheck source=tests/attacks/toy.sh
. "$(dirname "$0")/toy.sh"

attack 5 'does not open the entry of tina' 'whoami' toy_that wrong tina get KEY
attack 125 'does not open the entry of tina' 'whoami' toy_that wrong \
    as tina env VAULT_IDENTITY_FILE="$TMP/toy.key" "$BIN" exec -- true
for lie in short long index negative twice garbage binary error; do
    attack 3 'age-plugin-toy' 'whoami' toy_that $lie tina get KEY
done
cp vault.toml before
for lie in nothing scrypt index labels garbage error; do
    attack 1 'reader tina: age-plugin-toy' 'whoami' toy_that $lie as alice "$BIN" rotate
done
attack 2 'you could not open dev afterwards' '' toy_that junk tina rotate
ok 'nothing was written' cmp before vault.toml
run tina get KEY
is 'an honest case: the plugin as it is' "$(cat "$STDOUT")" a-value-of-alice
done_testing
