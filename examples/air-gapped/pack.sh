#!/bin/sh
# A box without a network: packs a stick with all that it needs, and nothing else. That is the static
# program, the vault, and a key of the stick's own, which opens one environment.
#
#     make static
#     examples/air-gapped/pack.sh /media/stick prod ./vault-static
#     … and on the box: /media/stick/run.sh ./program
#
# A stick with FAT knows no modes: mount it with umask=077, or vault refuses a key that all can read.
# Whoever has the stick has the environment. If it is lost: vault revoke stick -e prod, and change the
# values.
set -eu
umask 077

stick=$1 env=$2 program=$3
here=$(dirname "$0")

"$program" keygen -o "$stick/key" >"$stick/key.pub"
"$program" grant stick "$stick/key.pub" -e "$env"
cp "$program" "$stick/vault"
cp vault.toml "$here/run.sh" "$stick"

# The box has never seen this vault: it is told what the environment's key must be.
pin=$("$program" verify -e "$env" 2>&1 | sed -n 's/.* its key is //p')
printf 'VAULT_ENV=%s\nVAULT_PIN=%s=%s\n' "$env" "$env" "$pin" >"$stick/settings"
