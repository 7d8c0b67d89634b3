#!/bin/sh
# exposed: what those who were taken out have seen and is the same still, over real git history.
. "$(dirname "$0")/repository.sh"

person alice bob carol dave
SECRET1=$MARKER-one SECRET2=$MARKER-two

# exposes NAME TEXT: what is exposed, one line, in the order of the file: "bob app/KEY|".
exposes() {
    ok "$1" or_tell test "$(sed 's/  */ /g; s/ seen in .*//; s/ can read it//' "$STDOUT" |
        sed 's/ $//' | tr '\n' '|')" = "$2"
}

# again: a new repository, where alice and bob read prod, which holds three values.
again() {
    cd "$WORK"
    rm -rf repo "$XDG_STATE_HOME/vault"
    mkdir repo
    cd repo
    quietly git init -q .
    quietly vault init -e prod
    export VAULT_ENV=prod
    quietly vault grant bob "$(public bob)"
    quietly vault set app/KEY="$SECRET1" app/PIN=1234 app/URL="$MARKER-url"
    commit begin && begin=$head
}

# ---- who leaves, and what is changed

again
run vault exposed
status_is 0 'nobody has left'
stdout_is ''
quietly vault revoke bob
commit revoke
run vault exposed
status_is 7 'bob has left: all that was there is exposed'
exposes 'each value' 'bob prod app/KEY|bob prod app/PIN|bob prod app/URL|'
stdout_has "seen in $(echo "$begin" | cut -c 1-10)" 'and where it was seen'
stdout_lacks "$MARKER" 'no value'
stderr_has 'hint: replace them where they are used'
quietly vault set app/KEY="$SECRET2"
run vault exposed
exposes 'what was changed is not, committed or not' 'bob prod app/PIN|bob prod app/URL|'
commit changed
quietly vault set app/NEW="$MARKER-new"
commit new
run vault exposed
exposes 'nor what came later' 'bob prod app/PIN|bob prod app/URL|'
quietly vault set app/KEY="$SECRET1"
commit back
run vault exposed
exposes 'changed and changed back: exposed' 'bob prod app/KEY|bob prod app/PIN|bob prod app/URL|'
quietly vault rotate
commit rotate
quietly vault rotate
commit rotate
run vault exposed
exposes 'rotations change nothing of it' 'bob prod app/KEY|bob prod app/PIN|bob prod app/URL|'
run vault exposed --json
status_is 7
ok 'as JSON' python3 -c "
import json
found = json.load(open('$STDOUT'))
assert [(f['reader'], f['env'], f['secret'], f['key']) for f in found] == \
    [('bob', 'prod', 'app', k) for k in ('KEY', 'PIN', 'URL')], found
assert all(f['commit'] == '$begin' for f in found), found"
quietly vault set app/KEY=a app/PIN=b app/URL=c
run vault exposed
status_is 0 'all of it changed'
run vault exposed --json
stdout_is '[]'
run vault exposed -e prod
status_is 0 'of one environment'
refuses 4 'no environment nope' '' vault exposed -e nope

# ---- names and keys

again
run vault exposed bob
status_is 7 'with NAME also one who still reads'
exposes 'all that there is' 'bob prod app/KEY|bob prod app/PIN|bob prod app/URL|'
stdout_has 'can read it'
refuses 4 'there never was a reader bbo' 'bob' vault exposed bbo
quietly vault revoke bob
commit revoke
quietly vault grant robert "$(public bob)"
commit robert
run vault exposed
status_is 0 'the same key under another name has not left'
quietly vault revoke robert
commit revoke
run vault exposed
status_is 7 'now it has'
exposes 'by its last name' 'robert prod app/KEY|robert prod app/PIN|robert prod app/URL|'
run vault exposed robert
exposes 'asked for by name' 'robert prod app/KEY|robert prod app/PIN|robert prod app/URL|'
again
quietly vault grant bob "$(public carol)" --replace
commit lost
run vault exposed
status_is 7 'another key under the same name: the old one has left'
exposes 'with what it saw' 'bob prod app/KEY|bob prod app/PIN|bob prod app/URL|'

