#!/bin/sh
# For a machine without a network: packs onto a stick what it needs, and nothing else: the static
# program, the vault, and a separate key that opens one environment.
#
#     make static
#     examples/air-gapped/pack.sh /media/stick prod ./vault-static [NAME]
#     … and on that machine: /media/stick/run.sh ./program
#
# NAME is the stick's name as a reader, "stick" by default: give each machine a stick, and each stick a
# name. Pack it again after a value has changed or the environment was rotated; its key stays. Commit
# vault.toml after the first time.
#
# FAT has no file modes: mount such a stick with umask=077, or vault refuses the key as readable by
# others. Anyone who has the stick can read the environment. If you lose it, run
# vault revoke NAME -e prod, and change the values.
set -eu
umask 077

stick=$1 env=$2 program=$3 name=${4:-stick}
here=$(dirname "$0")

[ -s "$stick/key" ] || "$program" keygen -o "$stick/key" >/dev/null
# If it reads already, this changes nothing.
sed -n 's/^# public key: //p' "$stick/key" | "$program" grant "$name" - -e "$env"

# Each is replaced as a whole: the machine never sees a half of it.
put() { # NAME, with its content on stdin
    cat >"$stick/$1.new"
    mv "$stick/$1.new" "$stick/$1"
}
put vault <"$program"
put vault.toml <"$PWD/vault.toml"
put run.sh <"$here/run.sh"
chmod 700 "$stick/vault" "$stick/run.sh"

# The machine has never seen this vault, so it gets the fingerprint to expect.
pin=$("$program" verify --print-pin -e "$env")
printf 'VAULT_ENV=%s\nVAULT_PIN=%s\n' "$env" "$pin" | put settings
