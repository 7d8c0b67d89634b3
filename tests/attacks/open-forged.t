#!/bin/sh
# Promise 1: Without an environment's key nobody can read its values, or forge or move one unnoticed.
# Mallory can write to the repository. She changes, moves, swaps and adds open values, which she can
# read, and turns sealed ones into open ones. Then she puts an old open line back, so that the next
# secret may be published.
. "$(dirname "$0")/people.sh"

people alice mallory
given as alice vault init -e prod
given as alice vault set -e prod --open app/LEVEL=info app/HOST=good.example web/LEVEL=debug
given as alice vault set -e prod app/PASSWORD=secret
cp vault.toml true.toml

noticed() { # NAME VARIABLE
    ok "$1: the file is another one" not cmp -s true.toml vault.toml
    attack 5 'prod' '' as alice vault get "$2" -e prod
    attack 5 'prod' '' as alice vault list "${2%/*}" -e prod
    attack 5 'prod' '' as alice vault export -e prod
    attack 125 'prod' '' as alice vault exec "${2%/*}" -e prod -- echo started
    attack 5 'prod' '' as alice vault set "$2=1" --sealed -e prod
    attack 5 'prod' '' as alice vault rotate -e prod
    attack 5 'prod' '' as alice vault verify -e prod
}

sed 's/"good.example"/"evil.example"/' true.toml >vault.toml
noticed 'another text' app/HOST
sed 's/"info"/"debug"/' true.toml >vault.toml
noticed 'the text of another secret' app/LEVEL
sed 's/^HOST = /HOSTNAME = /' true.toml >vault.toml
noticed 'another name' app/HOSTNAME
sed 's/^PASSWORD = \["/PASSWORD = ["mine",\n  "/' true.toml >vault.toml
noticed 'a sealed value with a text in front' app/PASSWORD
awk '/^HOST = / { sub(/"good.example",$/, ""); printf "%s", $0; getline; sub(/^ */, "") } { print }' true.toml >vault.toml
noticed 'an open value without its text' app/HOST
awk 'FNR == NR { if (/^LEVEL = / && !n++) { getline header } next }
    /^HOST = / { print; getline; print header; next } { print }' true.toml true.toml >vault.toml
noticed 'the header of another variable' app/HOST

# Without a key it is shown, and nobody is told that it is true.
sed 's/"good.example"/"evil.example"/' true.toml >vault.toml
run as mallory vault list app -e prod
ok 'without a key it is marked' has_text 'unverified, open "evil.example"' "$STDOUT"
attack 3 'prod' '' as mallory vault get app/HOST -e prod
attack 3 'prod' '' as mallory vault export -e prod
attack 125 'prod' '' as mallory vault exec -e prod -- echo started

# An old open line of what is sealed now.
cp true.toml vault.toml
given as alice vault set -e prod --sealed app/HOST=now-secret.example
awk 'FNR == NR { if (/^HOST = /) { a = $0; getline; b = $0 } next }
    /^HOST = / { print a; print b; next } { print }' true.toml vault.toml >old.toml
cp old.toml vault.toml
attack 2 'app/HOST is open' '--open keeps it open, --sealed seals it' \
    as alice setsid -w "$BIN" set -e prod app/HOST=upcoming.example
ok 'the next secret was not published' not grep -q upcoming vault.toml

# Control: the true file.
cp true.toml vault.toml
is 'control: the true file' "$(as alice vault get app/HOST -e prod)" good.example
done_testing
