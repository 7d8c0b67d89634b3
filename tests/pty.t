#!/bin/sh
# tests/pty.py, through which prompts are tested: what it passes on, and that it notices when a
# dialogue goes otherwise.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

pty() {
    "$TOP/tests/pty.py" "$@"
}

run pty -- sh -c 'tty <&0 >&2 && stty size </dev/tty; exit 3'
status_is 3 'the exit status is passed on'
stdout_has '24 80' 'the command has a terminal, of the usual size'
run pty -- sh -c 'kill -9 $$'
status_is 137 'a signal is passed on'
run pty -- no-such-command
status_is 127 'no command'

run pty --expect 'name\? ' --send 'Ann Onym' -- sh -c 'printf "name? "; read name; echo "hi $name"'
stdout_is "name? Ann Onym${newline}hi Ann Onym" 'a question is answered, with its echo'
run pty --expect 'pass: ' --secret 'a b' --expect 'again: ' --secret 'a\\b' -- \
    sh -c 'stty -echo; printf "pass: "; read -r a; printf "again: "; read -r b; printf "%s|%s" "$a" "$b"'
is 'two hidden ones are, one after the other' "$(cat "$STDOUT")" 'pass: again: a b|a\b'
run pty --expect '> ' --send '\x03\c' -- sh -c 'printf "> "; read line; echo not reached'
status_is 130 'Ctrl-C is typed'
stdout_lacks 'not reached'

run pty --patience 0.1 --expect 'pass: ' --secret hush -- sh -c 'printf "pass: "; read pass'
status_is 125 'a secret that would be echoed'
stdout_lacks hush 'it is not typed'
stderr_has 'left the echo on'
run pty --expect 'never' -- echo something
status_is 125 'what is expected is never shown'
stderr_has 'it never showed: never'
run pty --timeout 0.5 --expect 'a' --send x --expect 'a' --send x -- sh -c 'stty -echo; echo a; read x; read x'
status_is 124 'what was shown before an answer is not seen again'
run pty --timeout 0.1 -- sleep 100
status_is 124 'a time-out'
run sh -c 'trap "" INT HUP && exec "$@"' - "$TOP/tests/pty.py" --expect '> ' --send '\x03\c' -- \
    sh -c 'printf "> "; read line'
status_is 130 'a signal that is ignored here is not ignored there'
done_testing
