#!/bin/sh
# scan: the vault's values in the work tree, in paths and in what is staged; the hook's rules.
. "$(dirname "$0")/scene.sh"
command -v git >/dev/null || skip_all 'there is no git'

given git init -q .
given vault init -e dev,prod
given vault set "app/TOKEN=$MARKER" app/PORT=3000 app/HOST=localhost:8080 app/EMPTY= \
    app/URL="postgres://app:$MARKER@db.example/app"
given vault set -e prod "app/TOKEN=$MARKER" other/SAME="$MARKER" app/ONLY=prod-tulpe-0815 app/PORT=4000

# finds TEXT COMMAND…: it prints exactly that, and exits with 7
finds() {
    expected=$1
    shift
    run "$@"
    ok "$*: finds" or_tell found
}

found() {
    [ "$status" -eq 7 ] && same_text "$expected" "$STDOUT"
}

finds_nothing() { # COMMAND…
    run "$@"
    ok "$*: finds nothing" or_tell clean
}

clean() {
    [ "$status" -eq 0 ] && [ ! -s "$STDOUT" ]
}

# ---- the work tree

finds_nothing vault scan
stderr_has 'note: under 8 bytes, and not searched for: app/EMPTY in dev, app/PORT in dev, app/PORT in prod' \
    'what is left out is named: short ones'
stderr_has 'note: common words, and not searched for: app/HOST in dev' 'common words'
stderr_has 'note: searched for 3 values in 1 file: found in 0 places'
stderr_lacks 3000 'left out, and not shown'

printf 'one\ntwo = "%s" "%s"\n%s' "$MARKER" "$MARKER" "$MARKER" >tracked.txt
printf 'PORT 3000 on localhost:8080\nprod-tulpe-0815\n' >untracked.txt
printf '%s\n' "$MARKER" >ignored.txt
echo ignored.txt >.gitignore
git add tracked.txt .gitignore vault.toml
all="tracked.txt:2: app/TOKEN in dev, prod
tracked.txt:2: other/SAME in prod
tracked.txt:3: app/TOKEN in dev, prod
tracked.txt:3: other/SAME in prod
untracked.txt:2: app/ONLY in prod"
finds "$all" vault scan
stderr_has '4 files: found in 3 places' 'a line with two is one place'
finds "untracked.txt:2: app/ONLY in prod" vault scan untracked.txt
finds "tracked.txt:2: app/TOKEN in dev${newline}tracked.txt:3: app/TOKEN in dev" vault scan -e dev
stderr_lacks 'in prod' '-e: the others are not looked for'
finds "$all" vault scan -e dev,prod
finds "$all" vault scan -e dev -e prod
finds "$all" env VAULT_ENV=dev "$BIN" scan
mkdir -p below/er
cd below
finds "$(echo "$all" | sed 's|^|../|')" vault scan
cd ..
finds 'ignored.txt:1: app/TOKEN in dev, prod
ignored.txt:1: other/SAME in prod' vault scan ignored.txt
rm tracked.txt
finds 'untracked.txt:2: app/ONLY in prod' vault scan
git rm -q --cached tracked.txt
rm untracked.txt ignored.txt
finds_nothing vault scan

# ---- values within values, binary files, links, odd files

printf 'x postgres://app:%s@db.example/app\n' "$MARKER" >url
finds 'url:1: app/URL in dev
url:1: app/TOKEN in dev, prod
url:1: other/SAME in prod' vault scan
rm url
printf 'a\0b\nprod-tulpe-0815prod-tulpe-0815' >binary
finds 'binary: byte 4: app/ONLY in prod
binary: byte 19: app/ONLY in prod' vault scan
rm binary
ln -s prod-tulpe-0815 link
ln -s / everything
ln -s . itself
mkfifo pipe
finds 'link:1: app/ONLY in prod' vault scan
rm link everything itself
finds_nothing vault scan .
echo prod-tulpe-0815 >pointed
ln -s ../pointed below/link
finds 'below/link:1: app/ONLY in prod' vault scan below/link
finds_nothing vault scan below
rm pointed below/link pipe
odd=$(printf 'it'"'"'s\n"odd" \033[31m *')
echo prod-tulpe-0815 >"$odd"
finds "it's\\n\"odd\" \\x1b[31m *:1: app/ONLY in prod" vault scan
finds "it's\\n\"odd\" \\x1b[31m *:1: app/ONLY in prod" vault scan "$odd"
git add "$odd"
finds "it's\\n\"odd\" \\x1b[31m *:1: app/ONLY in prod" vault scan --staged
git rm -qf "$odd"
: >empty
finds_nothing vault scan empty
rm empty
mkdir nested
git init -q nested
echo prod-tulpe-0815 >nested/file
finds_nothing vault scan
finds 'nested/file:1: app/ONLY in prod' vault scan nested
echo prod-tulpe-0815 >nested/.git/description
rm nested/file
finds_nothing vault scan nested
finds 'nested/.git/description:1: app/ONLY in prod' vault scan nested/.git
rm -rf nested

