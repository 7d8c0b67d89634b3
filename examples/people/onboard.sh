#!/bin/sh
# Somebody joins: grants a public key in the given environments, and commits. The newcomer has typed
#
#     vault keygen                      and sent you the line age1…, or has a key ssh-ed25519 …
#
# Make sure that the key is theirs, for instance by telephone: its owner can read everything in those
# environments, and their history. On the newcomer's machine, after git pull:
#
#     vault git-setup && vault exec -- npm start
#
#     onboard.sh bob age1… dev,staging
set -eu

name=$1 key=$2 environments=$3
[ -z "$(git status --porcelain -- vault.toml)" ] || {
    echo 'vault.toml has changes: commit them first' >&2
    exit 1
}
vault grant "$name" "$key" -e "$environments"
vault readers
git commit -q -m "vault: $name can read $environments" -- vault.toml
echo "push it, and tell $name this, not through the repository: --pin $(vault verify --print-pin -e "$environments")"
