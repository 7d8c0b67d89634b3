#!/bin/sh
# exec --files: values in private files, which are gone afterwards whatever happens.
. "$(dirname "$0")/../lib.sh"

left() {
    find /dev/shm "$XDG_RUNTIME_DIR" "$TMPDIR" "$WORK" -name 'vault-??????' -newer mark -user "$(id -u)" 2>/dev/null
}

vault init 2>/dev/null
vault set A=one tls/KEY=two 2>/dev/null
printf 'zero\0byte' | vault set --raw BIN 2>/dev/null
head -c 300000 /dev/zero | tr '\0' x | vault set LONG 2>/dev/null
touch mark

run vault exec --files -- sh -c 'cat "$A_FILE"; echo; cat "$KEY_FILE"; wc -c <"$LONG_FILE"; od -An -c "$BIN_FILE"
    ls -l "$A_FILE"; ls -ld "$(dirname "$A_FILE")"; echo "A is ${A-unset}"'
status_is 0 'a command reads its values from files'
stdout_has one 'a value'
stdout_has two 'another one'
stdout_has 300000 'one that is too long for an environment'
stdout_has 'z   e   r   o  \0   b   y   t   e' 'one with a zero byte'
stdout_has '-rw-------' 'the files are private'
stdout_has 'drwx------' 'and their folder'
stdout_has 'A is unset' 'the variables themselves are not set'
is 'nothing is left' "$(left)" ''

run vault exec --files -- sh -c 'exit 7'
status_is 7 'the exit status is passed on'
run vault exec --files -- sh -c 'kill -TERM $$'
status_is 143 'and a signal, as 128 and its number'
run vault exec --files -- ./not-there
status_is 127 'a command that is not there'
is 'nothing is left after these' "$(left)" ''

for signal in TERM HUP USR1; do
    rm -f ready
    "$BIN" exec --files -- sh -c 'trap "echo got >caught; exit 9" '"$signal"'; : >ready; while :; do sleep 0.05; done' &
    pid=$!
    while [ ! -e ready ]; do sleep 0.05; done
    kill -s "$signal" "$pid"
    code=0
    wait "$pid" || code=$?
    is "SIG$signal reaches the command, which ends in its own way" "$code $(cat caught)" '9 got'
    is "nothing is left after SIG$signal" "$(left)" ''
    rm -f caught
done

mkdir here
run vault exec --files=here -- sh -c 'echo "$A_FILE"; cat "$A_FILE"'
status_is 0 'a folder may be named'
stdout_has 'here/vault-' 'the files stand below it'
is 'and it is as it was' "$(ls -A here)" ''

run vault exec --files=nowhere -- touch started
status_is 125 'a folder that is not there'
ok 'nothing is started' test ! -e started
done_testing