echo prod-tulpe-0815 >"$TMP/input"
finds '-:1: app/ONLY in prod' sh -c '"$BIN" scan - <"$TMP/input"'
finds '-:2: app/ONLY in prod' sh -c '(echo; cat "$TMP/input") | "$BIN" scan -'
refuses 1 'cannot read -' '' sh -c '"$BIN" scan - <.'
mkfifo pipe
cat "$TMP/input" >pipe &
finds 'pipe:1: app/ONLY in prod' vault scan pipe
wait
rm pipe

# A value that lies across what is read at once, and far behind it.
head -c 262135 /dev/zero | tr '\0' '\n' >large
{
    echo prod-tulpe-0815
    yes 'a line of text, and another' | head -n 40000
    printf prod-tulpe-0815
} >>large
finds 'large:262136: app/ONLY in prod
large:302137: app/ONLY in prod' vault scan large
rm large

# ---- base64

for before in '' 1 12 123; do
    for after in '' 4 45; do
        printf 'data: %s\n' "$(printf '%s%s%s' "$before" prod-tulpe-0815 "$after" | base64 | tr -d =)" >encoded
        finds 'encoded:1: app/ONLY as base64 in prod' vault scan encoded
    done
done
given vault set -e prod "app/ONLY=????>>>>~~~~"
printf '%s' '????>>>>~~~~' | base64 | tr '+/' '-_' >encoded
finds 'encoded:1: app/ONLY as base64 in prod' vault scan encoded
given vault set -e prod app/ONLY=prod-tulpe-0815
rm encoded

# ---- the other forms

given vault set -e prod app/ONLY='prod tulpe/0815@'
printf 'A=1\nDATABASE_URL=https://app:prod%%20tulpe%%2F0815%%40@db.example\n' >plain.env
finds 'plain.env:2: app/ONLY as url in prod' vault scan
printf '{"a": "prod tulpe\\/0815@"}' >plain.env
finds 'plain.env:1: app/ONLY as json in prod' vault scan
printf '70726f642074756c70652F3038313540' | tr F f >plain.env
finds 'plain.env:1: app/ONLY as hex in prod' vault scan
given vault set -e prod app/ONLY=prod-tulpe-0815
rm plain.env

# ---- files of variables

printf '\357\273\277PORT=3000\n' >.env
finds '.env:1: app/PORT in dev' vault scan
printf '# ours\nexport PORT="3000"\nHOST=localhost:8080 # here\nOTHER=3000\nEMPTY=\n' >.env
finds '.env:2: app/PORT in dev
.env:3: app/HOST in dev' vault scan
mv .env .env.example
finds_nothing vault scan
mv .env.example prod.env
finds 'prod.env:2: app/PORT in dev
prod.env:3: app/HOST in dev' vault scan prod.env
rm prod.env

# ---- without git

mkdir "$TMP/plain" "$TMP/plain/sub"
cp vault.toml "$TMP/plain"
echo prod-tulpe-0815 >"$TMP/plain/sub/file"
cd "$TMP/plain"
finds 'sub/file:1: app/ONLY in prod' vault scan
mkdir "$TMP/no-git"
finds 'sub/file:1: app/ONLY in prod' env PATH="$TMP/no-git" "$BIN" scan
refuses 4 'not in a git work tree' '' vault scan --staged
refuses 4 'git is not installed' '' env PATH="$TMP/no-git" "$BIN" scan --staged
cd "$WORK"

# ---- for programs

if command -v python3 >/dev/null; then
    printf 'x\nprod-tulpe-0815\n' >found
    printf 'a\0prod-tulpe-0815' >"$(printf 'bin\377')"
    run vault scan --json
    status_is 7
    ok 'JSON: all that is known' python3 -c '