# ---- what a key opens

again
quietly vault set app/KEY="$SECRET2"
quietly vault grant carol "$(public carol)"
commit carol
quietly vault revoke carol
commit 'carol left'
quietly vault set app/KEY="$SECRET1"
commit back
run vault exposed carol
ok 'a grant opens what was before it' has_text 'app/KEY' "$STDOUT"
again
quietly vault set app/KEY="$SECRET2"
commit changed
quietly vault rotate --forget-past
commit forget
quietly vault grant carol "$(public carol)"
commit carol
quietly vault revoke carol
quietly vault set app/KEY="$SECRET1"
commit back
run vault exposed carol
exposes 'unless the past was forgotten' 'carol prod app/PIN|carol prod app/URL|'
quietly vault grant dave "$(public dave)"
commit dave
run as dave vault exposed
stderr_has 'versions of an environment: who could read what' 'who came later is told what is closed'
status_is 7
quietly vault set app/PIN=x app/URL=y
run as dave vault exposed
status_is 3 'and that nothing found is not all'
stdout_is ''

# A value that is somewhere else today.
again
quietly vault env create dev --reader me="$(public alice)"
quietly vault copy app --to dev -y
commit copy
quietly vault revoke bob
quietly vault rename app/KEY app/TOKEN
quietly vault rename app web
commit renamed
run vault exposed
exposes 'a long value under any name, a short one under its own' \
    'bob dev app/KEY|bob dev app/URL|bob prod web/PIN|bob prod web/TOKEN|bob prod web/URL|'
quietly vault env rename prod live
commit live
run vault exposed
exposes 'an environment under another name' \
    'bob dev app/KEY|bob dev app/URL|bob live web/PIN|bob live web/TOKEN|bob live web/URL|'
quietly vault env delete live -y
commit deleted
run vault exposed
exposes 'one that is gone' 'bob dev app/KEY|bob dev app/URL|'
quietly vault grant bob "$(public bob)" -e dev
run vault exposed
status_is 0 'what somebody reads by right is not exposed to them'

# ---- history as it can be

# Clocks lie, in git and in the values.
again
GIT_AUTHOR_DATE='@4000000000 +0000' GIT_COMMITTER_DATE='@4000000000 +0000' \
    quietly git commit -q --amend --no-edit
quietly vault revoke bob
GIT_AUTHOR_DATE='@100000000 +0000' GIT_COMMITTER_DATE='@100000000 +0000' \
    quietly git commit -qam revoke
quietly vault set app/KEY="$SECRET2"
GIT_AUTHOR_DATE='@5 +0000' GIT_COMMITTER_DATE='@5 +0000' quietly git commit -qam change
run vault exposed
exposes 'dates say nothing' 'bob prod app/PIN|bob prod app/URL|'

# A revocation on a branch, merged; what was changed on the other one meanwhile.
again
quietly git checkout -qb leaving
quietly vault revoke bob
commit revoke
quietly git checkout -q main
echo x >other
commit other
merge leaving
run vault exposed
exposes 'a revocation that was merged' 'bob prod app/KEY|bob prod app/PIN|bob prod app/URL|'
quietly vault set app/URL=other app/PIN=other
commit rest
run vault exposed
exposes 'and what was changed since' 'bob prod app/KEY|'

# Given and taken on a branch whose result was dropped: the values were seen nevertheless.
again
quietly git checkout -qb trial
quietly vault grant carol "$(public carol)"
commit 'carol on trial'
quietly git checkout -q main
echo x >other
commit other
merge -s ours trial
run vault exposed
exposes 'a reader on a branch' 'carol prod app/KEY|carol prod app/PIN|carol prod app/URL|'

# Entries that nobody granted are no readers.
again
sed 's/^bob = \["age1[a-z0-9]*/mallory = ["'"$(public dave)/" vault.toml >forged
cp vault.toml sound
mv forged vault.toml
commit forged
mv sound vault.toml
commit sound
run vault exposed
status_is 0 'a forged entry opened nothing'

