#!/bin/sh
# git-setup in real clones: what git then does, what was there before, and that nothing is left.
. "$(dirname "$0")/scene.sh"
command -v git >/dev/null || skip_all 'there is no git'

# As git's shell is told of it.
PROGRAM=$BIN
case $BIN in
*[!A-Za-z0-9/._-]*) PROGRAM="'$BIN'" ;;
esac

repository() { # NAME: a new one with a vault, which is where we then are
    cd "$WORK"
    given git init -q "$1"
    cd "$1"
    given vault init
    given vault set app/TOKEN="$MARKER"
}

attribute() { # NAME FILE
    git check-attr -z "$1" -- "$2" | tr '\0' '\n' | sed -n '$p'
}

config() {
    git config --local --get "$1" || :
}

# Everything of a repository but its objects and index, with modes.
snapshot() { # FOLDER
    (cd "$1" && {
        find . \( -name objects -o -name index \) -prune -o -exec stat -c '%A %N' {} +
        find . \( -name objects -o -name index \) -prune -o -type f -exec cksum {} +
    } | sort)
}

# What git prints beside our messages is no message of ours, but must not hold the value either.
commit() { # ARGUMENT…
    cp "$SAID" "$TMP/said-before"
    run git commit -q "$@"
    cat "$STDOUT" "$STDERR" >>"$TMP/committed"
    cp "$TMP/said-before" "$SAID"
}

restored() { # NAME, of what git-setup and git-setup --uninstall have done in $PWD
    snapshot . >"$TMP/before"
    given vault git-setup
    snapshot . >"$TMP/between"
    given vault git-setup
    snapshot . >"$TMP/again"
    ok "$1: to do it twice changes nothing" cmp "$TMP/between" "$TMP/again"
    ok "$1: it does something" not cmp -s "$TMP/before" "$TMP/between"
    given vault git-setup --uninstall
    snapshot . >"$TMP/after"
    ok "$1: --uninstall takes exactly ours away" diff "$TMP/before" "$TMP/after"
    given vault git-setup --uninstall
    snapshot . >"$TMP/after"
    ok "$1: and twice is no error" diff "$TMP/before" "$TMP/after"
}

refused_commit() { # NAME: the value cannot be committed here
    echo "token = $MARKER" >leak.txt
    git add leak.txt
    commit -m leak
    ok "$1: a commit with a value is refused" or_tell test "$status" -eq 1
    stderr_has 'leak.txt:1: app/TOKEN in dev' "$1: and says where it is"
    git rm -qf --cached leak.txt
    rm leak.txt
}

harmless=0
accepted_commit() { # NAME
    harmless=$((harmless + 1))
    echo "$harmless" >harmless.txt
    git add harmless.txt
    commit -m harmless
    ok "$1: any other commit passes" or_tell test "$status" -eq 0
    stderr_is '' "$1: without a word"
}

# ---- a fresh clone

repository plain
restored 'a fresh clone'
given vault git-setup
stderr_has 'note: commit .gitattributes'
for attribute in 'text set' 'eol lf' 'diff vault' 'merge vault'; do
    is "git knows the attribute $attribute" "$(attribute "${attribute% *}" vault.toml)" "${attribute#* }"
done
is 'the diff driver' "$(config diff.vault.textconv)" "$PROGRAM diff --textconv"
is 'the merge driver' "$(config merge.vault.driver)" \
    "$PROGRAM merge %O %A %B --path %P --marker-size %L"
