#!/bin/sh
# diff: two versions by name; and what git shows in its own diffs.
. "$(dirname "$0")/repository.sh"

changes() { # what was printed, without dates and keys
    sed 's/  by .*//; s/  age1.*//; s/\( key\)  .*/\1/; s/  */ /g; s/ $//' "$STDOUT" | tr '\n' '|'
}

person alice bob eve
quietly vault init -e dev,prod
refuses 4 'nothing was committed' 'git add vault.toml' vault diff
refuses 4 'nothing was committed' 'git add vault.toml' vault diff HEAD~1
quietly vault set app/URL="$MARKER-1" app/PORT=1
quietly vault set db/PASSWORD="$MARKER-p" -e prod
commit one && one=$head

# ---- the work tree

run vault diff
status_is 0 'nothing differs'
stdout_is ''
stderr_is ''
run vault diff --json
stdout_is '[]'
quietly vault set app/URL="$MARKER-2" app/NEW=
quietly vault delete app/PORT -y
run vault diff
status_is 0
is 'what differs, by name' "$(changes)" 'removed dev app/PORT|changed dev app/URL|added dev app/NEW|'
stdout_has 'by me, 20' 'by whom, and when'
stdout_lacks "$MARKER" 'no value'
run vault diff --reveal
stdout_has "    - \"$MARKER-1\"${newline}    + \"$MARKER-2\"" 'the values'
stdout_has "added    dev      app/NEW" 'an empty one too'
stdout_has '    + ""'
run vault diff --json --reveal
ok 'as JSON' python3 -c "
import json
d = {x['key']: x for x in json.load(open('$STDOUT'))}
assert d['URL']['before'] == '$MARKER-1' and d['URL']['after'] == '$MARKER-2', d
assert d['NEW']['what'] == 'added' and d['NEW']['after'] == '' and 'before' not in d['NEW'], d
assert d['PORT']['what'] == 'removed' and d['PORT']['before'] == '1', d
assert d['URL']['author'] == 'me' and d['URL']['part'] == 'value' and d['URL']['opened'], d"
run vault diff -e prod
stdout_is '' 'one environment alone'
refuses 4 'neither version has an environment nope' 'vault env list' vault diff -e nope
commit two && two=$head

# ---- revisions

quietly vault grant bob "$(public bob)" -e prod
quietly vault env create stage --like prod
quietly vault rotate -e dev
commit three
run vault diff HEAD~1 HEAD
is 'access: readers, environments, rotations' "$(changes)" \
    'rotated dev key|added prod reader bob|added stage environment|added stage reader bob|added stage reader me|'
run vault diff HEAD HEAD~1
is 'the other way round' "$(changes)" \
    'replaced dev key|removed prod reader bob|removed stage environment|removed stage reader bob|removed stage reader me|'
quietly git tag v1 HEAD~2
run vault diff v1
is 'a revision and the work tree, across a rotation' "$(changes | tr '|' '\n' | grep ' app/')" \
    "removed dev app/PORT${newline}changed dev app/URL${newline}added dev app/NEW"
run vault diff "$one" "$two"
is 'two ids' "$(changes)" 'removed dev app/PORT|changed dev app/URL|added dev app/NEW|'
refuses 4 'git knows no revision nope' 'git log' vault diff nope
refuses 4 'git knows no revision v1..HEAD' '' vault diff v1..HEAD
refuses 2 'too many operands' '' vault diff a b c
refuses 2 'does not take --output' '' vault diff --output=x HEAD
ok 'no file was made' test ! -e x
quietly git rm -q --cached vault.toml
quietly git commit -qm gone
refuses 4 'there is no vault.toml in HEAD' '' vault diff
quietly git reset -q --hard HEAD~1

# ---- without keys, damaged, in conflict

