#!/bin/sh
# The library's ABI is the recorded one: its soname, symbols and the sizes of its structs.
. "$(dirname "$0")/../lib.sh"

for tool in nm readelf; do
    command -v $tool >/dev/null || skip_all "there is no $tool"
done
[ "$(getconf LONG_BIT)" = 64 ] || skip_all 'the sizes are those of a 64-bit machine'

library=$(dirname "$BIN")/libvault.so
recorded=$TOP/build-aux/libvault.abi
run "$TOP/build-aux/abi.sh" "$library"
status_is 0 'the ABI can be read'
ok 'it is the recorded one (if it may change: build-aux/abi.sh libvault.so >build-aux/libvault.abi)' \
    diff "$recorded" "$STDOUT"
is 'the soname is of major version 0 until 1.0' "$(grep -c '^soname libvault\.so\.0$' "$STDOUT")" 1

# A change is seen: a symbol that is gone, a struct that grew.
sed '/^symbol vault_open$/d' "$STDOUT" >fewer
ok 'a missing symbol differs' not cmp -s fewer "$recorded"
mkdir tree && cp -R "$TOP/build-aux" tree
sed 's/^} vault_pair;$/long more; &/' "$TOP/vault.h" | sed 's/^long more; /long more;\n/' >tree/vault.h
run tree/build-aux/abi.sh "$library"
ok 'a struct that grew differs' not diff "$recorded" "$STDOUT"
is 'and in nothing else' "$(diff "$recorded" "$STDOUT" | grep -c '^>')" 1
done_testing
