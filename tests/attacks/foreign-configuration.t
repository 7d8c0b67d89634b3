#!/bin/sh
# Promise 20: vault runs nothing that a repository names.
# The attacker hands over a folder with its .git, in an archive or on a shared disk. Its
# configuration names a program in every setting where git accepts one.
. "$(dirname "$0")/people.sh"

people alice mallory
mkdir "$TMP/clone" && cd "$TMP/clone"
given as alice git init -q
given as alice vault init
given as alice vault set db/PASSWORD=hunter2-of-alice
given as alice git add -A
given as alice git commit -qm one
given as alice vault set db/PASSWORD=hunter3-of-alice
given as alice git commit -qam two

# mallory's program records how it was called.
trap=$TMP/trap
printf '#!/bin/sh\necho "$0 $*" >>"%s"\ncat\n' "$TMP/mark" >"$trap"
chmod 755 "$trap"
cat >>.git/config <<END
[core]
    sshCommand = $trap ssh
    pager = $trap pager
    editor = $trap editor
    askPass = $trap
    fsmonitor = $trap
    hooksPath = $TMP/hooks
    attributesFile = $TMP/attributes
    gitProxy = $trap
    alternateRefsCommand = $trap
[diff]
    external = $trap
[diff "trap"]
    textconv = $trap
    command = $trap
[filter "trap"]
    clean = $trap
    smudge = $trap
    process = $trap
    required = true
[log]
    showSignature = true
    diffMerges = first-parent
[gpg]
    program = $trap
[gpg "ssh"]
    program = $trap
[credential]
    helper = !$trap
[alias]
    log = !$trap
    diff = !$trap
    rev-parse = !$trap
    ls-files = !$trap
[pager]
    log = $trap
    diff = $trap
    config = $trap
[interactive]
    diffFilter = $trap
[merge "trap"]
    driver = $trap
[uploadpack]
    packObjectsHook = $trap
[trace2]
    eventTarget = $TMP/mark
END
mkdir "$TMP/hooks"
for hook in post-index-change pre-commit reference-transaction post-checkout fsmonitor-watchman; do
    cp "$trap" "$TMP/hooks/$hook"
    cp "$trap" ".git/hooks/$hook"
done
echo '* diff=trap filter=trap' | tee "$TMP/attributes" .git/info/attributes >.gitattributes

# A signed commit, so that there is a signature to check.
tree=$(git rev-parse 'HEAD^{tree}')
signed=$(printf 'tree %s\nparent %s\nauthor a <a@b> 1700000000 +0000\ncommitter a <a@b> 1700000000 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nthree\n' \
    "$tree" "$(git rev-parse HEAD)" | git hash-object -t commit -w --stdin --no-filters)
git update-ref refs/heads/main "$signed" >/dev/null 2>&1
rm -f "$TMP/mark"

as alice git log -1 >/dev/null 2>&1 || :
ok 'control: plain git runs the program' test -s "$TMP/mark"
rm -f "$TMP/mark"

calls() { # WORDS: runs none of the programs
    # shellcheck disable=SC2086
    run as alice vault $1
    ok "vault $1 runs none of it (it ends with $status)" or_say "$(cat "$TMP/mark" 2>/dev/null)" \
        test ! -e "$TMP/mark"
    rm -f "$TMP/mark"
}
echo change >>other
for words in log 'log db/PASSWORD' diff 'diff HEAD~1' scan 'scan --staged' 'scan --history' exposed \
    'verify --history' 'verify --history HEAD~2..HEAD' doctor 'export db -o out.env'; do
    calls "$words"
done
run as alice vault log
status_is 0 'control: log reads the history all the same'
stdout_has 'changed  dev      db/PASSWORD'

# A conflicted merge: vault finishes it, but does not run a filter on the result.
rm -f .gitattributes .git/info/attributes
mv .git/config "$TMP/hostile"
cat >.git/config <<'END'
[core]
    repositoryformatversion = 0
END
given as alice git checkout -qb side HEAD~1
given as alice vault set db/PASSWORD=theirs db/A=1
given as alice git commit -qam side
given as alice git checkout -q main
given as alice vault set db/PASSWORD=ours db/B=1
given as alice git commit -qam ours
as alice git merge side >/dev/null 2>&1 || :
ok 'there is a conflict' test -n "$(git ls-files -u)"
cp "$TMP/hostile" .git/config
rm -f "$TMP/mark"
cp vault.toml "$TMP/conflicted"
echo '* filter=trap' >.git/info/attributes
attack 1 'vault.toml is merged, but git cannot stage it' 'git add -- .*vault.toml' as alice vault merge --ours
ok 'vault merge sends nothing through a filter' test ! -e "$TMP/mark"
rm -f .git/info/attributes
: >"$TMP/attributes"
cp "$TMP/conflicted" vault.toml
run as alice vault merge --ours
status_is 0 'control: without a filter it is staged'
ok 'and no hook was run' test ! -e "$TMP/mark"
is 'nothing waits' "$(git -c core.fsmonitor=false ls-files -u 2>/dev/null)" ''
rm -f "$TMP/mark"
run as alice vault git-setup
status_is 0 'control: git-setup writes its settings'
ok 'and runs none of it' test ! -e "$TMP/mark"
ok 'they are there' test -n "$(git config merge.vault.driver)"
is 'its hook is where the configuration says' "$(grep -c 'vault: begin' "$TMP/hooks/pre-commit")" 1
done_testing
