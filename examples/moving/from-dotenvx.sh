#!/bin/sh
# From dotenvx: an encrypted .env, with its .env.keys beside it, becomes one secret. The plain text
# goes through a pipe, and never to a disk. The keys of dotenvx itself stay behind.
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
