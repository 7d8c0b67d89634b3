#!/bin/sh
# log: each change of each value through real git history.
. "$(dirname "$0")/repository.sh"

# commits: the ids that log printed, the newest first, on one line.
commits() {
    sed -n 's/^\([0-9a-f]\{10\}\) .*/\1/p' "$STDOUT" | git cat-file --batch-check='%(objectname)' |
        tr '\n' ' ' | sed 's/ $//'
}

changes() { # what stands in each line below the commits, without dates
    sed -n 's/^  \([a-z]\)/\1/p' "$STDOUT" |
        sed 's/  by .*//; s/  age1.*//; s/\( key\)  .*/\1/; s/  */ /g' | tr '\n' '|'
}

person alice bob
refuses 4 'no vault.toml' 'vault init' vault log
quietly vault init
refuses 4 'nothing was committed' 'git add vault.toml' vault log
quietly vault set app/URL="$MARKER-1" app/PORT=1
commit one && one=$head
quietly vault set app/URL="$MARKER-2"
commit two && two=$head

# ---- one line of history

run vault log app/URL
status_is 0
is 'the newest first' "$(commits)" "$two $one"
is 'what was changed' "$(changes)" 'changed dev app/URL|added dev app/URL|'
stdout_has "  by me, 20" 'who sealed it, and when'
stdout_has "$(echo "$one" | cut -c1-10) 2023-11-14T22:14:20Z Test <test@example.org>" 'what git knows of the commit'
stdout_lacks "$MARKER" 'no value'
stderr_is ''
run vault log URL
is 'a key alone' "$(commits)" "$two $one"
run vault log app
is 'a secret: all of its keys' "$(changes)" 'changed dev app/URL|added dev app/PORT|added dev app/URL|'
run vault log --reveal URL
stdout_has "    - \"$MARKER-1\"${newline}    + \"$MARKER-2\"" '--reveal shows the values'
run vault log
is 'without a key all of it' "$(changes)" \
    'changed dev app/URL|added dev environment|added dev reader me|added dev secret app|added dev app/PORT|added dev app/URL|'
