#!/bin/sh
# Prints the ABI of libvault: its soname, each symbol that it exports, and the size of each struct that
# vault.h defines. build-aux/libvault.abi has what was recorded, on a 64-bit machine; a test compares.
# usage: build-aux/abi.sh LIBVAULT.SO >build-aux/libvault.abi
set -eu
export LC_ALL=C

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

readelf -d "$1" | sed -n 's/.*SONAME.*\[\(.*\)\]/soname \1/p'
nm -D --defined-only "$1" >"$scratch/symbols"
sed 's/.* //; s/@.*//; s/^/symbol /' "$scratch/symbols" | sort
{
    printf '#include "vault.h"\n#include <stdio.h>\nint main(void)\n{\n'
    sed -n 's/^} \(vault_[a-z_]*\);$/printf("size \1 %zu\\n", sizeof(\1));/p' "$here/vault.h"
    printf 'return 0;\n}\n'
} >"$scratch/sizes.c"
"${CC:-cc}" -I "$here" -o "$scratch/sizes" "$scratch/sizes.c"
"$scratch/sizes" | sort
