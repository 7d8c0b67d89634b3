#!/bin/sh
# verify --history BASE..HEAD: what the commits of a branch bring in, compared with all that was
# before; and what a history of branches and merges is found to bring back.
. "$(dirname "$0")/repository.sh"

export VAULT_ENV=prod

# finds WHAT TEXT COMMIT: the last command has one finding, and it is this one.
finds() {
    status_is 7
    ok "$1: $2" or_tell grep -q "^$3 [0-9TZ:-]*  $1 *prod $2  by Test <test@example.org>\$" "$STDOUT"
}
only() { # NAME: and nothing else
    ok "${1:-nothing else is found}" or_tell test "$(grep -c -v '  removed  ' "$STDOUT")" -eq 1
}
branch() { # NAME [START]: a new one, where we then are, on a machine that has seen no other
    quietly git checkout -qf -B "$1" "${2:-main}"
    rm -rf "$XDG_STATE_HOME/vault"
}
restore() { # COMMIT: the file as it was then
    git show "$1:vault.toml" >vault.toml
    rm -rf "$XDG_STATE_HOME/vault"
}
gate() { # [RANGE]
    run vault verify --history "${1:-main..HEAD}"
}

person alice bob ci
quietly vault init -e prod
quietly vault grant bob "$(public bob)"
quietly vault grant ci "$(public ci)"
quietly vault set db/PASSWORD="$MARKER-1" app/URL=first app/FLAG=true
commit one
quietly vault set db/PASSWORD="$MARKER-2"
commit two && two=$head
quietly vault revoke bob
commit revoke && revoke=$head
quietly vault set app/URL=second
commit url && url=$head

# ---- what a pull request may bring

branch honest
quietly vault set app/NEW=1 app/FLAG=false
commit new
quietly vault set app/FLAG=true
commit flag
gate
status_is 0 'values that are set, and one that is set back'
stdout_is ''
stderr_is 'note: 2 versions: 0 broken, 0 returned, replaced or gone, 0 removed'
run as ci vault verify --history main..HEAD
status_is 0 'by the key of the CI, which came later than the vault'
stderr_is 'note: 2 versions: 0 broken, 0 returned, replaced or gone, 0 removed'
gate 'main..'
status_is 0 'without an end it is HEAD'
gate HEAD..main
status_is 0 'a range without commits'
stderr_is 'note: 0 versions: 0 broken, 0 returned, replaced or gone, 0 removed'

# main moves on while the branch has merged what it had before.
branch behind "$url"
echo other >other
commit other
quietly git checkout -q main
quietly vault set app/URL=third
commit third
quietly git checkout -q behind
merge main
quietly git checkout -q main
quietly vault set app/URL=fourth
commit fourth && fourth=$head
quietly git checkout -q behind
gate
status_is 0 'a branch that has merged what main has replaced since'
stdout_is ''
quietly git checkout -q main
merge behind
run vault verify --history
status_is 0 'nor is it found when that is merged'

branch leaving
quietly vault rotate
quietly vault revoke ci
commit 'ci has left'
gate
status_is 0 'a reader who leaves with a rotation'
stdout_has 'removed  prod reader ci'

# ---- readers

branch again
quietly vault grant bob "$(public bob)"
commit 'bob is back' && again=$head
gate
finds returned "reader bob, which was removed in $revoke" "$again"
only
branch again-renamed
quietly vault grant robert "$(public bob)"
commit 'robert' && renamed=$head
gate
finds returned "reader robert, which was removed in $revoke" "$renamed"
quietly git checkout -q main

# without_reader NAME: its lines taken out by hand.
without_reader() {
    awk -v start="$1 = [" 'index($0, start) == 1 { out = 1 } !out { print } /\]$/ { out = 0 }' \
        vault.toml >without
    ! cmp -s without vault.toml || { echo "$1 was no reader" && exit 1; }
    mv without vault.toml
}
branch taken
without_reader ci
commit 'ci is taken out' && taken=$head
gate
finds gone 'reader ci, whose key still opens it: it was not rotated' "$taken"
only
quietly vault rotate
commit 'and now it is'
gate
finds gone 'reader ci, whose key still opens it: it was not rotated' "$taken"
only 'a rotation afterwards is no finding of its own'
# A merge that drops a grant: who was granted has the key.
branch granted
person dave
quietly vault grant dave "$(public dave)"
commit 'dave reads'
branch dropping
echo more >>other
commit more
merge -s ours granted && dropping=$head
gate
finds gone 'reader dave, whose key still opens it: it was not rotated' "$dropping"
only

