#!/bin/sh
# The entrypoint of an image that holds the vault, and no key: what opens it is a secret of the
# container. vault becomes the command, which is then process 1 and gets the signals. A container
# that was given no key says so and starts nothing.
set -eu

export VAULT_FILE="${VAULT_FILE:-/app/vault.toml}"
export VAULT_IDENTITY_FILE="${VAULT_IDENTITY_FILE:-/run/secrets/identity}"
exec vault exec -e "${VAULT_ENV:-prod}" -- "$@"
