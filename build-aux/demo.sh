#!/bin/sh
# Demonstrates vault in a temporary folder with its own HOME: two secrets in two environments, a
# program that runs with them, the file to commit, and the diff of a change.
# usage: demo.sh PROGRAM
set -eu

vault=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
export HOME="$folder/home"
for variable in $(env | sed -n 's/^\([A-Z_]*\)=.*/\1/p'); do
    case $variable in
    VAULT_* | XDG_* | GIT_*) unset "$variable" ;;
    esac
done
mkdir "$HOME" "$folder/project"
cd "$folder/project"

say() { # TEXT
    printf '\n# %s\n' "$1"
}

show() { # COMMAND, as it is typed
    printf '$ %s\n' "$1"
    eval "$1"
}

vault() {
    "$vault" "$@"
}

say 'A vault with two environments; each has a key of its own.'
show 'vault init -e dev,prod'
say 'Two secrets in each. (Without =VALUE, set asks for the value.)'
show 'vault set stripe/API_KEY=sk-test-1 db/URL=postgres://localhost/app'
show 'vault set stripe/API_KEY=sk-live-1 db/URL=postgres://db/app -e prod'
show 'vault list --all'
say 'A program that runs with them.'
show "vault exec -e prod -- sh -c 'echo the program sees \$API_KEY'"
say 'The file that is committed: names can be read, values are sealed.'
show 'cut -c 1-76 vault.toml'
if command -v git >/dev/null; then
    git init -q . && git add vault.toml
    git -c user.name=demo -c user.email=demo@example.org commit -q -m 'add the vault'
    say 'A change is one line of it, and told by name.'
    show 'vault set API_KEY=sk-live-2 -e prod'
    show 'git --no-pager diff -U0 | cut -c 1-76'
    show 'vault diff'
else
    say 'Here git would show a change as one line of it, and vault diff by name. There is no git: make deps'
fi
say 'Nothing of this is left. Go on with: vault help, and README.md.'
