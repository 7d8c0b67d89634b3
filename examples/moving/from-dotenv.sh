#!/bin/sh
# From .env: makes the secret app in the environment dev, and then deletes .env. Notes list lines
# that parsers read differently; choose one with --dialect node, for example.
#
#     from-dotenv.sh [--dialect DIALECT]
set -eu

[ -e vault.toml ] || vault init
vault create app --from-dotenv .env "$@"
vault export app --format example -o .env.example
vault verify
grep -qx .env .gitignore 2>/dev/null || echo .env >>.gitignore
if git ls-files --error-unmatch .env >/dev/null 2>&1; then
    git rm -q --cached .env
    echo 'git has had .env: what was in it is in the history, so change the values' >&2
fi
rm .env