run sh -c '"$BIN" log --json --reveal app/URL | python3 -c "
import json, sys
for c in json.load(sys.stdin):
    print(c[\"commit\"][:7], c[\"what\"], c[\"env\"], c[\"secret\"], c[\"key\"], c.get(\"before\"), c[\"after\"], c[\"author\"])"'
stdout_is "$(echo "$two" | cut -c1-7) changed dev app URL $MARKER-1 $MARKER-2 me
$(echo "$one" | cut -c1-7) added dev app URL None $MARKER-1 me" '--json --reveal'
run vault log --json app/URL
stdout_lacks "$MARKER" '--json without --reveal has no value'
run vault log -n 1
is '-n: the newest' "$(commits)" "$two"
run vault log app/URL --max 9
is 'no more than there are' "$(commits)" "$two $one"
run vault log --since 2023-11-14T22:15:20Z
is '--since: a commit of that second' "$(commits)" "$two"
run vault log --since 2023-11-14
is '--since a day' "$(commits)" "$two $one"
run vault log --since 1h
status_is 0 'nothing since then'
stdout_is ''
run vault log --since 1h --json
stdout_is '[]'
run vault log -n 1 --json
ok '-n, as JSON, with whole ids' python3 -c "
import json
assert {c['commit'] for c in json.load(open('$STDOUT'))} == {'$two'}"
for word in 0 -1 x ''; do
    refuses 2 '' '' vault log "-n$word" app/URL
done
for word in 90 yesterday 2023-13-01 ''; do
    refuses 2 '' '' vault log --since "$word"
done
refuses 4 'dev never had a variable app/NOPE' 'vault log -e dev' vault log app/NOPE
refuses 2 'is neither SECRET/NAME nor NAME' '' vault log a/b/c
refuses 4 'prod never had a variable URL' '' vault log URL -e prod
refuses 4 'no version has an environment nope' 'vault env list' vault log -e nope --json

# Values that a terminal would act on, and that are no text.
quietly sh -c 'printf "\033[31m\377" | "$BIN" set app/ODD'
commit odd
run vault log --reveal ODD
stdout_has '+ "\x1b[31m\xff"' 'a value is escaped'
run vault log --reveal --json ODD
stdout_has '"after_base64": "G1szMW3/"' 'one that is no text is in base64'
ok 'as JSON' python3 -m json.tool "$STDOUT"

# ---- across rotations, removals, renames

quietly vault grant bob "$(public bob)"
commit grant && grant=$head
quietly vault rotate
commit rotation && rotation=$head
quietly vault revoke bob
commit revoke && revoke=$head
run vault log URL
is 'a rotation is no change of a value' "$(commits)" "$two $one"
run vault log
is 'but told of' "$(changes | cut -d'|' -f1-4)" \
    'rotated dev key|removed dev reader bob|rotated dev key|added dev reader bob'
is 'in these commits' "$(commits | cut -d' ' -f1-3)" "$revoke $rotation $grant"
quietly vault set app/URL="$MARKER-3"
commit three && three=$head
quietly vault delete app/URL -y
commit gone && gone=$head
quietly vault set app/URL="$MARKER-1"
commit again && again=$head
run vault log URL --reveal
is 'removed, and added again' "$(commits)" "$again $gone $three $two $one"
is 'what happened' "$(changes)" \
    'added dev app/URL|removed dev app/URL|changed dev app/URL|changed dev app/URL|added dev app/URL|'
quietly vault rename app/URL app/HOST
commit rename
run vault log HOST
is 'a key that was renamed begins anew' "$(changes)" 'added dev app/HOST|'

# One who came later reads what was before, by the past; one who left does not read on.
quietly vault grant bob "$(public bob)"
commit 'bob again'
run as bob vault log URL --reveal
stdout_has "+ \"$MARKER-1\"" 'a new reader reads history across rotations'
quietly vault revoke bob
commit 'bob left'
run as bob vault log URL
status_is 0 'who was a reader reads what there was'
stderr_has 'note: you cannot open all versions of dev'
quietly vault rotate --forget-past
commit forget
person carol
quietly vault grant carol "$(public carol)"
commit carol
run as carol vault log URL --reveal
stdout_lacks "$MARKER" 'a past that was forgotten is closed to a new reader'
run vault log URL --reveal
stdout_has "+ \"$MARKER-3\"" 'but not to who was a reader then'
rm "$IDENTITY"
run alone "$BIN" log
status_is 0 'without a key: names'
stdout_has 'app/PORT  (sealed)'
stdout_lacks "$MARKER"
cp -p "$TMP/keys/alice" "$IDENTITY"

# ---- branches

quietly git checkout -qb side
quietly vault set app/PORT=2
commit side && side=$head
quietly git checkout -q main
echo other >other
commit other
merge side
run vault log PORT
is 'what came by a merge is told once, where it was made' "$(commits)" "$side $one"
quietly git checkout -qb left
quietly vault set app/PORT=3
commit left && left=$head
quietly git checkout -q main
quietly vault set app/HOST=elsewhere
commit right
merge left
run vault log PORT
is 'both sides changed the file' "$(commits)" "$left $side $one"
quietly git checkout -qb dropped
quietly vault set app/PORT=4
commit dropped && dropped=$head
quietly git checkout -q main
quietly vault set app/HOST=here
commit here
merge -s ours dropped && ours=$head
run vault log PORT
is 'a merge that undoes what was made on a branch' "$(commits)" "$ours $dropped $left $side $one"
stdout_lacks 'app/HOST' 'and does nothing else'
quietly git checkout -qb behind HEAD~1
quietly git checkout -q main
quietly vault set app/PORT=5
commit five && five=$head
quietly git checkout -q behind
quietly vault set app/HOST=behind
commit behind
clock=$((clock + 60))
quietly git merge -q --no-ff -s ours -m undo main
undo=$(git rev-parse HEAD)
run vault log PORT
ok 'a merge that undoes a change is told of' matches "$(commits)" "$undo $five *"
quietly git checkout -q main

# Octopus.
quietly git checkout -qb arm1 main
quietly vault set app/HOST=arm1
commit arm1 && arm1=$head
quietly git checkout -qb arm2 main
quietly vault set app/PORT=arm2
commit arm2 && arm2=$head
quietly git checkout -qb arm3 main
echo arm3 >arm3
commit arm3
quietly git checkout -q main
merge arm1 arm2 arm3
is 'three parents and ours' "$(git log -n 1 --format=%P | wc -w)" 4
run vault log app
is 'an octopus: each change where it was made' "$(commits | cut -d' ' -f1-2 | tr ' ' '\n' | sort)" \
    "$(printf '%s\n' "$arm1" "$arm2" | sort)"

# ---- odd versions in between

quietly git checkout -q main
cp vault.toml "$TMP/sound"
{ echo '<<<<<<< HEAD' && cat "$TMP/sound"; } >vault.toml
commit conflict && conflict=$head
cp "$TMP/sound" vault.toml
quietly vault set app/PORT=6
commit six && six=$head
run vault log PORT
status_is 0 'a version with conflict markers is passed over'
stderr_has "note: $conflict: not a readable vault" 'which is said'
is 'and what came after is compared with what was before' "$(commits | cut -d' ' -f1)" "$six"
spoil first-key <vault.toml >damaged
mv damaged vault.toml
commit damaged && damaged=$head
run vault log PORT
status_is 5 'a version whose seals do not match'
stderr_has "note: $damaged: line" 'is named'
stderr_has 'hint: vault verify --history'
quietly git revert --no-edit HEAD
mended=$(git rev-parse HEAD)
run vault log PORT
stderr_lacks "$mended" 'and none that came after it'
rm vault.toml
commit deleted
refuses 4 'no vault.toml' '' vault log PORT
run vault log PORT -f vault.toml
status_is 5 'a file that is gone from the work tree has its history'
stdout_has 'removed  dev      app/PORT'
quietly git revert --no-edit HEAD

# ---- of one variable: what the whole log has of it

objects() { # VAULT-LOG-ARGUMENTS…: without the brackets and commas around them
    vault log --json -e dev "$@" 2>/dev/null | sed -n 's/,*$//; s/^  {/{/p'
}

objects | grep '"part": "value"' >"$TMP/objects"
sed 's/.*"secret": "\([^"]*\)", "key": "\([^"]*\)".*/\1\/\2/' "$TMP/objects" | sort -u >"$TMP/names"
while read -r name; do
    is "log $name: as in the whole log" "$(objects "$name")" \
        "$(grep "\"secret\": \"${name%/*}\", \"key\": \"${name#*/}\"" "$TMP/objects")"
done <"$TMP/names"

# ---- places

mkdir -p 'a b/c
d'
quietly git mv vault.toml 'a b/c
d/the "vault".toml'
commit move
cd 'a b/c
d'
run vault log PORT -f 'the "vault".toml'
is 'a file that was moved is followed' "$(commits | cut -d' ' -f1)" "$(git log -n 1 --format=%H HEAD~1)"
ok 'to its beginning' matches "$(commits)" "*$one"
quietly vault set app/PORT=7 -f 'the "vault".toml'
commit moved && moved=$head
run vault log PORT -f 'the "vault".toml'
ok 'and from it' matches "$(commits)" "$moved *$one"
cd "$WORK"
ln -s 'a b/c
d/the "vault".toml' link.toml
run vault log PORT -f link.toml
ok 'through a symlink' matches "$(commits)" "$moved *$one"
quietly git worktree add -q "$TMP/worktree"
cd "$TMP/worktree"
run vault log PORT -f "$(printf 'a b/c\nd/the "vault".toml')"
ok 'in another work tree' matches "$(commits)" "$moved *$one"
# As a hook, or an alias, runs it: git has said where the repository is, and not the work tree.
inside=$(printf 'a b/c\nd/the "vault".toml')
hook=$(git rev-parse --absolute-git-dir)
run env GIT_DIR="$hook" "$BIN" log PORT -f "$inside"
ok 'in a hook of that work tree' matches "$(commits)" "$moved *$one"
cd "$WORK"
run env GIT_DIR=.git GIT_LITERAL_PATHSPECS=1 "$BIN" log PORT -f "$inside"
ok 'in a hook' matches "$(commits)" "$moved *$one"
quietly git clone -q --depth 2 "file://$WORK" "$TMP/shallow"
cd "$TMP/shallow"
run vault log PORT -f "$(printf 'a b/c\nd/the "vault".toml')"
stderr_has 'note: this clone is shallow: earlier history is missing' 'a shallow clone says so'
stderr_has 'hint: git fetch --unshallow'
mkdir "$TMP/alone" && cd "$TMP/alone"
quietly vault init
refuses 4 'not in a git repository' 'git init' vault log
cd "$WORK"
run env PATH="$TMP/empty" "$BIN" log -f link.toml
status_is 1 'without git'
stderr_has 'vault: git was not found' 'which is said'
stderr_has 'hint: install git'

# A configuration that git log would follow changes nothing.
git config log.showRoot false
git config log.showSignature true
git config diff.relative true
git config log.follow true
git config color.ui always
git config diff.renames false
run vault log PORT -f link.toml
ok "settings of git log's change nothing" matches "$(commits)" "$moved *$one"

finish