is 'ancestors are not merged by it' "$(config merge.vault.recursive)" binary
ok 'the merge driver has a name' test -n "$(config merge.vault.name)"
git add -A
commit -m first
status_is 0 'the vault itself is committed'
refused_commit 'a fresh clone'
accepted_commit 'a fresh clone'
given vault set app/TOKEN="$MARKER-2" app/NEW=tulpe-0815
run git diff
status_is 0 'git diff goes through the driver'
stdout_has 'NEW' 'git diff shows names'
stdout_lacks tulpe-0815 'and no value'
stdout_lacks "$(grep '^NEW = ' vault.toml)" 'nor what is sealed'
git checkout -q vault.toml
git checkout -q -b side
given vault set app/ONE=first-0815
git commit -q -a -m one
git checkout -q main
given vault set app/OTHER=second-0815
git commit -q -a -m other
run git merge -q -m both side
status_is 0 'git merge goes through the driver, which merges what lines would not'
is 'both are there' "$(vault get app/ONE):$(vault get app/OTHER)" first-0815:second-0815
mkdir -p deep/er
cd deep/er
given vault git-setup
cd ../..
ok 'from a folder below: nothing new' test -z "$(git status --porcelain)"
ln -s plain/vault.toml ../link.toml
given vault git-setup -f ../link.toml
ok 'by way of a link: nothing new' test -z "$(git status --porcelain)"
rm ../link.toml
refuses 4 'no-such.toml' '' vault git-setup -f no-such.toml
refuses 2 'does not take --' '' vault git-setup --staged
refuses 2 'too many operands' '' vault git-setup here

# ---- what is no work tree

cd "$WORK"
mkdir bare-folder
cd bare-folder
given vault init
refuses 4 'not in a git work tree: ./vault.toml' 'git init' vault git-setup -f ./vault.toml
git init -q --bare
refuses 4 'not in a git work tree' 'git init' vault git-setup
refuses 4 'not in a git work tree' 'git init' vault git-setup --uninstall

# ---- files that were there before

repository attributes
printf '*.c text' >.gitattributes
restored 'attributes that end without a newline'
: >.gitattributes
restored 'attributes that are empty'
printf '*.toml -text -diff merge=ours\r\n' >.gitattributes
restored 'attributes that say something else'
given vault git-setup
is 'ours count: eol' "$(attribute eol vault.toml)" lf
is 'ours count: merge' "$(attribute merge vault.toml)" vault
ok 'theirs stand' grep -q '^\*.toml -text -diff merge=ours' .gitattributes
given vault git-setup --uninstall
echo '* text=auto eol=lf diff=vault merge=vault' >.gitattributes
cp .gitattributes kept
given vault git-setup
unchanged 'attributes that suffice are not written' .gitattributes kept
rm .gitattributes
ln -s kept .gitattributes
refuses 1 '/.gitattributes: a symbolic link' '' vault git-setup
rm .gitattributes

repository driver
git config diff.vault.textconv 'cat'
refuses 1 'diff.vault.textconv is set already, and not by vault' 'git config --unset diff.vault.textconv' \
    vault git-setup
given vault git-setup --uninstall
is 'what is not ours stays' "$(config diff.vault.textconv)" cat
git config --unset diff.vault.textconv
git config diff.vault.textconv '/old/vault diff --textconv'
given vault git-setup
is 'a program that was moved is mended' "$(config diff.vault.textconv)" "$PROGRAM diff --textconv"
sed "s|$BIN|/old/vault|" .git/hooks/pre-commit >hook
cat hook >.git/hooks/pre-commit
given vault git-setup
ok 'and so is the hook' not grep -q /old/vault .git/hooks/pre-commit
is 'which has our lines once' "$(grep -c 'vault: begin' .git/hooks/pre-commit)" 1

# ---- hooks that were there before

hook() { # TEXT: a hook that was there before
    rm -f .git/hooks/pre-commit
    printf '%b' "$1" >.git/hooks/pre-commit
    chmod 755 .git/hooks/pre-commit
}

called() { # NAME: the hook that was there is called, and has its say
    given vault git-setup
    rm -f called
    refused_commit "$1"
    accepted_commit "$1"
    ok "$1: it is still called" test -e called
    touch forbidden
    echo more >>harmless.txt
    git add harmless.txt
    commit -m forbidden
    ok "$1: and can still refuse" or_tell test "$status" -eq 1
    rm -f forbidden
    git reset -q
    given vault git-setup --uninstall
}

repository hooks
git add vault.toml
git commit -qm first
sh_body='touch called\n[ ! -e forbidden ] || exit 1\nexit 0\n'
hook "#!/bin/sh\n$sh_body"
restored 'a hook in sh'
called 'a hook in sh'
hook "#!/bin/sh\n\n\ntouch called\n[ ! -e forbidden ]"
restored 'a hook that ends without a newline'
called 'a hook that ends without a newline'
hook "#! /usr/bin/env -S sh -e\n$sh_body"
restored 'a hook by env'
called 'a hook by env'
hook '#!/bin/sh'
restored 'a hook of one line'
chmod 700 .git/hooks/pre-commit
restored 'a hook for oneself'
if there_is bash 'a hook in bash'; then
    hook "#!/usr/bin/env bash\nset -euo pipefail\n[[ 1 == 1 ]]\n$sh_body"
    restored 'a hook in bash'
    called 'a hook in bash'
