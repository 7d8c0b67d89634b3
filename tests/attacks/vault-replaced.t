#!/bin/sh
# Promise 3: Nobody can replace a vault or an environment on a machine that knows the right one.
# mallory can write to the repository. She makes her own vault with alice's public key among its
# readers, and puts it where alice's program looks: in place, behind a symlink, in a nearer folder,
# in a new worktree, a moved folder or a new clone.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

people alice mallory
git init -q --bare origin.git
git clone -q origin.git app 2>/dev/null
cd app
given as alice vault init -e dev,prod
given as alice vault set api/HOST=good.example -e prod
git add . && as alice git commit -qm vault && git push -q origin HEAD:main
cd ..
mkdir theirs
given as mallory vault init --reader "alice=$(key_of alice)" --reader "m=$(key_of mallory)" -e dev,prod -f theirs/vault.toml
given as mallory vault set api/HOST=evil.example -e prod -f theirs/vault.toml

runs() { # FOLDER: prints what exec hands out to alice there
    as alice "$BIN" exec -e prod -- printenv HOST
}
run sh -c 'cd app && exec "$@"' - env HOME="$TMP/people/alice" "$BIN" exec -e prod -- printenv HOST
stdout_is good.example 'control: the true one'

cd app
cp vault.toml ../true.toml
cp ../theirs/vault.toml vault.toml
attack 125 'another vault stood here' 'vault trust prod' runs
VAULT_ENV=prod
export VAULT_ENV
attack 5 'another vault stood here' 'vault trust prod' as alice vault get HOST
unset VAULT_ENV

mkdir .config
cp ../theirs/vault.toml .config/v.toml
ln -sf .config/v.toml vault.toml
attack 125 'another vault stood here' 'vault trust prod' runs
attack 5 'another vault stood here' '' as alice vault set api/TOKEN=new -e prod
attack 5 'another vault stood here' '' as alice vault get HOST -e prod -f vault.toml
attack 5 'another vault stood here' '' as alice vault get HOST -e prod -f ./vault.toml
rm -r .config vault.toml
ln -s "$WORK/theirs/vault.toml" vault.toml
attack 125 'another vault stood here' 'vault trust prod' runs
rm vault.toml
cp ../true.toml vault.toml

# A symlink to the true vault now points elsewhere, and so does one to its folder.
mkdir conf evil
cp vault.toml conf/vault.toml
cp ../theirs/vault.toml evil/vault.toml
ln -s conf way
given as alice vault get HOST -e prod -f way/vault.toml
ln -sfn evil way
attack 5 'another vault stood here' '' as alice vault get HOST -e prod -f way/vault.toml
rm -r conf evil way

# Nearer than the known vault; then the known one is deleted too.
mkdir -p services/api
cp ../theirs/vault.toml services/api/vault.toml
cd services/api
attack 125 'is a new vault in a repository of which this machine knows another one, vault.toml' '-f .*services/api/vault.toml' runs
attack 5 'is a new vault in a repository' 'vault trust prod' as alice vault set api/TOKEN=new -e prod
rm ../../vault.toml
attack 125 'is a new vault in a repository' 'vault trust prod' runs
cp ../../../true.toml ../../vault.toml
given as alice vault get HOST -e prod -f ../../vault.toml
run as alice vault exec -e prod -f vault.toml -- printenv HOST
stdout_is evil.example 'one that is named is used'
stderr_has 'prod is opened on this machine for the first time' 'as one that is new'
cd ../..
rm -r services

# In a folder that had its own vault, a vault above it does not count as that one.
mkdir -p services/db
given as alice vault init -f services/db/vault.toml -e prod
rm services/db/vault.toml
given as mallory vault init --reader "alice=$(key_of alice)" -e prod -f services/vault.toml
cd services/db
attack 125 'is a new vault in a repository' '' runs
given as alice vault trust prod -y
given as alice vault list --verify -e prod
stderr_is '' 'trusted, it is found without a word'
cd ../..
rm -r services

# A second clone of the repository.
git worktree add -q ../tree 2>/dev/null
cd ../tree
cp ../theirs/vault.toml .
attack 125 'another vault stood here' 'vault trust prod' runs
cp ../true.toml vault.toml
run runs
stdout_is good.example 'the true one in a new work tree'
cd ..
git -C app worktree remove --force ../tree
mv app moved
cd moved
run runs
stdout_is good.example 'the true one in a folder that has another name'
stderr_is '' 'and nothing is to be told'
cd ..
mv moved app
git clone -q --branch main origin.git clone
cd clone
cp ../theirs/vault.toml vault.toml
attack 125 'another vault stood here' 'vault trust prod' runs
cp ../true.toml vault.toml
run runs
stdout_is good.example 'the true one in another clone'
cd ..

# The known vault's id in an unknown folder: its keys are known.
id=$(sed -n 's/^id = //p' true.toml)
mkdir elsewhere
sed "s|^id = .*|id = $id|" theirs/vault.toml >elsewhere/vault.toml
cd elsewhere
attack 125 '' '' runs
done_testing
