#!/bin/sh
# The entrypoint of an image that contains the vault but no key; the key is a secret of the
# container. vault becomes the command, which is then process 1 and receives the signals. Without a
# key the container reports that, and starts nothing.
set -eu

export VAULT_FILE="${VAULT_FILE:-/app/vault.toml}"
export VAULT_IDENTITY_FILE="${VAULT_IDENTITY_FILE:-/run/secrets/identity}"
exec vault exec -e "${VAULT_ENV:-prod}" -- "$@"
