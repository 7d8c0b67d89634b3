#!/bin/sh
# Promise 20: vault runs nothing that a repository names.
# The attacker commits a folder that git takes for a bare repository. Its configuration names
# programs to run. Then someone uses vault in that folder.
. "$(dirname "$0")/people.sh"

people alice mallory
marked() { test -e "$TMP/mark"; }

git init -q "$TMP/origin"
cd "$TMP/origin"
given as alice vault init
given as alice vault set db/PASSWORD=hunter2-of-alice
mkdir docs
cp vault.toml docs/
given as mallory git init -q --bare "$TMP/planted"
rm -rf "$TMP/planted/hooks"
mkdir "$TMP/planted/refs/x"
cat >"$TMP/planted/config" <<END
[core]
    repositoryformatversion = 0
    bare = false
    worktree = .
    fsmonitor = "touch $TMP/mark; false"
    hooksPath = hooks
    pager = "touch $TMP/mark; cat"
[diff]
    external = "touch $TMP/mark"
END
mkdir "$TMP/planted/hooks"
printf '#!/bin/sh\ntouch "%s"\n' "$TMP/mark" >"$TMP/planted/hooks/post-index-change"
chmod 755 "$TMP/planted/hooks/post-index-change"
touch "$TMP/planted/refs/x/.keep" "$TMP/planted/objects/.keep" "$TMP/planted/refs/.keep"
cp -R "$TMP/planted/." docs/
given as alice git add -A
given as alice git commit -qm docs
given as alice git clone -q "$TMP/origin" "$TMP/clone"
cd "$TMP/clone/docs"

# Control: plain git does run the programs there, so the trap works.
as alice git status >/dev/null 2>&1 || :
ok 'control: plain git runs what the folder names' marked
rm -f "$TMP/mark"

for words in 'scan' 'scan --staged' 'scan --history' 'doctor' 'export db -o out.env' 'git-setup' \
    'git-setup --uninstall' 'log' 'diff' 'diff HEAD' 'exposed' 'verify --history' \
    'verify --history HEAD~1..HEAD' 'merge' 'list' 'get db/PASSWORD'; do
    # shellcheck disable=SC2086
    run as alice vault $words
    ok "vault $words there runs nothing (it ends with $status)" not marked
    rm -f "$TMP/mark"
done
if git -c safe.bareRepository=explicit rev-parse --git-dir >/dev/null 2>&1; then
    skip 'that folder is no repository' 'this git does not know safe.bareRepository'
else
    attack 1 'git cannot say whether it would add' '--force' as alice vault export db -o out.env
    attack 4 'not in a git work tree' 'git init' as alice vault git-setup
    attack 4 'is not in a git repository' '' as alice vault log
fi

# From the top folder, with a file in the planted one.
cd "$TMP/clone"
run as alice vault export db -o docs/out.env
ok 'nor from above, for a file there' not marked
run as alice vault -f docs/vault.toml log
ok 'nor for the vault there' not marked

# Outside such a folder everything works.
given as alice vault git-setup
run as alice vault log
status_is 0 'control: the history of the clone itself is read'
done_testing