fi
if there_is python3 'a hook in python'; then
    hook "#!/usr/bin/env python3\nimport os, sys\nopen('called', 'w')\nsys.exit(os.path.exists('forbidden'))\n"
    restored 'a hook in python'
    called 'a hook in python'
    given vault git-setup
    is 'it is kept beside ours' "$(head -n 1 .git/hooks/pre-commit.before-vault)" '#!/usr/bin/env python3'
    given vault git-setup --uninstall
    touch .git/hooks/pre-commit.before-vault
    run vault git-setup
    status_is 1 'a file in the way of the one that is kept: refused'
    stderr_has '/.git/hooks/pre-commit.before-vault already exists' 'and named'
    is 'and the hook is as it was' "$(head -n 1 .git/hooks/pre-commit)" '#!/usr/bin/env python3'
    rm .git/hooks/pre-commit.before-vault
    given vault git-setup --uninstall
fi
hook "#!/bin/sh\nexit 1\n"
chmod 644 .git/hooks/pre-commit
restored 'a hook that git does not run'
given vault git-setup
accepted_commit 'a hook that git does not run stays out of it'
refused_commit 'a hook that git does not run'
given vault git-setup --uninstall
printf '%b' "#!/bin/sh\n$sh_body" >real-hook
chmod 755 real-hook
rm .git/hooks/pre-commit
ln -s ../../real-hook .git/hooks/pre-commit
cp real-hook kept-hook
restored 'a hook that is a link'
called 'a hook that is a link'
unchanged 'what it points to is not touched' real-hook kept-hook
rm .git/hooks/pre-commit real-hook kept-hook

# ---- core.hooksPath

repository husky
git add vault.toml
git commit -qm first
mkdir .husky
printf '#!/usr/bin/env sh\ntouch called\n[ ! -e forbidden ]\n' >.husky/pre-commit
chmod 755 .husky/pre-commit
git config core.hooksPath .husky
restored 'core.hooksPath in the work tree'
called 'core.hooksPath in the work tree'
mkdir below
cd below
given vault git-setup
cd ..
ok 'it counts from the top' test ! -e below/.husky
ok 'and the usual folder is left alone' test ! -e .git/hooks/pre-commit
given vault git-setup --uninstall
git config core.hooksPath made/on/demand
given vault git-setup
refused_commit 'core.hooksPath that is not there yet'
given vault git-setup --uninstall
git config core.hooksPath "$TMP/our hooks"
given vault git-setup
refused_commit 'core.hooksPath elsewhere, with a space'
given vault git-setup --uninstall
git config --unset core.hooksPath
git config --global core.hooksPath "$TMP/everybody"
run vault git-setup
status_is 1 'hooks of all repositories: refused'
stderr_has "core.hooksPath is $TMP/everybody for all repositories" 'and says so'
stderr_has 'hint: git config core.hooksPath FOLDER' 'with what to do'
ok 'nothing is made there' test ! -e "$TMP/everybody"
is 'the drivers are set' "$(config merge.vault.driver)" "$PROGRAM merge %O %A %B --path %P --marker-size %L"
git config --global core.hooksPath .githooks
given vault git-setup
refused_commit 'a global core.hooksPath that each repository has for itself'
ok 'it is made there' test -x .githooks/pre-commit
git config --global --unset core.hooksPath

