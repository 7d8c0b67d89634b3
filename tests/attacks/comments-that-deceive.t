#!/bin/sh
# Promise 25: Nothing in a vault can control a terminal or hide in a diff.
# Mallory, who has no key, adds comments and names to vault.toml. Their characters hide text,
# reverse its direction, or control the terminal of a person who reviews the pull request.
. "$(dirname "$0")/people.sh"

people alice
given as alice vault init
given as alice vault set api/TOKEN=honest
cp vault.toml honest.toml

plant() { # NAME BYTES: in a comment, and in an author
    # shellcheck disable=SC2059
    bytes=$(printf "$2")
    { cat honest.toml && echo "# reviewed by alice $bytes"; } >vault.toml
    attack 1 'a comment that is not UTF-8, or has C1 or bidi controls' '' as alice vault list
    attack 125 'C1 or bidi controls' '' as alice vault exec -- true
    sed "s/^created-by = \"/&$bytes/" honest.toml >vault.toml
    attack 1 'a text that is not spelled as vault spells it' '' as alice vault get TOKEN
    cp honest.toml vault.toml
    ok "$1: tried" test -n "$bytes"
}

plant 'a right-to-left override' '\342\200\256'
plant 'an isolate' '\342\201\247'
plant 'a direction mark' '\342\200\217'
plant 'an Arabic letter mark' '\330\234'
plant 'a C1 command' '\302\2331m'
plant 'the next-line control' '\302\205'

echo '# geprüft von Zoë, 日本 — ✓' >>vault.toml
run as alice vault get TOKEN
status_is 0 'control: letters of all languages may stand in a comment'
done_testing
