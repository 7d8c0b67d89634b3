#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory, who has no key, adds 100,000 environments to the file, or 50,000 with a copy of Alice's
# own entry in each. A verb that reads them all must not take quadratic time.
. "$(dirname "$0")/people.sh"

bounded() { # COMMAND…: with 10 s of CPU time and 300 MB
    (
        # shellcheck disable=SC3045 # not POSIX, but every common sh has it
        ulimit -t 10 && ulimit -v 307200
        "$@" >"$TMP/printed" 2>"$TMP/said"
        status=$?
        tail -n 2 "$TMP/said"
        [ "$status" -le "$LAST_STATUS" ] # a signal gives a higher one
    )
}

environments() { # LINES: prints the environments, with LINES below each header
    awk -v lines="$1" 'BEGIN { for (i = 0; i < 100000; i++) printf "\n[vault.env.e%d]\n%s", i, lines }'
}

people alice
given as alice vault init -e dev
given as alice vault set db/PASSWORD=honest
cp vault.toml honest.toml
inbox=$(grep '^inbox-key' vault.toml)

LAST_STATUS=0
environments "$inbox
first-secret = \"AAAAAAAAAAAAAAAAAAAAAA\"
" >>vault.toml
ok 'exec' bounded as alice vault exec -- true
ok 'list' bounded as alice vault list --all
ok 'get' bounded as alice vault get db/PASSWORD
ok 'it is the honest value' grep -qx honest "$TMP/printed"
LAST_STATUS=7
ok 'readers' bounded as alice vault readers
ok 'doctor' bounded as alice vault doctor
ok 'verify' bounded as alice vault verify
ok 'exposed' bounded as alice vault exposed
LAST_STATUS=0
ok 'set' bounded as alice vault set db/PASSWORD=other

# Each has Alice's entry, which anyone can copy.
entry=$(sed -n '/^\[vault.env.dev.readers\]/,/^$/p' honest.toml | sed '1d;/^$/d')
cp honest.toml vault.toml
awk -v inbox="$inbox" -v entry="$entry" 'BEGIN {
    for (i = 0; i < 50000; i++)
        printf "\n[vault.env.e%d]\n%s\nfirst-secret = \"AAAAAAAAAAAAAAAAAAAAAA\"\n" \
            "\n[vault.env.e%d.readers]\n%s\n", i, inbox, i, entry
}' >>vault.toml
LAST_STATUS=0
ok 'exec, with readers' bounded as alice vault exec -- true
LAST_STATUS=7
ok 'readers, with readers' bounded as alice vault readers
ok 'doctor, with readers' bounded as alice vault doctor
done_testing
