#!/bin/sh
# vault merge with real git: as its driver, and to finish what it has left to a person.
. "$(dirname "$0")/scene.sh"

command -v git >/dev/null || skip_all 'there is no git'

given vault keygen
given vault keygen -o bob.key
bob=$(cat "$STDOUT")
given vault keygen -o eve.key
eve=$(cat "$STDOUT")

# ---- repositories: "edit REPO BRANCH COMMAND…" commits a change on a branch

new_repo() { # NAME
    git init -q "$1"
    (
        cd "$1"
        git config merge.vault.name 'by environment, secret and key'
        git config merge.vault.driver "'$BIN' merge %O %A %B --marker-size %L --path %P"
        git config merge.vault.recursive binary
        echo '*.toml merge=vault' >.git/info/attributes
        mkdir -p .git/info && vault init -e dev,prod
        vault create app A=1 B=1 C=1
        vault create app A=1 B=1 -e prod
        git add vault.toml
        git commit -qm base
    ) >/dev/null 2>&1
}

edit() { # REPO BRANCH COMMAND…
    repo=$1 branch=$2
    shift 2
    (
        cd "$repo"
        git checkout -q "$branch" 2>/dev/null || git checkout -q -b "$branch" main
        "$@"
        git commit -qam "on $branch"
    ) >/dev/null 2>>"$SAID" || { echo "edit: $repo $branch $*" && exit 1; }
}

in_repo() { # REPO COMMAND…
    where=$1
    shift
    (cd "$where" && "$@")
}

stops() { # REPO COMMAND…: in a conflict
    ! in_repo "$@" >/dev/null 2>&1
}

values() { # [ENV]: of app, on one line
    vault exec --clean app -e "${1:-dev}" -- env | grep '^[A-D][A-D]*=' | sort | tr '\n' ' '
}
values_of() { # REPO [ENV]
    in_repo "$1" values "${2:-dev}"
}
verifies() {
    in_repo "$1" vault verify -e dev && in_repo "$1" vault verify -e prod
}
unmerged() {
    in_repo "$1" git ls-files -u | wc -l | tr -d ' '
}

# ---- a merge, a rebase, a cherry-pick, an octopus, a stash

new_repo merge
edit merge side vault set app/A=2 app/D=2
edit merge main vault set app/B=3 app/DD=3
run in_repo merge git merge -q -m merged side
status_is 0 'edits to other keys merge'
is 'both sides are there' "$(values_of merge)" 'A=2 B=3 C=1 D=2 DD=3 '
ok 'and every seal is true' verifies merge

new_repo rebase
edit rebase side vault set app/A=2
edit rebase side vault set app/A=4
edit rebase side vault delete app/C -y
edit rebase main vault set app/B=3
edit rebase main vault rotate -e dev
in_repo rebase git rebase -q main side >said 2>&1 && going=yes || going=no
is 'a rebase over a rotation: git stops' "$going" no
ok 'at what was set under the old key' grep -q \
    '^note: in conflict: dev/app/A: ours .*; theirs is under a key that was rotated out$' said
while [ "$going" = no ]; do
    given in_repo rebase alone "$BIN" merge --theirs
    in_repo rebase env GIT_EDITOR=true git rebase --continue >said 2>&1 && going=yes
done
is 'each commit is answered, and the rebase ends' "$(git -C rebase log --oneline main..side | grep -c .)" 3
is 'all of it is there' "$(values_of rebase)" 'A=4 B=3 '
ok 'and true' verifies rebase

new_repo pick
edit pick side vault set app/A=2
edit pick side vault set app/C=2
edit pick main vault set app/B=3
run in_repo pick git cherry-pick side
status_is 0 'a cherry-pick takes one change'
is 'and no other' "$(values_of pick)" 'A=1 B=3 C=2 '
ok 'and it is true' verifies pick

