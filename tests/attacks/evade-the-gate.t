#!/bin/sh
# Promise 15: With a key, verify --history BASE..HEAD finds what a branch brings back.
# The attacker once had the environment's key, or never had it. They want bob, who was revoked, or
# the old password back in the vault without a finding.
. "$(dirname "$0")/people.sh"

people alice bob carol
mkdir "$TMP/repo" && cd "$TMP/repo"
git init -q
as alice git config user.name alice
commit() { # MESSAGE
    given as alice git add -A
    given as alice git commit -qm "$1"
    head=$(git rev-parse HEAD)
}
forget() { rm -rf "$TMP/people/alice/.local/state"; }
branch() { # NAME [START]
    given as alice git checkout -qf -B "$1" "${2:-main}"
    forget
}
restore() { # COMMIT
    git show "$1:vault.toml" >vault.toml
    forget
}
gate() { run as alice vault verify --history main..HEAD; }
caught() { # NAME TEXT
    ok "$1: found" or_tell test "$status" -eq 7
    stdout_has "$2" "$1: named"
    stdout_has "  by alice <alice@example.org>" "$1: with who has committed it"
}

as alice git checkout -qb main
given as alice vault init -e prod,dev
given as alice vault grant bob "$(key_of bob)" -e prod
given as alice vault grant carol "$(key_of carol)" -e prod
given as alice vault set db/PASSWORD=leaked-1 -e prod
commit one && one=$head
given as alice vault set db/PASSWORD=second-2 -e prod
commit two && two=$head
given as alice vault revoke bob -e prod
commit three

branch honest
given as alice vault set db/PASSWORD=third-3 app/NEW=x -e prod
commit honest
gate
status_is 0 'control: honest work passes'

# Delete the file in one commit and restore the old one in the next.
branch steps
git rm -q vault.toml
commit 'no vault'
restore "$two"
commit 'a vault'
gate
caught 'deleted, then put back' "returned prod environment"

# Change it under another path, and move it back.
branch paths
git mv vault.toml away.toml
commit away
git show "$two:vault.toml" >away.toml
forget
commit 'not the same any more'
git mv away.toml vault.toml
commit back
gate
caught 'moved away, changed there, moved back' 'returned prod key'
stdout_has 'returned prod reader bob' 'and who came with it'

# A symlink to a file without history.
branch link
mkdir .config
git show "$two:vault.toml" >.config/v.toml
ln -sf .config/v.toml vault.toml
forget
commit link
attack 4 'no v.toml before main..HEAD' '' as alice vault verify --history main..HEAD
attack 4 'no v.toml before main..HEAD' '' as alice vault verify --history main..HEAD -e prod

# Another name for the reader, and for the environment.
branch names
given as alice vault grant zoe "$(key_of bob)" -e prod
commit zoe
gate
caught 'under another name' 'returned prod reader zoe'
branch environment
given as alice vault env rename prod live
commit renamed
given as alice vault grant zoe "$(key_of bob)" -e live
commit zoe
gate
caught 'in an environment of another name' 'returned live reader zoe'
attack 4 'no environment prod at the end of' 'checks all environments' \
    as alice vault verify --history main..HEAD -e prod

# Merges: one that takes the old side, one with three parents, and one that git is told not to show.
branch old "$two"
echo old >old
commit old
branch third
echo third >third
commit third
branch ours old
given as alice git merge -q -s ours main -m 'nothing to see'
gate
caught 'a merge that takes the old side' 'returned prod key'
stdout_has 'returned prod reader bob'
octopus=$(as alice git commit-tree -p main -p third -p old -m three "$(git rev-parse 'ours^{tree}')" </dev/null)
git checkout -qf -B octopus "$octopus"
gate
caught 'a merge of three' 'returned prod reader bob'
git checkout -qf ours
git config log.diffMerges first-parent
gate
caught 'a merge that git is told not to show' 'returned prod reader bob'
git config log.diffMerges off
gate
caught 'nor at all' 'returned prod reader bob'
git config --unset log.diffMerges
echo 'vault.toml -diff binary' >.gitattributes
commit attributes
gate
caught 'a file that git is told not to compare' 'returned prod reader bob'

# First one branch grants and revokes bob, then a stale branch brings him back.
branch noise
given as alice vault grant bob "$(key_of bob)" -e prod
commit in
given as alice vault revoke bob -e prod
commit out
branch twice
git merge -q -s ours noise -m noise >/dev/null
given as alice vault grant bob "$(key_of bob)" -e prod
merged=$(git add -A && as alice git commit-tree -p twice -p old -m again "$(git write-tree)" </dev/null)
git checkout -qf -B twice "$merged"
gate
stdout_has "$merged" 'the merge that brings him is found, although others were before'
ok 'with his name' or_tell grep -q "^$merged .*returned prod reader bob" "$STDOUT"

# A rotation in the same commit hides the old line. An author's name holds a terminal escape.
branch hidden
restore "$one"
given as alice vault revoke bob -e prod
commit 'a revocation'
gate
caught 'an old value under a new key' 'returned prod db/PASSWORD'
branch author
given as alice vault grant bob "$(key_of bob)" -e prod
given as alice git add -A
given as alice git commit -qm author --author "$(printf 'x\033[2K <x@y>')"
gate
ok 'an author is escaped' not grep -q "$(printf '\033')" "$STDOUT"
stdout_has '\x1b[2K' 'and shown'

# carol's entry is removed, and another key is granted under her name.
branch swapped
awk '/^\[/ { here = 0 } /^carol = \[/ { skip = 1 } !skip { print } /\]$/ { skip = 0 }' vault.toml >without
mv without vault.toml
given as alice vault grant carol "$(key_of bob)" -e prod
commit swapped
gate
caught 'one key in place of another' 'gone     prod reader carol'
done_testing
