#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds more than a file can have, and files that together are too much to merge.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

over() { # TEXT KIND COUNT
    text=$1
    shift
    fill vault.toml "$@"
    attack 1 "$text" '' as alice vault get db/PASSWORD
    ok "$*: refused soon" bounded readers
}

over ': more than 262144 entries' proposals 262144
over ': more than 262144 entries' entries-of-dev 262144
over ': more than 100000 tables' secrets 100000
over ': more than 4096 environments' environments 4096
over 'over 33554432 bytes' empty-lines 33554433

fill hostile empty-lines 33554432
ok 'at the limit: the honest value' is_honest
fill base proposals 140000
cp base ours
cp base theirs
attack 1 'together are over 64 MiB, 128000 tables or 400000 entries' 'git checkout --ours' \
    as alice vault merge base ours theirs --path vault.toml
ok 'ours is as it was' cmp base ours
done_testing