new_repo octopus
edit octopus a vault set app/A=2
edit octopus b vault set app/B=3
edit octopus c vault set app/C=4
in_repo octopus git checkout -q main
run in_repo octopus git merge -q -m octopus a b c
status_is 0 'an octopus'
is 'has three arms' "$(values_of octopus)" 'A=2 B=3 C=4 '

new_repo stash
in_repo stash vault set app/A=2 2>/dev/null
in_repo stash git stash -q
edit stash main vault set app/B=3 app/AA=3
run in_repo stash git stash pop -q
status_is 0 'a stash'
is 'comes back' "$(values_of stash)" 'A=2 AA=3 B=3 C=1 '

new_repo tree
edit tree side vault set app/A=2
edit tree main vault set app/B=3
git -C tree worktree add -q ../linked side
run in_repo linked git merge -q -m merged main
status_is 0 'in another work tree'
is 'all of both' "$(values_of linked)" 'A=2 B=3 C=1 '
edit tree main vault set app/A=4
stops linked git merge -q main
given in_repo linked alone "$BIN" merge --theirs
is 'a conflict is finished there, too' "$(values_of linked)$(unmerged linked)" 'A=4 B=3 C=1 0'

# ---- a conflict

new_repo conflict
edit conflict side env VAULT_AUTHOR=tim@example.org "$BIN" set app/A="$MARKER-theirs" app/C=2
edit conflict main env VAULT_AUTHOR=olga@example.org "$BIN" set app/A="$MARKER-ours" app/B=3
git -C conflict tag before main
run in_repo conflict git merge side
ok 'the same key: git stops' test "$status" -eq 1
stderr_has 'in conflict: dev/app/A: ours olga@example.org 20' 'who, and when'
stderr_has ', theirs tim@example.org 20' 'on both sides'
stderr_has 'vault.toml: 1 conflict to be answered: dev/app/A' 'which'
stderr_has 'hint: vault merge asks' 'and what to type'
is 'three versions wait' "$(unmerged conflict)" 3
is 'the environment stands behind one block' "$(grep -c '^<<<<<<< \|^>>>>>>> ' conflict/vault.toml)" 2
is 'of comments' "$(sed -n '/^<<<<<<</,/^>>>>>>>/p' conflict/vault.toml |
    sed 's/20[0-9][0-9]-[0-9-]* [0-9:]*/DATE/g')" \
    "<<<<<<< ours, until a person has answered: vault merge
# dev/app/A: ours olga@example.org DATE, theirs tim@example.org DATE
>>>>>>> theirs"
git -C conflict show main:vault.toml >ours.toml
sed '/^<<<<<<</,/^>>>>>>>/d' conflict/vault.toml >cut.toml
unchanged 'and is ours byte for byte' ours.toml cut.toml
ok 'no plain text in it' not grep -rq "$MARKER" conflict
cp conflict/vault.toml conflicted.toml
cd conflict
refuses 6 'a merge left its conflict markers' 'vault merge' vault get app/B
refuses 6 'a merge left its conflict markers' 'vault merge' vault set app/B=1
refuses 6 '1 conflict to be answered: dev/app/A' 'vault merge --ours' alone "$BIN" merge
stderr_has 'in conflict: dev/app/A: ours olga@example.org' 'they are listed'
refuses 2 'not both' '' vault merge --ours --theirs
run pty --expect 'dev/app/A: ours olga.*, theirs tim' --expect 'urs or .t.heirs' --send 'x' --expect 'heirs' --send t -- "$BIN" merge
status_is 0 'asked, and answered'
stdout_has 'is merged and staged' 'it is staged'
stdout_lacks "$MARKER" 'no value is shown'
cd ..
is 'nothing waits' "$(unmerged conflict)" 0
is 'theirs it is, and the rest of both' "$(values_of conflict)" "A=$MARKER-theirs B=3 C=2 "
ok 'and true' verifies conflict
run in_repo conflict git commit -qm merged
status_is 0 'git commits it'
refuses 4 'is not in an unfinished merge' '' in_repo conflict "$BIN" merge