# A merge that brings somebody back: its other parent had bob from before, and never granted him.
branch stale "$two"
echo stale >stale
commit stale
branch bringing
quietly vault grant bob "$(public bob)"
git add -A
tree=$(git write-tree)
bringing=$(git commit-tree -p main -p stale -m bringing "$tree" </dev/null)
quietly git reset -q --hard "$bringing"
gate
finds returned "reader bob, which was removed in $revoke" "$bringing"
only
run vault verify --history
finds returned "reader bob, which was removed in $revoke" "$bringing"

# ---- values

branch line
restore "$url"
commit 'the line of then' && line=$head
gate
finds returned "app/URL, as it was before .*" "$line"
only

# Sealed anew, under a new key: the line is another, the value and its date are the same.
branch laundered
restore "$url"
quietly vault rotate
commit 'a rotation' && laundered=$head
gate
finds returned "app/URL, as it was before .*" "$laundered"
only
branch deleted
quietly vault delete app/URL -y
commit gone && gone=$head
restore "$fourth"
quietly vault rotate
commit 'it is there again' && there=$head
gate
finds returned "app/URL, as it was before $gone" "$there"
# Set again under a key that was rotated out, by who has that one still: another line and date.
branch old-key "$two"
VAULT_AUTHOR=me quietly as bob vault set db/PASSWORD="$MARKER-1"
commit 'by somebody who has left' && old=$head
gate
finds returned "db/PASSWORD, as it was before $two" "$old"
only
# And a merge that seals it anew.
branch sealing
quietly vault set db/PASSWORD="$MARKER-1"
git add -A
sealing=$(git commit-tree -p main -p old-key -m sealing "$(git write-tree)" </dev/null)
quietly git reset -q --hard "$sealing"
gate old-key..HEAD
finds returned "db/PASSWORD, as it was before $two" "$sealing"

# ---- keys

branch back
restore "$two"
commit 'the file of then' && back=$head
gate
finds returned "key, which was removed in $revoke" "$back"
ok 'and who was revoked' grep -q "^$back .*  returned prod reader bob, which was removed in $revoke  by " "$STDOUT"
branch undone "$two"
echo x >x
commit x
merge -s ours main && undone=$head
gate
finds returned "key, which was removed in $revoke" "$undone"
ok 'and who was revoked' grep -q "^$undone .*  returned prod reader bob, which was removed in $revoke  by " "$STDOUT"
branch another
quietly vault env delete prod -y
commit none && none=$head
quietly vault env create prod
commit another && another=$head
gate
finds returned "environment, which was removed in $none" "$another"

# ---- what was there before the range is not told of

quietly git checkout -qf main
merge again
run vault verify --history
status_is 7
branch after
quietly vault set app/NEWER=1
commit newer
gate
status_is 0 'what main has brought back itself is not for the branch'
stdout_is ''
damaged() { # a version in which a value is damaged
    spoil URL <vault.toml >spoilt
    mv spoilt vault.toml
    commit damaged && damaged=$head
}
damaged
gate
status_is 5 'what does not verify goes before'
ok 'and is told of' or_tell grep -q "^$damaged .*  broken .*  by Test <test@example.org>\$" "$STDOUT"

# ---- what cannot be judged

quietly git reset -q --hard after~1
refuses 4 'git knows no revision origin/main' 'git fetch' vault verify --history origin/main..HEAD
refuses 4 'git knows no revision 0000' 'git fetch' \
    vault verify --history 0000000000000000000000000000000000000000..HEAD
refuses 4 'git knows no revision nowhere' 'git fetch' vault verify --history main..nowhere
for range in HEAD ..HEAD main...HEAD; do
    refuses 2 "not a range of commits: $range" 'verify --history origin/main..HEAD' vault verify --history "$range"
done
refuses 2 'is not a revision' '' vault verify --history main..--all
refuses 2 'a range of commits needs --history' 'vault verify --history main..HEAD' vault verify main..HEAD
quietly git clone -q --depth 1 "file://$WORK" "$TMP/shallow"
cd "$TMP/shallow"
refuses 4 'this clone is shallow' 'git fetch --unshallow' vault verify --history "$url..HEAD"
quietly git fetch -q --depth 1 origin "$two"
refuses 1 'this clone is shallow' 'git fetch --unshallow' vault verify --history "$two..HEAD"
cd "$WORK"
person stranger
run as stranger vault verify --history main..HEAD
status_is 3 'without a key the branch is not judged'
stderr_has 'vault: nothing was found, but you cannot open all of the range'
stderr_has 'hint: '
branch shut-out
quietly vault revoke ci
commit 'without ci'
run env -u VAULT_ENV VAULT_IDENTITY_FILE="$TMP/keys/ci" "$BIN" verify --history main..HEAD
status_is 3 'nor by a key that the branch has taken out'

finish
