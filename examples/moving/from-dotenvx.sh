#!/bin/sh
# From dotenvx: an encrypted .env, with .env.keys next to it, becomes one secret. The plain text
# goes through a pipe, never to a disk. dotenvx's own keys are left out.
#
#     vault init -e prod
#     from-dotenvx.sh .env.production app -e prod
set -eu

file=$1 secret=$2
shift 2
dotenvx get --strict -f "$file" | vault create "$secret" --from-json - "$@"
for key in $(vault list "$secret" --json "$@" | grep -o '"DOTENV_PUBLIC_KEY[A-Z_]*"' | tr -d '"'); do
    vault delete -y "$secret/$key" "$@"
done
vault verify "$@"