for side in ours theirs; do
    git -C conflict reset -q --hard before
    stops conflict git merge -q side
    given in_repo conflict alone "$BIN" merge --$side
    is "--$side" "$(values_of conflict)" "A=$MARKER-$side B=3 C=2 "
done
git -C conflict reset -q --hard before
stops conflict git merge -q side
run in_repo conflict pty --expect heirs --send '\x04\c' -- "$BIN" merge
status_is 6 'who does not answer has decided nothing'
ok 'and nothing is written' cmp conflict/vault.toml conflicted.toml
git -C conflict add vault.toml
refuses 4 'is not in an unfinished merge' 'git checkout -m' in_repo conflict "$BIN" merge
given git -C conflict checkout -m -- vault.toml
given in_repo conflict alone "$BIN" merge --ours
is 'which git brings back' "$(values_of conflict)" "A=$MARKER-ours B=3 C=2 "
git -C conflict reset -q --hard
stops conflict git merge -q side
git -C conflict show main:vault.toml >conflict/vault.toml
given in_repo conflict alone "$BIN" merge --theirs # as it is where the driver has failed
is 'ours as it was is no work of a hand' "$(values_of conflict)" "A=$MARKER-theirs B=3 C=2 "
git -C conflict reset -q --hard
stops conflict git merge -q side
git -C conflict show side:vault.toml >conflict/vault.toml
refuses 1 'was resolved by hand' 'git add' in_repo conflict "$BIN" merge --ours

# ---- a person can see both values, and give a third

new_repo third
edit third side vault set app/A="$MARKER-theirs"
edit third main vault set app/A="$(printf 'o\033[1mu\nrs')" app/B=3
stops third git merge -q side
run in_repo third pty --expect 'a .n.ew one. ' --send s --expect 'ours: o.x1b.1mu.nrs' \
    --expect "theirs: $MARKER-theirs" --expect 'a .n.ew one. ' --send n \
    --expect 'new value of dev/app/A: ' --send "$MARKER-new" -- \
    sh -c '"$BIN" merge >log 2>&1'
status_is 0 'both values are shown, and a third is taken'
stdout_lacks "$MARKER-new" 'which is not shown'
ok 'a value goes to the terminal and nowhere else' not grep -q "$MARKER" third/log
is 'it is in the place of both' "$(values_of third)" "A=$MARKER-new B=3 C=1 "
ok 'and true' verifies third
git -C third reset -q --hard
stops third git merge -q side
run in_repo third pty --expect 'a .n.ew one. ' --send n --expect 'new value' --send '\x04\c' -- "$BIN" merge
status_is 6 'no new value is no answer'

# ---- values under a key that was rotated out: one question for all; each reader by the whole key

new_repo claims
edit claims side vault set app/A=2 app/B=2
edit claims side vault create more X=1
edit claims side vault delete app/C -y
edit claims side vault grant bob "$bob"
edit claims main vault rotate
git -C claims tag before main
run in_repo claims git merge -q side
stderr_has '5 conflicts to be answered' 'everything is asked'
stderr_has "in conflict: the reader bob of dev: theirs $bob; theirs is under a key" 'a reader by the key'
stderr_has 'in conflict: dev/app/C: ours me 20' 'a deletion'
stderr_has ', theirs deleted; theirs is under a key that was rotated out'
cd claims
refuses 6 '1 conflict to be answered: dev/bob' '' alone "$BIN" merge --theirs
run pty --expect "the reader bob of dev: theirs $bob" --expect 'heirs. ' --send o \
    --expect 'dev/app/A: ours' --expect 'the secret dev/more: theirs me' \
    --expect 'for all 4, or ask for .e.ach' --send t -- "$BIN" merge
