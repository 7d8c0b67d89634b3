#!/bin/sh
# On the offline machine: starts a program with the secrets from this stick. Nothing is left behind.
set -eu

stick=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=/dev/null
. "$stick/settings"
export VAULT_PIN VAULT_FILE="$stick/vault.toml" VAULT_IDENTITY_FILE="$stick/key"
exec "$stick/vault" exec -e "$VAULT_ENV" -- "$@"
