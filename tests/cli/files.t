#!/bin/sh
# exec --files: values in private files, which are gone afterwards whatever happens.
. "$(dirname "$0")/../lib.sh"

# Notes the folder of the values: others of this user may have some of theirs in use.
cat >note <<'END'
#!/bin/sh
dirname "$A_FILE" >>"$WORK/folders"
exec "$@"
END
chmod +x note
left() {
    [ -s folders ] || echo 'no folder was noted'
    sort -u folders | while read -r folder; do find "$folder" 2>/dev/null || :; done
    : >folders
}

vault init 2>/dev/null
vault set A=one tls/KEY=two 2>/dev/null
printf 'zero\0byte' | vault set --raw BIN 2>/dev/null
head -c 300000 /dev/zero | tr '\0' x | vault set LONG 2>/dev/null

run vault exec --files -- ./note sh -c 'cat "$A_FILE"; echo; cat "$KEY_FILE"; wc -c <"$LONG_FILE"; od -An -c "$BIN_FILE"
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

run vault exec --files -- ./note sh -c 'exit 7'
status_is 7 'the exit status is passed on'
run vault exec --files -- ./note sh -c 'kill -TERM $$'
status_is 143 'and a signal, as 128 and its number'
is 'nothing is left after these' "$(left)" ''

for signal in TERM HUP USR1; do
    rm -f ready
    "$BIN" exec --files -- ./note sh -c 'trap "echo got >caught; exit 9" '"$signal"'; : >ready; while :; do sleep 0.05; done' &
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
run vault exec --files=here -- ./not-there
status_is 127 'a command that is not there'
is 'nothing is left after it' "$(ls -A here)" ''
run vault exec --files=here -- sh -c 'echo "$A_FILE"; cat "$A_FILE"'
status_is 0 'a folder may be named'
stdout_has 'here/vault-' 'the files stand below it'
is 'and it is as it was' "$(ls -A here)" ''

# What the command leaves in the folder.
mkdir outside
echo precious >outside/file
leaves() { # NAME SCRIPT, in the folder
    run vault exec --files=here -- sh -c 'cd "$(dirname "$A_FILE")" && eval "$1"' - "$2"
    status_is 0 "$1"
    is "$1: it is removed" "$(ls -A here)" ''
    is "$1: and nothing else" "$(ls outside) $(cat outside/file)" 'file precious'
}
leaves 'files in folders' 'mkdir -p a/b/c .d && cp "$WORK"/here/*/A a/b/c/x && : >.d/.e && : >f'
leaves 'folders without permissions' 'mkdir -p a/b && : >a/b/x && chmod 0 a/b && chmod 500 a'
leaves 'the folder itself without permissions' 'mkdir a && : >a/x && chmod 0 .'
leaves 'symlinks to folders' 'mkdir a && ln -s "$WORK/outside" a/link && ln -s "$WORK/outside" link && ln -s "$WORK/outside/file" A2'
leaves 'pipes' 'mkfifo pipe a.pipe'
leaves 'nothing at all' 'rm -r "$PWD"'
leaves 'many files' 'mkdir many && cd many && i=0 && while [ $i -lt 500 ]; do : >$i; i=$((i + 1)); done'
leaves 'a deep tree' 'i=0; while [ $i -lt 200 ]; do mkdir d && cd d && : >x; i=$((i + 1)); done'

# What cannot be removed is said.
run vault exec --files=here -- sh -c 'd=$(dirname "$A_FILE") && mv "$d" moved && mkdir moved/sub && : >moved/sub/x && : >"$d"'
status_is 125 'a file in place of the folder'
stderr_has 'vault: cannot remove here/vault-'
stderr_has 'hint: rm -r here/vault-'
is 'the values are gone from where the folder is now' "$(find moved | wc -l | tr -d ' ')" 1
rm -rf moved here/*
run vault exec --files=here -- sh -c 'd=$(dirname "$A_FILE") && mv "$d" moved && ln -s "$WORK/outside" "$d"; exit 3'
status_is 3 'the status of a command that fails stays'
stderr_has 'vault: cannot remove here/vault-' 'and it is said'
is 'a symlink in place of the folder is not followed' "$(ls outside) $(cat outside/file)" 'file precious'
rm -rf moved here/*

run vault exec --files=nowhere -- touch started
status_is 125 'a folder that is not there'
ok 'nothing is started' test ! -e started
done_testing
