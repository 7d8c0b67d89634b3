#!/bin/sh
# Promise 15: With a key, verify --history BASE..HEAD finds what a branch brings back.
# The attacker was revoked or never had a key, and opens a pull request that restores old text.
# The person who merges it answers "theirs" to every question.
. "$(dirname "$0")/people.sh"

people alice bob
mkdir "$TMP/bin"
ln -s "$BIN" "$TMP/bin/vault"
PATH=$TMP/bin:$PATH

# On the team's main: bob granted, db/PASSWORD changed, bob revoked, another password set.
team() { # NAME
    mkdir "$TMP/$1" && cd "$TMP/$1"
    git init -q -b main
    git config user.name team
    git config user.email team@example.org
    rm -rf "$TMP/people/alice/.local" "$TMP/people/bob/.local"
    given as alice vault init -e prod
    given as alice vault set db/PASSWORD=leaked-1 -e prod
    given as alice vault git-setup
    commit zero && zero=$head
    given as alice vault grant bob "$(key_of bob)" -e prod
    commit granted && granted=$head
    given as alice vault set db/PASSWORD=second-2 -e prod
    commit second && second=$head
    given as alice vault revoke bob -e prod
    commit revoked
    given as alice vault set db/OTHER=after-bob-left -e prod
    commit after && main=$head
}
commit() {
    given as alice git add -A
    given as alice git commit -qnm "$1"
    head=$(git rev-parse HEAD)
}

# with_care_of_nobody COMMAND…: runs it on main, and resolves every conflict as theirs.
with_care_of_nobody() {
    given as alice git checkout -qf main
    as alice "$@" >"$TMP/git-says" 2>&1 || :
    if [ -n "$(git ls-files -u)" ]; then
        as alice vault merge --theirs >>"$TMP/git-says" 2>&1 || as alice git checkout -q --theirs vault.toml
        as alice git add -A
        as alice git -c core.editor=true commit -qnm merged >>"$TMP/git-says" 2>&1 ||
            as alice git -c core.editor=true cherry-pick --continue >>"$TMP/git-says" 2>&1 || :
    fi
}

# told NAME PATTERN TEST…: if TEST says that it is back, both forms of verify --history find it.
told() {
    name=$1 pattern=$2
    shift 2
    if ! "$@"; then
        ok "$name: it was not let in" true
        return
    fi
    run as alice vault verify --history
    ok "$name: it is found" or_tell found "$pattern"
    run as alice vault verify --history "$main..HEAD"
    ok "$name: by the gate, too" or_tell found "$pattern"
}
found() {
    test "$status" -eq 7 && grep -q -E "$1" "$STDOUT"
}
bob_is_in() { grep -q '^bob = ' vault.toml; }
password_is() { test "$(as alice vault get db/PASSWORD -e prod 2>/dev/null)" = "$1"; }

team control
given as alice git checkout -qb honest
given as alice vault set db/NEW=1 -e prod
commit new
given as alice git checkout -q main
given as alice vault set db/OTHER=other -e prod
commit other
given as alice git merge -q honest -m merged
run as alice vault verify --history
status_is 0 'control: an honest merge'
run as alice vault verify --history "$main..HEAD"
status_is 0 'control: and in the gate'

# The file with bob in it, on a branch from before he was granted.
team merge
git checkout -qf -b request "$zero"
git show "$granted:vault.toml" >vault.toml
commit request
with_care_of_nobody git merge request
told 'a merge' 'returned prod reader bob' bob_is_in

# One commit removes his entry, the next restores it, and only the second is picked.
team pick
git checkout -qf -b request "$second"
awk '/^bob = \[/ { skip = 1 } !skip { print } /\]$/ { skip = 0 }' vault.toml >without
mv without vault.toml
commit out
git checkout -q "$second" vault.toml
commit in
with_care_of_nobody git cherry-pick request
told 'a cherry-pick' 'returned prod reader bob' bob_is_in
run as alice vault verify --history "main..request"
ok 'the request itself: he went without a rotation, and came back' or_tell found 'gone     prod reader bob'

# The old password's line from before the rotation, re-encrypted by the person who merges it.
team line
git checkout -qf -b request "$second"
git checkout -q "$zero" vault.toml
commit line
with_care_of_nobody git merge request
told 'an old value' 'returned prod db/PASSWORD' password_is leaked-1
run as alice vault verify --history main~1..request
ok 'the request itself' or_tell found 'returned prod db/PASSWORD'

# bob still has the old key and sets the old password again: a new line with a new date.
team again
git checkout -qf -b request "$second"
given as bob env VAULT_AUTHOR=alice "$BIN" set db/PASSWORD=leaked-1 -e prod
commit again
request=$head
with_care_of_nobody git merge request
told 'an old value set again' 'returned prod db/PASSWORD' password_is leaked-1
run as alice vault verify --history "$main..$request"
ok 'the request itself' or_tell found 'returned prod db/PASSWORD'

# A revert of the revocation.
team revert
with_care_of_nobody git revert --no-edit HEAD~1
told 'a revert' 'returned prod (reader bob|key)' bob_is_in
done_testing