# husky writes .husky/_ with each install; its hooks there run those in .husky, with sh -e.
repository generated
husky() {
    rm -rf .husky/_
    mkdir -p .husky/_
    echo '*' >.husky/_/.gitignore
    printf '%s\n' '#!/usr/bin/env sh' 's=$(dirname "$(dirname "$0")")/pre-commit' \
        '[ ! -f "$s" ] && exit 0' 'sh -e "$s" "$@"' >.husky/_/pre-commit
    chmod 755 .husky/_/pre-commit
}
husky
git config core.hooksPath .husky/_
for kind in none script; do
    [ "$kind" = none ] || printf 'touch called\n[ ! -e forbidden ]\n' >.husky/pre-commit
    run vault git-setup
    stderr_has '.husky/pre-commit, which husky runs: commit it' "husky, $kind: where the hook is"
    husky
    refused_commit "husky, $kind: the hook outlives an install"
    accepted_commit "husky, $kind"
    run vault doctor
    stdout_has 'commits are scanned' "husky, $kind: doctor sees it"
    given vault git-setup --uninstall
done
is 'and uninstall leaves what was there' "$(cat .husky/pre-commit)" "touch called
[ ! -e forbidden ]"

# ---- worktrees, submodules, several vaults, odd names

repository tree
given vault git-setup
git add -A
git commit -qm first
git worktree add -q -b other "$WORK/other tree"
cd "$WORK/other tree"
refused_commit 'a worktree'
accepted_commit 'a worktree'
given vault git-setup
ok 'a worktree: nothing new' test -z "$(git status --porcelain)"
run vault doctor
stdout_has 'commits are scanned' 'a worktree: doctor sees it'
given vault git-setup --uninstall
is 'a worktree: taken away for all' "$(git -C "$WORK/tree" config --get merge.vault.driver || :)" ''

cd "$WORK/tree"
given git -c protocol.file.allow=always submodule add -q "$WORK/plain" sub
cd sub
given vault git-setup
is 'a submodule: in its own configuration' "$(config merge.vault.driver | sed 's/ merge %O.*//')" "$PROGRAM"
is 'and not in the one around it' "$(git -C .. config --get merge.vault.driver || :)" ''
refused_commit 'a submodule'
accepted_commit 'a submodule'
run vault doctor
stdout_has 'commits are scanned' 'a submodule: doctor sees it'

odd=$(printf 'a folder\nit'"'"'s "odd" $(touch pwned) *')
repository "$odd"
given vault git-setup
refused_commit 'an odd name of the repository'
mkdir -p "$odd/b"
cp vault.toml "$odd/b/va*lt [1] \"x\".toml"
given vault git-setup -f "$odd/b/va*lt [1] \"x\".toml"
is 'an odd name of the file: its attributes' "$(attribute merge "$odd/b/va*lt [1] \"x\".toml")" vault
is 'an odd name of the file: no other gets them' "$(attribute merge "$odd/b/vault [1] \"x\".toml")" unspecified
is 'two vaults: the hook looks for both' "$(grep -c 'vault: begin' .git/hooks/pre-commit)" 2
git add -A
git commit -qm first
refused_commit 'two vaults'
accepted_commit 'two vaults'
rm vault.toml
refused_commit 'two vaults, one of them gone'
git checkout -q vault.toml
given vault git-setup --uninstall
is 'one of two is taken away' "$(grep -c 'vault: begin' .git/hooks/pre-commit)" 1
given vault git-setup --uninstall -f "$odd/b/va*lt [1] \"x\".toml"
ok 'then the other' test ! -e .git/hooks/pre-commit
ok 'nothing of a name was run' test -z "$(find "$WORK" -name pwned)"

# ---- which program

repository program
mkdir -p "$TMP/bin" "$TMP/other programs"
cp "$BIN" "$TMP/bin/vault"
printf '#!/bin/sh\nexit 9\n' >"$TMP/other programs/vault"
chmod 755 "$TMP/other programs/vault"
usual=$PATH
PATH=$TMP/bin:$usual
given "$TMP/bin/vault" git-setup
is 'found on PATH: by its name' "$(config diff.vault.textconv)" 'vault diff --textconv'
git add vault.toml
refused_commit 'found on PATH'
PATH="$TMP/other programs:$usual"
given "$TMP/bin/vault" git-setup
is 'PATH has another vault: by its path' "$(config diff.vault.textconv)" "$TMP/bin/vault diff --textconv"
refused_commit 'PATH has another vault'
cd "$TMP/bin"
given ./vault git-setup -f "$WORK/program/vault.toml"
cd "$WORK/program"
is 'called by a relative path' "$(config diff.vault.textconv | sed 's|/\./|/|')" "$TMP/bin/vault diff --textconv"
mv "$TMP/bin/vault" "$TMP/other programs/my vault"
PATH=$usual
given "$TMP/other programs/my vault" git-setup
is 'a path with a space' "$(config diff.vault.textconv)" "'$TMP/other programs/my vault' diff --textconv"
refused_commit 'a path with a space'
mv "$TMP/other programs/my vault" "$TMP/gone"
echo "$MARKER" >leak.txt
git add leak.txt
commit -m passes
status_is 0 'without the program a commit passes'
stderr_has 'vault: the program is not here' 'and it is said'

