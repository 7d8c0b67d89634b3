#!/bin/sh
# A worktree of an older commit, and a program there with today's secrets: for a hotfix or git bisect.
# vault.toml of that commit may be under a key that has been rotated out since, which this machine
# refuses; the vault of this worktree is not.
#
#     old-release.sh v1.2 ../hotfix -e prod -- make test
set -eu

revision=$1 folder=$2
shift 2
vault=$(git rev-parse --show-toplevel)/vault.toml
[ -d "$folder" ] || git worktree add -q --detach "$folder" "$revision"
cd "$folder"
exec vault exec -f "$vault" "$@"
