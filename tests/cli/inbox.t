#!/bin/sh
# Proposals: made without a key, listed, accepted and rejected, and used by nothing before that.
. "$(dirname "$0")/scene.sh"

given vault init -e prod
given vault set -e prod "db/PASSWORD=old-$MARKER"
pin=$(vault verify -e prod 2>&1 | grep -o '[A-Za-z0-9+/]\{22\}' | head -n 1)
ok 'there is a fingerprint' test -n "$pin"

nobody() { # COMMAND…: without any key, and with pins of their own
    env XDG_CONFIG_HOME="$TMP/nowhere" XDG_STATE_HOME="$TMP/nowhere" HOME="$TMP/nowhere" USER=eve setsid -w "$@"
}
mkdir "$TMP/nowhere"
entries() {
    sed -n 's/^"\([^"]*\)" = .*/\1/p' vault.toml
}

# ---- proposing

refuses 3 'prod' 'set --propose -e prod' nobody "$BIN" set -e prod "db/PASSWORD=new-$MARKER"
refuses 5 'prod' '--pin prod=' nobody "$BIN" set --propose -e prod "db/PASSWORD=new-$MARKER"
refuses 2 'proposal' '' nobody "$BIN" set --propose --open -e prod db/PASSWORD=x
refuses 5 'prod' '' nobody "$BIN" set --propose -e prod --pin prod=AAAAAAAAAAAAAAAAAAAAAA db/PASSWORD=x
given nobody "$BIN" set --propose -e prod --pin "prod=$pin" "db/PASSWORD=new-$MARKER"
stderr_has 'proposed db/PASSWORD'
ok 'the value is not in the file' not grep -q "$MARKER" vault.toml
entry=$(entries)

if command -v python3 >/dev/null; then
    given env XDG_CONFIG_HOME="$TMP/nowhere" XDG_STATE_HOME="$TMP/nowhere" HOME="$TMP/nowhere" \
        "$TOP/tests/pty.py" --expect 'propose it.*\[y/N\] ' --send y --expect "$(echo "$pin" | sed 's/[+]/\\+/g').*\[y/N\] " --send y \
        -- "$BIN" set -e prod app/NEW=1
    given nobody "$BIN" set --propose -e prod app/NEW=2
    is 'the key is accepted from then on' "$(entries | wc -l)" 3
    # shellcheck disable=SC2046 # a list of them
    given nobody "$BIN" inbox -e prod --reject $(entries | grep '^app')
fi

# ---- what nothing uses

is 'get has the old one' "$(vault get db/PASSWORD -e prod)" "old-$MARKER"
run vault exec -e prod -- env
stdout_has "PASSWORD=old-$MARKER"
stdout_lacks "new-$MARKER"
ok 'exec is silent about it' test ! -s "$STDERR"
run vault export -e prod
ok 'so is export' test ! -s "$STDERR"
run vault list -e prod
stderr_has 'inbox -e prod' 'list says that some wait'
run vault doctor
stdout_has '1 proposal waits in the inbox of prod' 'so does doctor'
given vault verify -e prod

# ---- listing

given vault inbox -e prod
stdout_has "$entry"
stdout_has 'no author claimed' 'an empty author is said to be empty'
VAULT_AUTHOR='Dave <dave@example.com>' given vault set --propose -e prod "db/PASSWORD=other-$MARKER"
other=$(entries | grep -v "^$entry$")
given vault inbox -e prod
stdout_has 'Dave <dave@example.com> (claimed)' 'an author is shown as claimed'
given vault inbox -e prod --json
stdout_has '"claimed_author": "Dave <dave@example.com>"'
stdout_has '"claimed_author": ""'
given vault inbox -e prod --reject "$other"
stdout_lacks "$MARKER"
given nobody "$BIN" inbox -e prod
is 'names need no key' "$(cat "$STDOUT")" "$entry"
given vault inbox -e prod --json
stdout_has "\"proposal\": \"$entry\""
refuses 2 'takes the proposals' '' vault inbox -e prod --accept
refuses 2 'takes the proposals' '' vault inbox -e prod --accept --reject "$entry"
refuses 4 'no proposal' '' vault inbox -e prod --reject db/PASSWORD/00000000
refuses 3 'prod' '' nobody "$BIN" inbox -e prod --accept "$entry"

# ---- rotated, renamed, accepted

refuses 1 'terminal' '-y' alone "$BIN" inbox -e prod --accept "$entry"
given vault rotate -e prod
given vault inbox -e prod
stdout_has 'sealed before a rotation' 'that somebody may know it is said'
given vault rename db data -e prod
entry=data${entry#db}
given vault rename data/PASSWORD data/PASS -e prod
entry=data/PASS/${entry##*/}
is 'it goes along' "$(entries)" "$entry"
if command -v python3 >/dev/null; then
    run pty --expect 'no author claimed.*Accept it\? \[y/N\] ' --send n -- "$BIN" inbox -e prod --accept "$entry"
    ok 'both values are shown on the terminal' grep -q "new: new-$MARKER" "$STDOUT"
    is 'no is no' "$(vault get data/PASS -e prod)" "old-$MARKER"
fi
given vault inbox -e prod --accept "$entry" -y
is 'it is accepted' "$(vault get data/PASS -e prod)" "new-$MARKER"
is 'and gone' "$(entries)" ''
given vault verify -e prod

# Two at once: what does not exist is not covered by -y.
VAULT_AUTHOR=mallory vault set --propose -e prod data/PASS=3 data/NEW=4 2>/dev/null
ok 'an author is claimed' grep -q 'mallory (claimed)' <<LIST
$(vault inbox -e prod)
LIST
# shellcheck disable=SC2046 # a list of them
refuses 1 'data/NEW' '-y' alone "$BIN" inbox -e prod -y --accept $(entries)

done_testing