again
line=$(grep -A 2 '^bob = ' vault.toml)
quietly vault revoke bob
awk -v entry="$line" '/^me = / { print entry } { print }' vault.toml >forged
mv forged vault.toml
run vault exposed
status_is 7 'an entry that was put back does not hide who has left'

# A value that came in a version that is damaged was seen in the next one.
again
quietly vault set app/PIN=0815
spoil first-secret <vault.toml >damaged
cp vault.toml sound
mv damaged vault.toml
commit damaged
mv sound vault.toml
commit sound
quietly vault revoke bob
commit revoke
run vault exposed
exposes 'what came with the damage' 'bob prod app/KEY|bob prod app/PIN|bob prod app/URL|'

# What was seen on a branch that nobody has merged: here, and in another repository.
again
quietly git checkout -qb side
quietly vault set app/SIDE="$MARKER-side"
commit side && side=$head
quietly git checkout -q main
quietly git clone -q "file://$PWD" "$TMP/clone"
quietly vault revoke bob
quietly vault set app/SIDE="$MARKER-side"
commit 'the same value, for who is there still'
run vault exposed
exposes 'on a branch' 'bob prod app/KEY|bob prod app/PIN|bob prod app/SIDE|bob prod app/URL|'
ok 'and where it was seen' or_tell grep -q "app/SIDE .*seen in $(echo "$side" | cut -c 1-10)" "$STDOUT"
cp vault.toml "$TMP/clone"
cd "$TMP/clone"
commit 'what main has'
is 'the branch is a remote one' "$(git branch --list side)" ''
run vault exposed
exposes 'on a branch of a remote' 'bob prod app/KEY|bob prod app/PIN|bob prod app/SIDE|bob prod app/URL|'

# ---- templates and open values

# A result counts as seen, and so do the sources of a template whose result was seen.
again
quietly vault set --open app/PORT=80808080
quietly vault set --template "app/DSN=db://{{ KEY | url }}@{{ PORT }}/{{ LATER }}" app/LATER="$MARKER-later"
commit template
quietly vault revoke bob
commit revoke
run vault exposed
exposes 'a template by its text; no open value' 'bob prod app/DSN|bob prod app/KEY|bob prod app/LATER|bob prod app/PIN|bob prod app/URL|'
result=$(vault get app/DSN)
quietly vault set app/KEY=new app/PIN=new app/URL=new app/LATER=new
quietly vault set app/PLAIN="$result" app/DSN=plain
run vault exposed
exposes 'what a template made is seen, also where it is plain now' 'bob prod app/PLAIN|'
quietly vault set app/PLAIN=new --template 'app/AGAIN=db://{{ PART }}' app/PART="${result#db://}"
run vault exposed
exposes 'a new template that makes what was seen, and its source' 'bob prod app/AGAIN|bob prod app/PART|'
quietly vault set --template 'app/AGAIN={{ PART }} {{ OTHER }}' app/OTHER=new
quietly vault set --sealed app/PART="$SECRET1"
run vault exposed
exposes 'a template that uses what was seen' 'bob prod app/AGAIN|bob prod app/PART|'
quietly vault set app/PART=new
run vault exposed
status_is 0 'all sources are new'

# ---- damage

# A version that is damaged, one that is none, a clone that is cut, no clone at all.
again
cp vault.toml sound
spoil first-key <sound >vault.toml
commit damaged && damaged=$head
cp sound vault.toml
commit sound
run vault exposed
status_is 5 'a damaged version: nobody knows what was seen in it'
stderr_has "note: $damaged: line" 'which it is'
quietly vault revoke bob
commit revoke
run vault exposed
status_is 7 'what is known is told'
quietly git clone -q --depth 1 "file://$PWD" "$TMP/shallow"
cd "$TMP/shallow"
refuses 1 'this clone is shallow: earlier history is missing' 'git fetch --unshallow' vault exposed
mkdir "$TMP/alone"
cd "$TMP/alone"
quietly vault init
refuses 4 'not in a git repository' 'git init' vault exposed

# Without a key.
again
rm "$IDENTITY"
run alone "$BIN" exposed
status_is 3 'nothing opens it'
stdout_is ''

finish
