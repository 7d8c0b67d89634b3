#!/bin/sh
# For a machine without a network: packs onto a stick what it needs, and nothing else: the static
# program, the vault, and a separate key that opens one environment.
#
#     make static
#     examples/air-gapped/pack.sh /media/stick prod ./vault-static
#     … and on that machine: /media/stick/run.sh ./program
#
# FAT has no file modes: mount such a stick with umask=077, or vault refuses the key as readable by
# others. Anyone who has the stick can read the environment. If you lose it, run
# vault revoke stick -e prod, and change the values.
set -eu
umask 077

stick=$1 env=$2 program=$3
here=$(dirname "$0")

"$program" keygen -o "$stick/key" >"$stick/key.pub"
"$program" grant stick "$stick/key.pub" -e "$env"
cp "$program" "$stick/vault"
cp vault.toml "$here/run.sh" "$stick"

# The machine has never seen this vault, so it gets the fingerprint to expect.
pin=$("$program" verify -e "$env" 2>&1 | sed -n 's/.* its key is //p')
printf 'VAULT_ENV=%s\nVAULT_PIN=%s=%s\n' "$env" "$env" "$pin" >"$stick/settings"
