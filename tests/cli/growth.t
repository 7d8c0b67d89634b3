#!/bin/sh
# A verb's work grows with the number of secrets, not with its square. The bound is of processor
# time, so that a busy machine does not matter: it is several times what a verb takes, and less than
# what it took while each look-up searched the file.
. "$(dirname "$0")/scene.sh"

SECRETS=30000

edit_from() {
    vault edit - <"$1"
}

lines_of() {
    vault list | wc -l
}

quick() { # COMMAND…
    ok "$SECRETS secrets in 5 s of processor time: $*" within "$@"
}

within() {
    # shellcheck disable=SC3045 # not POSIX, and in every sh that is met
    (ulimit -t 5 && "$@" >"$TMP/printed")
}

secrets() { # STEP
    awk "BEGIN { for (i = 0; i < $SECRETS; i += $1) printf \"[t%d]\nK%d = \\\"v\\\"\n\", i, i }"
}

given vault keygen
given vault init -e dev
secrets 1 >all.toml
secrets 2 >half.toml

quick edit_from all.toml
ok 'all of them are there' test "$(lines_of)" -eq "$SECRETS"
quick vault exec -- true
quick vault export --format=json
quick vault env copy dev other
quick vault env rename other another
quick vault env delete another --yes
quick vault check --max-age 9d
quick vault diff --textconv vault.toml
quick vault verify
quick vault rotate
quick edit_from half.toml
ok 'half of them are left' test "$(lines_of)" -eq $((SECRETS / 2))
finish
