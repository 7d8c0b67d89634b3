#!/bin/sh
# Promise 15: With a key, verify --history BASE..HEAD finds what a branch brings back.
# The attacker moves the file away and back, so that its history has two paths. They put a harmless
# copy at the other path, and then change both in one commit: the copy gets a comment, the vault an
# old password.
. "$(dirname "$0")/people.sh"

people alice carol dave
mkdir "$TMP/repo" && cd "$TMP/repo"
git init -q
commit() { # MESSAGE
    git add -A
    given as alice git commit -qm "$1"
}
gate() { run as alice vault verify --history main..HEAD; }

decoys() { # NAME: puts a copy there
    git checkout -qf -B "with-$1" main
    git mv vault.toml "$1"
    commit away
    git mv "$1" vault.toml
    commit back
    cp vault.toml "$1"
    commit copy
}

given as alice vault init -e prod
given as alice vault set db/PASSWORD=leaked-1 -e prod
commit one
given as alice vault set db/PASSWORD=second-2 -e prod
commit two

for copy in a.toml z.toml; do
    decoys "$copy"
    gate
    status_is 0 "control: $copy, and nothing old"
    git show main~1:vault.toml >vault.toml
    echo '# a comment' >>"$copy"
    commit 'a comment'
    gate
    ok "both changed, beside $copy: found" or_tell test "$status" -eq 7
    stdout_has 'returned prod db/PASSWORD' 'and named'
    git rm -q "$copy"
    commit 'no copy'
    gate
    ok "the copy taken away again, $copy: found" or_tell test "$status" -eq 7
    stdout_has 'returned prod db/PASSWORD' 'and named still'

    # The vault is deleted, and restored in the commit that deletes the copy.
    decoys "$copy"
    git rm -q vault.toml
    git show main~1:vault.toml >"$copy"
    commit 'no vault'
    git mv "$copy" vault.toml
    commit 'a vault'
    gate
    ok "through the copy, $copy: found" or_tell test "$status" -eq 7
done

# A copy without carol, whose key still opens it. The vault is deleted, and a commit that is a pure
# rename puts the copy in its place.
given as alice git checkout -qf main
given as alice vault grant carol "$(key_of carol)" -e prod
commit carol
git checkout -qf -B without main
git mv vault.toml away.toml
commit away
git mv away.toml vault.toml
commit back
awk '/^carol = \[/ { skip = 1 } !skip { print } /\]$/ { skip = 0 }' vault.toml >away.toml
commit copy
git rm -q vault.toml
commit 'no vault'
git mv away.toml vault.toml
commit 'a vault'
gate
ok 'a reader gone through a copy: found' or_tell test "$status" -eq 7
stdout_has 'gone     prod reader carol, whose key still opens it' 'and named'
is 'once' "$(grep -c 'gone ' "$STDOUT")" 1

# Control: she is revoked on the branch, and main moves on.
given as alice git checkout -qf -B honest main
rm -rf "$TMP/people/alice/.local/state"
given as alice vault revoke carol -e prod
commit revoked
given as alice git checkout -qf main
rm -rf "$TMP/people/alice/.local/state"
given as alice vault grant dave "$(key_of dave)" -e prod
commit dave
given as alice git checkout -qf honest
rm -rf "$TMP/people/alice/.local/state"
gate
status_is 0 'control: a revocation on a branch that is behind main'
done_testing