status_is 0 'two questions'
cd ..
is 'all values are there' "$(values_of claims)$(in_repo claims "$BIN" get more/X)" 'A=2 B=2 1'
refuses 3 'none of the keys' '' in_repo claims "$BIN" get app/A --identity ../bob.key
git -C claims reset -q --hard before
stops claims git merge -q side
run in_repo claims pty --expect 'heirs. ' --send o --expect 'for all 4' --send e --expect 'dev/app/A' \
    --expect 'ew one. ' --send t --expect 'dev/app/B' --expect 'ew one. ' --send o --expect 'dev/app/C' \
    --expect 'ew one. ' --send o --expect 'dev/more' --expect 'heirs. ' --send t -- "$BIN" merge
status_is 0 'or each by itself'
is 'as it was answered' "$(values_of claims)$(in_repo claims "$BIN" get more/X)" 'A=2 B=1 C=1 1'
ok 'and true' verifies claims

# ---- one environment waits, and the others are merged

new_repo apart
edit apart side vault set app/A=2
edit apart side vault set app/A=2 -e prod
edit apart main vault set app/A=3
edit apart main vault set app/B=3 -e prod
stops apart git merge -q side
sed '/^<<<<<<</,/^>>>>>>>/d' apart/vault.toml >cut.toml
is 'what was clean is merged' "$(vault exec --clean app -e prod -f cut.toml -- env | grep '^[AB]=' | sort | tr '\n' ' ')" 'A=2 B=3 '
is 'what waits is ours' "$(vault get app/A -f cut.toml)" 3
given in_repo apart alone "$BIN" merge --theirs
is 'and the end of it has all' "$(values_of apart)$(values_of apart prod)" 'A=2 B=1 C=1 A=2 B=3 '

# ---- an environment that ours has deleted, and theirs has changed

new_repo gone
edit gone side vault set app/A=2 -e prod
edit gone main vault env delete prod -y
stops gone git merge -q side
ok 'its block stands at the end' sh -c 'tail -n 1 gone/vault.toml | grep -q "^>>>>>>> theirs"'
refuses 6 'conflict markers' 'vault merge' in_repo gone "$BIN" get app/A
given in_repo gone alone "$BIN" merge --theirs
is 'theirs brings it back' "$(values_of gone prod)" 'A=2 B=1 '

# ---- a rebase in conflict goes on

new_repo stopped
edit stopped side vault set app/A=2
edit stopped side vault set app/C=2
edit stopped main vault set app/A=3
stops stopped git rebase -q main side
run in_repo stopped alone "$BIN" merge --theirs
status_is 0 'finished'
stderr_has 'git rebase --continue'
run in_repo stopped env GIT_EDITOR=true git rebase --continue
status_is 0 'and continued'
is 'to its end' "$(values_of stopped)" 'A=2 B=1 C=2 '

# ---- two versions in one conflict, one of them renamed, with criss-cross ancestors

new_repo cross
edit cross a vault set app/A=2
edit cross b vault set app/B=2
git -C cross branch b2 b
in_repo cross git checkout -q b
in_repo cross git merge -q -m b a 2>/dev/null
edit cross b vault set app/C=2
in_repo cross git checkout -q a
in_repo cross git merge -q -m a b2 2>/dev/null
edit cross a vault set app/D=2
run in_repo cross git merge -q -m cross b
status_is 0 'two ancestors'
is 'and all of both' "$(values_of cross)" 'A=2 B=2 C=2 D=2 '

# ---- access

