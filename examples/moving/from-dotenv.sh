#!/bin/sh
# From .env: one secret of the name app, for the environment dev. Then .env goes: the vault has it.
# Lines that parsers read differently are named; --dialect node says whose reading was meant.
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
