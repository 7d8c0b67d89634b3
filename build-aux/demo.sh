#!/bin/sh
# Shows what vault does, in a temporary folder with a home of its own: two secrets in two environments, a
# program that runs with them, the file that is committed, and the diff of a change.
# usage: demo.sh PROGRAM
set -eu

vault=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
export HOME="$folder/home"
unset XDG_CONFIG_HOME XDG_STATE_HOME
for variable in $(env | sed -n 's/^\(VAULT_[A-Z_]*\)=.*/\1/p'); do unset "$variable"; done
mkdir "$HOME" "$folder/project"
cd "$folder/project"

show() { # COMMAND, as it is typed
    printf '\n$ %s\n' "$1"
    eval "$1"
}

vault() {
    "$vault" "$@"
}

show 'vault init -e dev,prod'
show 'vault set stripe/API_KEY=sk-test-1 db/URL=postgres://localhost/app'
show 'vault set stripe/API_KEY=sk-live-1 db/URL=postgres://db/app -e prod'
show 'vault list --all'
show "vault exec -e prod -- sh -c 'echo the program sees \$API_KEY'"
show 'cut -c 1-76 vault.toml'
if command -v git >/dev/null; then
    git init -q . && git add vault.toml
    git -c user.name=demo -c user.email=demo@example.org commit -q -m 'add the vault'
    show 'vault set API_KEY=sk-live-2 -e prod'
    show 'git --no-pager diff -U0 | cut -c 1-76'
fi