new_repo access
edit access side vault set app/A=2
edit access main vault grant bob "$bob"
edit access main vault rotate
stops access git merge -q -m merged side
given in_repo access alone "$BIN" merge --theirs
given in_repo access git commit -qm merged
is 'the granted one reads the edit' "$(in_repo access "$BIN" get app/A --identity ../bob.key)" 2
edit access out vault set app/A=5
edit access main vault revoke bob
in_repo access git checkout -q out
run in_repo access git merge -q -m merged main
ok 'edits and a revocation: git stops' test "$status" -eq 1
stderr_has '; ours is under a key that was rotated out' 'main is theirs'
given in_repo access alone "$BIN" merge --ours
given in_repo access git commit -qm merged
is 'under the new key' "$(in_repo access "$BIN" get app/A)" 5
refuses 3 '' '' in_repo access "$BIN" get app/A --identity ../bob.key
edit access same vault grant carl "$bob"
edit access other vault grant carl "$eve"
run in_repo access git merge same
ok 'one name with two keys is a conflict' test "$status" -eq 1
stderr_has 'in conflict: the reader carl of dev'
given in_repo access alone "$BIN" merge --ours
is 'it is ours' "$(in_repo access "$BIN" get app/A --identity ../eve.key)" "$(in_repo access "$BIN" get app/A)"
in_repo access git commit -qm merged

# ---- a clone without a key

new_repo keyless
edit keyless side vault set app/A=2 -e prod
edit keyless side vault set app/A=2
edit keyless main vault set app/B=3 -e dev
without() { # COMMAND…: as somebody who has no key
    XDG_CONFIG_HOME=$TMP/nobody XDG_STATE_HOME=$TMP/nobody "$@"
}
run in_repo keyless without git merge -q -m merged side
status_is 0 'without a key: what merges as lines'
is 'does, on both sides' "$(values_of keyless) $(values_of keyless prod)" 'A=2 B=3 C=1  A=2 B=1 '
ok 'and is true' verifies keyless
edit keyless gap vault set app/BA=1
edit keyless main vault set app/BB=1
edit keyless main vault set app/B=4 -e prod
run in_repo keyless without git merge gap
ok 'what takes a seal is left' test "$status" -eq 1
stderr_has 'in conflict: the environment dev: it takes a key that opens both sides'
stderr_has '1 conflict to be answered: dev'
ok 'the other environment is merged' grep -q '^\[prod.app\]' keyless/vault.toml
refuses 6 '1 conflict' '' in_repo keyless without "$BIN" merge --ours
given in_repo keyless alone "$BIN" merge
is 'for somebody who can' "$(values_of keyless)" 'A=2 B=3 BA=1 BB=1 C=1 '
in_repo keyless git commit -qm merged

# ---- a server that merges without a driver; then a driver for what it could not

new_repo work
git init -q --bare server
git -C work push -q ../server main
git clone -q server other
edit work main vault set app/A=2
edit work main vault set app/BA=2
git -C work push -q ../server main:one
edit other two vault set app/C=3
edit other two vault set app/BB=3
git -C other push -q ../server two:two 2>/dev/null
tree=$(git -C server merge-tree --write-tree one two 2>/dev/null) && server_merges=yes || server_merges=no
if [ -n "$tree" ]; then
    is 'the server cannot merge two keys in one gap' "$server_merges" no
else
    skip 'a merge on the server' 'this git has no merge-tree --write-tree'
fi
git -C work fetch -q ../server two
run in_repo work git merge -q -m merged FETCH_HEAD
status_is 0 'the driver can'
is 'all of both' "$(values_of work)" 'A=2 B=1 BA=2 BB=3 C=3 '
ok 'and true' verifies work
git -C work config --remove-section merge.vault
git -C work reset -q --hard HEAD^
stops work git merge -q FETCH_HEAD
refuses 6 'conflict' 'vault merge' in_repo work "$BIN" get app/A
given in_repo work alone "$BIN" merge
is 'a merge of plain git is finished without a question' "$(values_of work)" 'A=2 B=1 BA=2 BB=3 C=3 '

# ---- odd names

