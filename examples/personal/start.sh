#!/bin/sh
# A personal .env.local over the secrets of dev, for this run alone: a variable that it sets keeps its
# value, and vault sets the others. The shell reads the file, so it must be your own; git ignores it.
#
#     echo .env.local >>.gitignore
#     start.sh npm start
set -eu

if [ -e .env.local ]; then
    set -a
    # shellcheck source=/dev/null
    . ./.env.local
    set +a
fi
exec vault exec --no-override -- "$@"
