#!/bin/sh
# Promise 25: Nothing in a vault can control a terminal or hide in a diff.
# Bob stores values that set the terminal's title, hide a line, or type an answer. Alice looks at
# them with get. When she pipes them, she gets exactly the bytes that he stored.
. "$(dirname "$0")/people.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'
people alice bob
given as alice vault init
given as alice vault grant bob "$(key_of bob)" -e dev

# Everything that terminals interpret, except newline and tab.
acts() { # FILE
    python3 -c '
import re, sys
text = open(sys.argv[1], "rb").read().decode("utf-8", "surrogateescape").replace("\r\n", "\n")
sys.exit(not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\udc80-\udcff]", text))' "$1"
}

# hostile NAME BYTES SHOWN
hostile() {
    # shellcheck disable=SC2059
    printf "$2" >value
    given as bob vault set x/KEY --from-file value
    run as alice "$TOP/tests/pty.py" -- "$BIN" get x/KEY
    ok "$1: nothing acts on the terminal" or_tell not acts "$STDOUT"
    stdout_has "$3" "$1: it is shown escaped"
    stdout_has 'note: control characters are shown as escapes; --bytes writes them' "$1: and said"
    run as alice vault get x/KEY
    ok "$1: byte for byte in a pipe" cmp value "$STDOUT"
    run as alice "$TOP/tests/pty.py" -- sh -c '"$0" get x/KEY --bytes | cmp - value' "$BIN"
    status_is 0 "$1: --bytes"
}

hostile 'a title' 'a\033]0;owned\007b' 'a\x1b]0;owned\x07b'
hostile 'a line over another' 'secret\rpublic\033[2K' 'secret\rpublic\x1b[2K'
hostile 'C1' 'a\302\2331mb\302\235' 'a\u{9b}1mb\u{9d}'
hostile 'no UTF-8' '\2331m\377' '\x9b1m\xff'
hostile 'another direction' 'a\342\200\256b\342\201\246c\330\234' 'a\u{202e}b\u{2066}c\u{61c}'

printf 'line 1\n\tline 2 \303\251\n' >value
given as bob vault set x/KEY --from-file value
run as alice "$TOP/tests/pty.py" -- "$BIN" get x/KEY
stdout_is "line 1$newline	line 2 é$newline" 'control: lines, tabs and letters are shown as they are'

# JSON on a terminal, with bob's choice of author name in it.
given as bob vault set x/KEY=plain
run as bob env VAULT_AUTHOR="$(printf 'bob\302\2331m')" "$BIN" set x/KEY=again
status_is 2 'bob cannot be called by a C1 control'
run as bob env VAULT_AUTHOR="$(printf 'bob\342\200\256')" "$BIN" set x/KEY=again
status_is 2 'nor by an override'
printf 'a\302\2331m\342\200\256b' >value
given as bob vault set x/KEY --from-file value
for verb in 'export --format=json' 'export --format=toml' 'export --format=yaml'; do
    # shellcheck disable=SC2086
    run as alice vault $verb
    ok "$verb: nothing in it acts on a terminal" or_tell not acts "$STDOUT"
    stdout_has '\u009b1m\u202e' "$verb: it is escaped"
done

# The attacker has chosen the name of the folder that a clone goes into.
folder=$(printf 'a\033]0;owned\007b')
mkdir "$folder"
given as alice vault init -f "$folder/vault.toml"
for verb in doctor verify readers 'get x/KEY'; do
    # shellcheck disable=SC2086
    run as alice vault $verb -f "$folder/vault.toml"
    ok "$verb: no path acts on a terminal" or_tell not acts "$STDOUT"
    ok "$verb: nor in a message" or_tell not acts "$STDERR"
done
run as alice vault doctor -f "$folder/vault.toml"
stdout_has 'a\x1b]0;owned\x07b/vault.toml' 'doctor: it is shown escaped'
done_testing