import json, sys
v = json.load(open(sys.argv[1]))
place = {"form": "plain", "env": "prod", "secret": "app", "key": "ONLY", "former": False}
assert v == [{"file": "bin\\xff", "offset": 2, **place}, {"file": "found", "line": 2, "offset": 2, **place}], v
' "$STDOUT"
    rm found bin*
    run vault scan --json
    status_is 0
    ok 'JSON: nothing' python3 -c 'import json, sys; assert json.load(open(sys.argv[1])) == []' "$STDOUT"
else
    skip 'JSON' 'there is no python3'
fi

# ---- what is staged

git commit -qm first
echo prod-tulpe-0815 >staged
git add staged
echo harmless >staged
echo prod-tulpe-0815 >unstaged
finds 'staged:1: app/ONLY in prod' vault scan --staged
cd below
finds 'staged:1: app/ONLY in prod' vault scan --staged
finds_nothing vault scan --staged .
finds 'staged:1: app/ONLY in prod' vault scan --staged ..
cd ..
git config diff.relative true
git config diff.renames copies
git config diff.external false
git config color.diff always
finds 'staged:1: app/ONLY in prod' vault scan --staged
git config --unset color.diff
git config --unset diff.external
git commit -qm staged
finds_nothing vault scan --staged
git mv staged renamed
finds 'renamed:1: app/ONLY in prod' vault scan --staged
git rm -qf renamed
finds_nothing vault scan --staged
ln -s prod-tulpe-0815 link
git add link
finds 'link:1: app/ONLY in prod' vault scan --staged
git rm -qf link
i=0
while [ $i -lt 150 ]; do
    i=$((i + 1))
    printf '%d\nprod-tulpe-0815%d\n' $i $i >many$i
done
git add 'many*'
run vault scan --staged
is 'many files' "$(wc -l <"$STDOUT" | tr -d ' ')" 150
git rm -qf 'many*'
rm unstaged
given git -c protocol.file.allow=always submodule --quiet add "$WORK/.git" sub
finds_nothing vault scan --staged
git rm -qf sub

# ---- what was a value once

given vault set app/WAS=former-value-0817 app/SHORT=old
git commit -qam 'vault: WAS'
given vault set app/WAS=newer-value-0818 app/SHORT=new
git commit -qam 'vault: WAS again'
given vault rotate -e dev
given vault delete app/WAS -y
git commit -qam 'vault: WAS is gone'
printf 'former-value-0817\nnewer-value-0818\nprod-tulpe-0815\n' >old
printf 'SHORT=old\n' >.env
finds 'old:3: app/ONLY in prod' vault scan
run vault scan --history
grep -v -E '^[0-9a-f]{10}:' "$STDOUT" >"$TMP/tree"
is '--history: the files' "$(cat "$TMP/tree")" '.env:1: app/SHORT in dev (former)
old:1: app/WAS in dev (former)
old:2: app/WAS in dev (former)
old:3: app/ONLY in prod'
ok 'a key is left out once' test "$(grep -o 'app/SHORT in dev' "$STDERR" | wc -l)" -eq 1
finds 'old:3: app/ONLY in prod' vault scan --history -e prod old
git add old
finds 'old:1: app/WAS in dev (former)
old:2: app/WAS in dev (former)
old:3: app/ONLY in prod' vault scan --history --staged
git rm -qf old
rm .env

# What a template made once: its source has changed since, and so has the template.
given vault set --template 'app/DSN=db://{{ PART | url }}@host' 'app/PART=first part 0817'
git commit -qam 'vault: DSN'
given vault set 'app/PART=second part 0818'
git commit -qam 'vault: PART'
given vault set 'app/PART=third part 0819'
printf 'db://first%%20part%%200817@host\ndb://third%%20part%%200819@host\ndb://second%%20part%%200818@host\n' >dsn
finds "dsn:2: app/DSN in dev
dsn:2: app/PART as url in dev" vault scan dsn
finds "dsn:1: app/DSN in dev (former)
dsn:1: app/PART as url in dev (former)
dsn:2: app/DSN in dev
dsn:2: app/PART as url in dev
dsn:3: app/DSN in dev (former)
dsn:3: app/PART as url in dev (former)" vault scan --history -e dev dsn
finds_nothing vault scan --history -e prod dsn
given vault delete app/DSN app/PART -y
rm dsn
git commit -qam 'vault: no DSN'