# ---- doctor

repository sick
run vault doctor
stdout_has 'missing in this clone: attributes, diff driver, merge driver, pre-commit hook: vault git-setup' \
    'doctor: what is missing'
given vault git-setup
run vault doctor
stdout_has 'git merges and compares the file with vault, and commits are scanned' 'doctor: all is there'
chmod 644 .git/hooks/pre-commit
run vault doctor
stdout_has 'the pre-commit hook was removed or replaced' 'doctor: a hook that git does not run'
status_is 1 'doctor: that is a problem'
printf '#!/bin/sh\n' >.git/hooks/pre-commit
chmod 755 .git/hooks/pre-commit
run vault doctor
stdout_has 'the pre-commit hook was removed or replaced' 'doctor: a hook that something has replaced'
run vault git-setup
stderr_has 'had been removed or replaced' 'git-setup: says so too'
run vault doctor
status_is 0 'doctor: it is there again'
mkdir -p sub
printf 'A=1\n' >sub/.env
printf 'A=\n' >.env.example
git add .env.example
run vault doctor
stdout_lacks 'git tracks a plain file' 'doctor: .env files that git does not track'
git add -f sub/.env
run vault doctor
stdout_has 'git tracks a plain file of variables: sub/.env' 'doctor: one that it does'
stdout_lacks '.env.example' 'doctor: an example is none'
git rm -qf sub/.env .env.example
chmod 644 .git/hooks/pre-commit
git config merge.vault.driver "/old/vault merge %O %A %B --path %P --marker-size %L"
run vault doctor
stdout_has 'missing in this clone: merge driver' 'doctor: a driver with a program that was moved'
status_is 0 'doctor: that is a note'

# ---- what cannot be written

if is_ordinary 'a folder that is shut'; then
    repository readonly
    chmod 555 .
    refuses 1 '/readonly/.gitattributes: Permission denied' '' vault git-setup
    chmod 755 .
fi
# A git that fails at its Nth call, before it does anything, or after.
mkdir "$TMP/failing"
cat >"$TMP/failing/git" <<END
#!/bin/sh
echo "\$*" >>"$TMP/calls"
[ "\$(wc -l <"$TMP/calls")" -ne "\$(cat "$TMP/fails-at")" ] || exit 137
exec $(command -v git) "\$@"
END
chmod 755 "$TMP/failing/git"
fails_at() { # N: git-setup with it; how many calls there were is then in $calls
    echo "$1" >"$TMP/fails-at"
    : >"$TMP/calls"
    run env PATH="$TMP/failing:$PATH" "$BIN" git-setup
    calls=$(wc -l <"$TMP/calls")
}
repository failing
snapshot . >"$TMP/before"
n=2 # the first one asks whether there is a clone
fails_at "$n"
while [ "$calls" -ge "$n" ] && [ "$n" -lt 40 ]; do
    status_is 1 "git fails at its call $n: $(sed -n "${n}s/.* -C [^ ]* //p" "$TMP/calls")"
    snapshot . >"$TMP/after"
    ok "call $n: nothing is left half installed" diff "$TMP/before" "$TMP/after"
    n=$((n + 1))
    fails_at "$n"
done
ok 'all calls of git were tried' test "$n" -gt 12
status_is 0 'and without a failure all is installed'

repository full
echo '[broken' >.git/config
refuses 4 'not in a git work tree' '' vault git-setup

ok 'commits were refused' grep -q 'values of the vault are staged as plain text' "$TMP/committed"
ok 'no commit has printed the value' not has_text "$MARKER" "$TMP/committed"
finish