run as bob vault diff v1
is 'what is not open is compared as it is sealed' "$(changes | tr '|' '\n' | grep -c 'app/')" 2
stderr_has 'note: you cannot open dev' 'which is said'
run as eve vault diff "$one" "$two"
stdout_has 'app/URL  (sealed)' 'under the same key a changed line is a changed value'
rm -r "$XDG_CONFIG_HOME/vault"
run alone "$BIN" diff v1 --reveal
status_is 0 'without any key'
stdout_lacks "$MARKER"
mkdir "$XDG_CONFIG_HOME/vault" && cp -p "$TMP/keys/alice" "$IDENTITY"
cp vault.toml sound
spoil first-key <sound >vault.toml
cp vault.toml damaged
refuses 5 'was changed by somebody who cannot open it' '' vault diff
refuses 5 'was changed by somebody who cannot open it' '' vault diff HEAD --reveal
unchanged 'a damaged file stays as it is' vault.toml damaged
{ echo '<<<<<<< HEAD' && cat sound; } >vault.toml
refuses 6 'conflict markers' '' vault diff
run vault diff v1 HEAD
status_is 0 'two revisions, while the file is in conflict'
mv sound vault.toml
rm damaged

# ---- a file that was moved

mkdir 'a b'
quietly git mv vault.toml 'a b/x.toml'
commit move
quietly vault set app/URL="$MARKER-3" -f 'a b/x.toml'
run vault diff v1 -f 'a b/x.toml'
stdout_has 'changed  dev      app/URL' 'it is found under its path of then'
run vault diff v1 "$two" -f 'a b/x.toml'
stdout_has 'changed  dev      app/URL' 'twice'
run vault diff "$(git rev-list --max-parents=0 HEAD)~0" -f 'a b/x.toml'
status_is 0 'to its beginning'
quietly git mv 'a b/x.toml' vault.toml
commit 'moved back'

# ---- git's own diffs

echo 'vault.toml diff=vault' >.gitattributes
git config diff.vault.textconv "'$BIN' diff --textconv"
commit attributes
run vault diff --textconv vault.toml
status_is 0
stdout_lacks "$MARKER"
ok 'a mark for each value' grep -q '^dev app/URL [0-9a-f]\{10\}$' "$STDOUT"
ok 'names of readers' grep -q "^prod reader bob X25519 $(public bob)\$" "$STDOUT"
cp "$STDOUT" "$TMP/before"
quietly vault rotate -e dev
run vault diff --textconv vault.toml
is 'a rotation changes no mark' "$(grep ' app/' "$STDOUT")" "$(grep ' app/' "$TMP/before")"
run git diff
is 'git diff shows the new key, and no value' \
    "$(grep -c '^[-+]dev key ' "$STDOUT") $(grep -c '^[-+].* app/' "$STDOUT")" '2 0'
quietly vault set app/URL="$MARKER-4"
run git diff
is 'nor what did not change' "$(sed -n 's/^\([-+]dev app[^ ]*\) .*/\1/p' "$STDOUT" | tr '\n' ' ')" \
    '-dev app/URL +dev app/URL '
commit four
run git log -p -- vault.toml
status_is 0 'git log -p'
stdout_has '+dev app/URL '
stdout_lacks "$MARKER"
stderr_is ''
rm "$IDENTITY"
run alone git diff HEAD~1
status_is 0 'without a key'
ok 'the marks are of what is sealed' grep -q '^+dev app/URL sealed:[0-9a-f]\{10\}$' "$STDOUT"
cp -p "$TMP/keys/alice" "$IDENTITY"
chmod 644 "$IDENTITY"
run git diff HEAD~1
status_is 0 'a key that is refused is none'
chmod 600 "$IDENTITY"

# A passphrase is never asked for: git runs this for each version.
quietly vault init -f pass.toml --reader me="$(public alice)"
sed 's/^me = /team = /; s/^\[vault.env.dev\]/[vault.passphrases]\nteam = "AAAA"\n\n&/' pass.toml >team.toml
rm "$IDENTITY"
run pty --expect 'passphrase of team' --secret '' -- "$BIN" get KEY -f team.toml
stdout_has 'passphrase of team' 'a verb would ask'
run pty -- "$BIN" diff --textconv team.toml
status_is 0 'a passphrase is not asked for'
stdout_lacks 'passphrase of'
cp -p "$TMP/keys/alice" "$IDENTITY"

