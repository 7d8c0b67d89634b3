#!/bin/sh
# Promise 2: Nothing is handed out, started or written unless the environment's seals verify.
# mallory commits a vault that begins with a conflict block, although there is no merge.
. "$(dirname "$0")/merging.sh"

repository repo
branch fake main
{
    printf '<<<<<<< ours, until a person has answered: vault merge\n# the reader mallory of prod\n'
    printf '>>>>>>> theirs\n'
    cat vault.toml
} >new
mv new vault.toml
commit mallory 'in a merge'
attack 6 'a merge left its conflict markers' 'vault merge' as alice vault get db/PASSWORD -e prod
attack 6 'a merge left its conflict markers' 'vault merge' as alice vault set db/PASSWORD=x -e prod
attack 4 'is not in an unfinished merge' 'if it was committed, git log -p' as alice vault merge

git checkout -q main
given as alice vault set db/HOST=a -e prod
commit alice 'a host'
cp vault.toml "$TMP/ours"
stops 'theirs: line 1: a merge left its conflict markers' as alice git merge -q -m merged fake
stderr_has 'git checkout --ours' 'the hint keeps ours'
ok 'ours stands as it was' cmp "$TMP/ours" vault.toml
attack 6 'theirs: line 1' 'git checkout --ours' as alice vault merge --theirs
ok 'and still' cmp "$TMP/ours" vault.toml

# Control: following the hint works.
given as alice git checkout -q --ours vault.toml
git add vault.toml
commit alice merged
password_is first
done_testing