new_repo odd
odd="odd/ a
b'\"\$(touch x)/"
mkdir -p "$odd"
mv odd/vault.toml "$odd/-v.toml"
git -C odd add -A
git -C odd commit -qm moved
edit odd side vault -f " a
b'\"\$(touch x)/-v.toml" set app/A=2
edit odd main vault -f " a
b'\"\$(touch x)/-v.toml" set app/A=3 app/B=3
run in_repo odd git merge side
ok 'a path with spaces, newlines and quotes' test "$status" -eq 1
ok 'is said on one line' grep -q '^vault: .*odd\|^vault: .* a\\nb' "$STDERR"
given in_repo "$odd" alone "$BIN" merge -f -v.toml --theirs
is 'and finished' "$(in_repo "$odd" "$BIN" get app/A -f -v.toml)" 2
ok 'no shell saw it' not test -e odd/x

# ---- damage: nothing is merged

new_repo damaged
edit damaged side sed -i '/^\[dev.app\]/,/^C = /s/^created-by = .*/created-by = "mallory"/' vault.toml
edit damaged main vault set app/B=3
cp damaged/vault.toml before.toml
run in_repo damaged git merge side
ok 'a parent that does not verify' test "$status" -ne 0
stderr_has 'vault: vault.toml: theirs: '
stderr_has 'was changed by somebody who cannot open it'
ok 'leaves ours as it was' cmp before.toml damaged/vault.toml
refuses 5 'theirs: ' 'is unchanged and not merged' in_repo damaged alone "$BIN" merge --ours
for version in base ours theirs; do
    git -C damaged show main:vault.toml >ours.toml
    git -C damaged show main^:vault.toml >base.toml
    cp base.toml theirs.toml
    given vault set app/A=9 -f theirs.toml
    sed -i '/^\[dev.app\]/,$s/^first-key = "./first-key = "_/; s/"_/"A/' $version.toml
    refuses 5 'was changed by somebody' '' vault merge base.toml ours.toml theirs.toml
done
git -C damaged show main:vault.toml >ours.toml
git -C damaged show main^:vault.toml >base.toml
cp base.toml theirs.toml
given vault set app/A=9 -f theirs.toml
sed -i '/^\[dev.app\]/,$s/^A = \["....../A = ["AAAAAA/' theirs.toml
refuses 5 'theirs: ' '' vault merge base.toml ours.toml theirs.toml
refuses 4 'nowhere' '' vault merge base.toml ours.toml nowhere.toml
refuses 2 'merge takes BASE OURS THEIRS' '' vault merge base.toml ours.toml
refuses 2 'marker-size' '' vault merge base.toml ours.toml base.toml --marker-size x
echo nonsense >theirs.toml
refuses 1 'theirs: line 1' '' vault merge base.toml ours.toml theirs.toml
given vault init -f another.toml -e dev
refuses 5 'different vaults' '' vault merge base.toml ours.toml another.toml

# ---- driver details

cp base.toml theirs.toml
cp base.toml ours.toml
chmod 640 ours.toml
given vault set app/A=8 -f theirs.toml
given vault set app/A=7 -f ours.toml
run vault merge base.toml ours.toml theirs.toml --marker-size 12
status_is 6 'the status of a conflict'
is 'markers of another size' "$(grep -c '^<<<<<<<<<<<< ours\|^>>>>>>>>>>>> theirs$' ours.toml)" 2
is 'the mode stays' "$(find ours.toml -perm 640)" ours.toml
refuses 6 'conflict markers' 'vault merge' vault get app/A -f ours.toml
: >empty.toml
cp base.toml ours.toml
run vault merge empty.toml ours.toml theirs.toml
status_is 6 'without an ancestor: two values of one key'
cp base.toml ours.toml
printf '\357\273\277' >bom.toml
sed 's/$/\r/' ours.toml >>bom.toml
run vault merge base.toml bom.toml theirs.toml
status_is 0 'a file with BOM and CRLF'
is 'is merged' "$(vault get app/A -f bom.toml)" 8
is 'and keeps them' "$(grep -vc "$(printf '\r')\$" bom.toml)" 0
ok 'and its BOM' grep -q "^$(printf '\357\273\277')#" bom.toml

finish