# Whatever is no vault is shown as it is, and git goes on.
printf 'no vault\n<<<<<<< x\n' >vault.toml
run git diff
status_is 0
stdout_has '+<<<<<<< x' 'a file with conflict markers'
: >vault.toml
run git diff
status_is 0 'an empty one'
git show HEAD:vault.toml | spoil first-key >vault.toml
run git diff
status_is 0
stdout_has '+dev key DAMAGED' 'one whose seals do not match is marked'
refuses 1 'cannot read nope' '' vault diff --textconv nope
refuses 2 'takes one file' '' vault diff --textconv
refuses 2 'takes one file' '' vault diff --textconv a --reveal

# ---- two environments of the file, which need no git

mkdir "$TMP/apart" && cd "$TMP/apart" || exit 1
quietly vault init -e dev,prod --reader me="$(public alice)"
quietly vault set app/URL="$MARKER-1" app/SAME="$MARKER-0" app/ALONE="$MARKER-2"
quietly vault set app/URL="$MARKER-3" app/SAME="$MARKER-0" db/PASSWORD="$MARKER-4" -e prod
quietly vault set --open app/LEVEL=debug
quietly vault set --open app/LEVEL=info -e prod
run vault diff -e dev,prod
status_is 0
stderr_is ''
is 'what only one has, what both' "$(sed 's/   */  /g' "$STDOUT" | tr '\n' '|')" \
    'only in dev  app/ALONE|different  app/LEVEL|  dev "debug"|  prod "info"|same  app/SAME|different  app/URL|only in prod  db/PASSWORD|'
stdout_lacks "$MARKER" 'no value'
run vault diff -e prod -e dev
is 'in two options' "$(grep -c '^only in' "$STDOUT")" 2
run vault diff -e dev,prod --reveal
stdout_has "    dev \"$MARKER-1\"${newline}    prod \"$MARKER-3\"" 'the values'
stdout_lacks "$MARKER-0" 'but not one that is the same'
run vault diff -e dev,prod --json
ok 'as JSON' python3 -c "
import json
d = {x['key']: x for x in json.load(open('$STDOUT'))}
assert d['app/URL']['what'] == 'different' and d['app/SAME']['what'] == 'same', d
assert d['db/PASSWORD'] == {'key': 'db/PASSWORD', 'what': 'only', 'env': 'prod'}, d"
refuses 2 'two environments' 'diff -h' vault diff -e dev,prod,stage
refuses 2 'two environments' 'diff -h' vault diff -e dev,prod HEAD
refuses 4 'no environment stage' '' vault diff -e dev,stage
refuses 4 '' 'vault diff -e dev,prod' vault diff dev prod
refuses 4 '' 'vault diff -e dev,prod' vault diff prod
quietly git init -q
commit one
refuses 4 'git knows no revision dev' 'vault diff -e dev,prod' vault diff dev prod
refuses 4 'git knows no revision nope' 'git log' vault diff nope prod
stderr_lacks 'diff -e'
sed '/^\[prod.app\]/,$s/^created-by = .*/created-by = "mallory"/' vault.toml >forged.toml
refuses 5 '' '' vault diff -e dev,prod -f forged.toml
rm "$IDENTITY" forged.toml
run alone "$BIN" diff -e dev,prod
status_is 0 'without a key'
stderr_has 'you cannot open dev'
is 'only names are compared' "$(sed 's/   */  /g' "$STDOUT" | tr '\n' '|')" \
    'only in dev  app/ALONE|in both  app/LEVEL  (not compared)|in both  app/SAME  (not compared)|in both  app/URL  (not compared)|only in prod  db/PASSWORD|'

finish
