#!/bin/sh
# Promise 3: Nobody can replace a vault or an environment on a machine that knows the right one.
# Mallory can write to a folder above alice's. She puts a .git there that misleads vault about which
# repository it is in, or makes it wait. Then she replaces the vault.
. "$(dirname "$0")/people.sh"

people alice mallory
mkdir -p shared/alice/app
cd shared/alice/app
given as alice vault init -e prod
given as alice vault set HOST=good.example -e prod
cp vault.toml "$TMP/true.toml"
given as mallory vault init --reader "alice=$(key_of alice)" --reader "m=$(key_of mallory)" -e prod -f "$TMP/hers.toml"
given as mallory vault set HOST=evil.example -e prod -f "$TMP/hers.toml"
cp "$TMP/people/alice/.local/state/vault/pins" "$TMP/pins"

soon() { # runs vault as alice, with a time limit
    as alice timeout 20 "$BIN" "$@"
}
astray() { # NAME: replaces the vault, with her .git above
    ok "$1: it is there" test -e "$WORK/shared/.git" -o -L "$WORK/shared/.git"
    run soon get HOST -e prod
    is "$1: the true vault is read, at once" "$(cat "$STDOUT")" good.example
    cp "$TMP/hers.toml" vault.toml
    attack 125 'another vault stood here' 'vault trust prod' soon exec -e prod -- printenv HOST
    attack 5 'another vault stood here' '' soon set TOKEN=new -e prod
    attack 5 'another vault stood here' '' soon get HOST -e prod -f ./vault.toml
    cp "$TMP/true.toml" vault.toml
    cp "$TMP/pins" "$TMP/people/alice/.local/state/vault/pins"
    rm -rf "$WORK/shared/.git" "$WORK/shared/git"
}
git=$WORK/shared/.git

mkfifo "$git"
astray 'a pipe'
ln -s /dev/zero "$git"
astray 'an endless device'
ln -s nowhere "$git"
astray 'a symlink to nothing'
ln -s .git "$git"
astray 'a symlink to itself'
echo 'gitdir: .git' >"$git"
astray 'a file that leads to itself'
printf 'gitdir: ' | cat - /dev/zero 2>/dev/null | head -c 3000000 >"$git"
astray 'a file of zeros'
mkdir "$WORK/shared/git" && mkfifo "$WORK/shared/git/commondir" "$WORK/shared/git/config"
echo 'gitdir: git' >"$git"
astray 'a work tree, whose folder has pipes'
git init -q "$WORK/shared" && rm "$git/config" && mkdir "$git/config"
astray 'a repository whose configuration is a folder'
git init -q "$WORK/shared" && rm "$git/config" && ln -s /dev/zero "$git/config"
astray 'a repository whose configuration has no end'
git init -q "$WORK/shared" && git -C "$WORK/shared" config remote.origin.url https://example.org/hers.git
astray 'a repository with an origin'

run soon get HOST -e prod
is 'control: without any .git' "$(cat "$STDOUT")" good.example
done_testing
