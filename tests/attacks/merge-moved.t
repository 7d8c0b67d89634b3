#!/bin/sh
# Promise 14: No merge brings back an older value, or one under a rotated-out key, without asking.
# A password is deleted. A branch brings its old lines back and moves the file, so git passes the
# driver the new path, which has no history.
. "$(dirname "$0")/merging.sh"

repository repo
git config color.ui always
git tag there
given as alice vault delete db/PASSWORD -y -e prod
commit alice dropped
git tag dropped

moved_to() { # PATH: moves the file on a branch, with the old lines
    mkdir -p "$(dirname "$1")"
    git mv vault.toml "$1"
    git show there:vault.toml >"$1"
    commit mallory moved
    git checkout -q main
    given as alice vault set "db/HOST=$1" -e prod
    commit alice 'a host'
}

for path in secrets.toml config/deep/vault.toml; do
    branch "${path%%[./]*}" main
    moved_to "$path"
    stops 'theirs stood here before' as alice git merge -q -m merged "${path%%[./]*}"
    stderr_lacks 'there is no history'
    again
done

# Control: the file is moved, and no old lines come back.
branch honest main
git mv vault.toml moved.toml
commit alice moved
given as alice vault set db/USER=app2 -e prod -f moved.toml
commit alice 'another user'
git checkout -q main
given as alice vault set db/PORT=1 -e prod
commit alice 'a port'
given as alice git merge -q -m merged honest
stderr_lacks 'there is no history'
is 'both are there' "$(as alice vault get db/USER -e prod -f moved.toml)$(as alice vault get db/PORT \
    -e prod -f moved.toml)" app21
done_testing
