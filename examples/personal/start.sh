#!/bin/sh
# A personal .env.local over the secrets of dev, for this run alone and in memory: its values win. vault
# reads the file as data, and runs nothing in it. It stays on your machine: git ignores it.
#
#     echo .env.local >>.gitignore
#     start.sh npm start
set -eu

[ -e .env.local ] || exec vault exec -- "$@"
exec vault exec --from-dotenv ./.env.local -- "$@"
