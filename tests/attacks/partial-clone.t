#!/bin/sh
# Promise 21: vault makes no network call, and neither does the git that it starts.
# In a partial clone git fetches missing objects on demand, from a server that someone else may have
# configured, over a protocol that may be a program.
. "$(dirname "$0")/people.sh"

people alice
mkdir "$TMP/path"
printf '#!/bin/sh\necho "$*" >>"%s"\nexit 1\n' "$TMP/mark" | tee "$TMP/path/git-remote-trap" >"$TMP/path/ssh"
chmod 755 "$TMP/path/git-remote-trap" "$TMP/path/ssh"
PATH=$TMP/path:$PATH

git init -q "$TMP/origin"
cd "$TMP/origin"
git config uploadpack.allowFilter true
git config uploadpack.allowAnySHA1InWant true
given as alice vault init
for i in 1 2 3; do
    given as alice vault set "db/PASSWORD=password-no-$i"
    given as alice git add vault.toml
    given as alice git commit -qm "$i"
done
given as alice git clone -q --filter=blob:none "file://$TMP/origin" "$TMP/clone"
cd "$TMP/clone"
missing() { git rev-list --objects --all --missing=print | grep -c '^?'; }
lacks=$(missing)
ok 'control: objects are missing' test "$lacks" -gt 0

looks_around() { # NAME
    for words in log 'log db/PASSWORD' 'scan --history' 'verify --history' exposed 'diff HEAD~1' \
        'verify --history HEAD~1..HEAD'; do
        # shellcheck disable=SC2086
        attack 1 'this clone is partial' 'git fetch --refetch --no-filter' as alice vault $words
    done
    # shellcheck disable=SC2043
    for words in scan 'scan --staged' doctor list git-setup; do
        # shellcheck disable=SC2086
        run as alice vault $words
        status_is 0 "$1: vault $words needs none of it"
    done
    ok "$1: nobody was called" test ! -e "$TMP/mark"
    is "$1: nothing was fetched" "$(missing)" "$lacks"
}
looks_around 'a server by its path'

# A server that is a program, over a protocol that the configuration allows.
git config remote.origin.url trap::anywhere
git config protocol.trap.allow always
as alice git cat-file -p HEAD~2:vault.toml >/dev/null 2>&1 || :
ok 'control: plain git calls it' test -e "$TMP/mark"
rm -f "$TMP/mark"
GIT_ALLOW_PROTOCOL='trap' looks_around 'a server by a program'
git config --unset remote.origin.url
git config remote.origin.vcs trap
looks_around 'a server by its kind'
git config --unset remote.origin.vcs
git config remote.origin.url ssh://nowhere/x
git config core.sshCommand "touch '$TMP/mark'; false"
looks_around 'a server by ssh'
git config core.sshCommand "$TMP/path/ssh"
GIT_SSH_COMMAND="$TMP/path/ssh" looks_around 'a server by an ssh of its own'

# Following the hint fixes it.
git config remote.origin.url "file://$TMP/origin"
if given_help=$(git fetch -h 2>&1 || :) && has_refetch() { case $given_help in *refetch*) ;; *) false ;; esac; } && has_refetch; then
    given as alice git -c gc.auto=0 -c maintenance.auto=false fetch -q --refetch --no-filter
    run as alice vault log
    status_is 0 'control: with all that was missing it is read'
    run as alice vault verify --history
    status_is 0 'control: and verified'
else
    skip 'what the hint says mends it' 'this git has no fetch --refetch'
fi
done_testing
