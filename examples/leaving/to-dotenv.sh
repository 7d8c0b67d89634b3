#!/bin/sh
# Away from vault, to plain files: writes ENV/SECRET.env below a folder for every environment that you
# can open. The folder's .gitignore keeps git from taking them. If dotenv cannot hold a value, it says
# which formats can: choose one, such as json.
#
#     to-dotenv.sh FOLDER [FORMAT]
set -eu
umask 077

folder=$1 format=${2:-dotenv}
mkdir -p "$folder"
echo '*' >"$folder/.gitignore"
for env in $(vault env list); do
    mkdir -p "$folder/$env"
    for secret in $(vault list -e "$env" --json | sed -n 's/.*"secret": "\([^"]*\)".*/\1/p'); do
        vault export "$secret" -e "$env" --format "$format" -o "$folder/$env/$secret.env"
    done
done