# ---- what git still has

version_of() { # COMMIT
    git rev-parse "$1" | cut -c1-10
}
given git init -q "$TMP/kept"
cp vault.toml "$TMP/kept"
cd "$TMP/kept"
git add vault.toml
git commit -qm vault
finds_nothing vault scan --history
echo "TOKEN=$MARKER" >.env
git add .env
git commit -qm leak
leak=$(version_of HEAD)
git commit -q --allow-empty -m later
git rm -q .env
git commit -qm gone
finds_nothing vault scan
finds "$leak:.env:1: app/TOKEN in dev, prod
$leak:.env:1: other/SAME in prod" vault scan --history
stderr_has ' versions in git' 'how many were searched'
finds "$leak:.env:1: app/TOKEN in dev" vault scan --history -e dev
finds_nothing vault scan --history vault.toml
run vault scan --history -e dev --json
stdout_has "\"commit\": \"$(git rev-parse HEAD~2)\", \"file\": \".env\"" 'json: the commit'
git checkout -q -b other HEAD~3
printf '\0%s' "$MARKER" | git hash-object -w --stdin >"$TMP/blob"
git update-index --add --cacheinfo "100644,$(cat "$TMP/blob"),a b/é"
git commit -qm binary
git tag kept
git checkout -q -
git branch -q -D other
finds "$(version_of kept):a b/é: byte 1: app/TOKEN in dev
$leak:.env:1: app/TOKEN in dev" vault scan --history -e dev
cd "$WORK"
rm -rf "$TMP/kept"

git clone -q --depth 1 "file://$WORK" "$TMP/shallow"
cd "$TMP/shallow"
refuses 1 'this clone is shallow' 'git fetch --unshallow' sh -c '"$BIN" scan --history 2>"$TMP/err"; r=$?; grep -v ^note "$TMP/err" >&2; exit $r'
cd "$WORK"
refuses 4 "is not in a git repository" "git init" sh -c 'cd "$TMP/plain" && rm -r sub && "$BIN" scan --history'

# ---- what cannot be read or opened

refuses 4 'cannot read nowhere' '' vault scan nowhere
refuses 2 'does not take --' '' vault scan --all
refuses 4 'no environment x' '' vault scan -e x
refuses 4 'no environment x' '' vault scan -e dev,x
if is_ordinary 'a file that is shut'; then
    echo prod-tulpe-0815 >found
    echo x >secret
    chmod 0 secret
    run vault scan
    status_is 7 'a file that cannot be read: the others are looked through'
    stderr_has 'cannot read secret' 'and it is named'
    rm found
    run vault scan
    status_is 1 'a file that cannot be read: nothing found is no success'
    rm -f secret
fi
for output in '>&-' '>/dev/full'; do
    echo prod-tulpe-0815 >found
    run sh -c "\"\$BIN\" scan $output"
    status_is 1 "stdout is $output: exit status 1"
    rm found
done

mv "$IDENTITY" "$TMP/kept.key"
refuses 3 'no key was given' 'vault grant' alone "$BIN" scan
refuses 3 'no key was given' 'vault grant' alone "$BIN" scan -e prod
mv "$TMP/kept.key" "$IDENTITY"
given vault keygen -o "$TMP/half.key"
half=$(cat "$STDOUT")
given vault grant half "$half" -e dev
echo prod-tulpe-0815 >found
finds_nothing vault scan --identity "$TMP/half.key"
stderr_has 'note: you cannot open these, so their values are not searched for: prod' 'what does not open is named'
refuses 3 'none of the keys' '' vault scan --identity "$TMP/half.key" -e prod
finds 'found:1: app/ONLY in prod' vault scan
rm found

pins=$XDG_STATE_HOME/vault/pins
rm "$pins"
finds_nothing vault scan
ok 'no pin is made' not test -e "$pins"
refuses 5 'its key is not the one that was asked for' '' vault scan --pin dev=AAAAAAAAAAAAAAAAAAAAAA

cp vault.toml whole.toml
sed '/^\[prod.app\]/,$s/^created-by = .*/created-by = "mallory"/' whole.toml >vault.toml
refuses 5 '' '' vault scan
given vault scan -e dev
printf '<<<<<<< ours\n' >>vault.toml
refuses 6 '' '' vault scan
mv whole.toml vault.toml

# ---- the hook

hook() {
    run vault scan --staged --hook
}

git add -A
git commit -qm state
hook
status_is 0 'hook: nothing is staged'
stderr_is '' 'hook: nothing is said'
printf 'PORT=3000\n' >.env
git add -f .env
hook
status_is 7 'hook: a .env with a short value'
stdout_is '.env:1: app/PORT in dev'
stderr_has 'vault: values of the vault are staged as plain text' 'hook: says why'
stderr_has 'hint: git restore --staged FILE unstages a file; git commit --no-verify' 'hook: and what to do'
git rm -qf --cached .env
printf 'PORT=5000\nNEW=3000\n' >.env
git add -f .env
hook
status_is 0 'hook: a .env with other values'
stderr_has 'under 8 bytes, and not searched for: ' 'hook: says what it leaves out'
stderr_has 'common words, and not searched for: app/HOST in dev' 'hook: common words too'
entry=$(sed -n 's/^  entry: vault //p' "$TOP/.pre-commit-hooks.yaml")
is 'the entry for the pre-commit framework is the hook' "$entry" 'scan --staged --hook'
git config vault.strict true
hook
status_is 1 'strict: what was left out stops the commit'
stderr_has 'vault.strict' 'strict: says why'
git config vault.strict sometimes
hook
status_is 1 'strict: what git cannot read is strict'
run vault scan --staged
status_is 0 'strict: is about the hook'
git config vault.strict false
hook
status_is 0 'not strict'
git config --unset vault.strict
git rm -qf .env

mv "$IDENTITY" "$TMP/kept.key"
echo prod-tulpe-0815 >found
git add found
hook
status_is 0 'hook: without a key the commit passes'
stderr_is 'note: you cannot open these, so their values are not searched for: dev, prod' 'hook: and says so'
run pty -- "$BIN" scan --staged --hook
status_is 0 'hook: on a terminal too'
mv "$TMP/kept.key" "$IDENTITY"
mkdir protected
given pty --expect 'new passphrase' --secret 'a tulip in may' --expect 'passphrase again' --secret 'a tulip in may' \
    -- "$BIN" init --passphrase -f protected/vault.toml
mv "$IDENTITY" "$TMP/kept.key"
run pty -- "$BIN" scan --staged --hook -f protected/vault.toml
status_is 0 'hook: a passphrase is not asked for'
stdout_is "note: you cannot open these, so their values are not searched for: dev
hint: vault unlock -e dev" 'hook: no question'
git config vault.strict true
run vault scan --staged --hook -f protected/vault.toml
status_is 1 'strict: a locked environment stops the commit'
git config --unset vault.strict
mv "$TMP/kept.key" "$IDENTITY"
rm -rf protected
git rm -qf found

run vault scan --staged --hook -f nowhere.toml
status_is 0 'hook: no vault'
stderr_is '' 'hook: no vault, no word'
cp vault.toml whole.toml
printf 'x = 1\n' >>vault.toml
echo prod-tulpe-0815 >found
git add found
hook
status_is 0 'hook: a work tree whose vault is damaged does not hold up others'
stderr_has 'note: so not all values were searched for' 'hook: and says so'
git rm -qf found
git add vault.toml
hook
status_is 1 'hook: a damaged vault is not committed'
stderr_has 'hint: git restore --staged' 'hook: and what to do'
sed '/^\[prod.app\]/,$s/^created-by = .*/created-by = "mallory"/' whole.toml >vault.toml
git add vault.toml
cp whole.toml vault.toml
hook
status_is 5 'hook: nor one whose seals do not hold, whatever the work tree has'
printf '<<<<<<< ours\n=======\n>>>>>>> theirs\n' >>vault.toml
git add vault.toml
cp whole.toml vault.toml
hook
status_is 6 'hook: nor one with conflict markers'
mv "$IDENTITY" "$TMP/kept.key"
hook
status_is 6 'hook: not without a key either'
mv "$TMP/kept.key" "$IDENTITY"
cp whole.toml vault.toml
given vault set app/NEW=other-value-0816
git add vault.toml
hook
status_is 0 'hook: a whole one is'
rm whole.toml

finish
