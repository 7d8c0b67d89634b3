#!/bin/sh
# edit: what was changed is sealed anew and nothing else; mistakes, crashes and other people are survived.
. "$(dirname "$0")/../lib.sh"

editor() { # SCRIPT: an editor that runs this sed script on the file
    printf '#!/bin/sh\nsed -i -e "$EDIT" "$1"\n' >editor
    chmod +x editor
    export EDITOR="$WORK/note $WORK/editor" EDIT="$1"
}

unchanged() { # NAME
    ok "$1" cmp -s before vault.toml
}

# Notes the folder that the editor is given: others of this user may have some of theirs open.
cat >note <<'END'
#!/bin/sh
for file; do :; done
dirname "$file" >>"$WORK/folders"
exec "$@"
END
chmod +x note
: >folders

nothing_left() {
    ok 'an editor was opened' test -s folders
    is 'nothing is left behind' "$(sort -u folders | while read -r folder; do find "$folder" 2>/dev/null || :; done)" ''
    : >folders
}

# kept NAME TEXT: the message says where the text is, which has TEXT in it. It is then removed.
kept() {
    file=$(sed -n 's/^note: your text is kept in //p' "$STDERR")
    ok "$1" or_tell has_text "$2" "${file:-/dev/null}"
    ok "$1: the hint is its folder" or_tell has_text "hint: rm -r ${file%/*}, once you no longer need it" "$STDERR"
    [ -z "$file" ] || rm -r "${file%/*}"
}

vault init 2>/dev/null
vault set A=one B=two db/URL=x 2>/dev/null
printf 'line 1\nline 2' | vault set --raw pem/KEY 2>/dev/null
printf '\377\000\001' | vault set --raw pem/BIN 2>/dev/null
cp vault.toml before

# The text.
printf '#!/bin/sh\ncat "$1"; ls -ld "$1" "$(dirname "$1")"; echo "$1"\n' >show
chmod +x show
export EDITOR="$WORK/note $WORK/show"
run vault edit
status_is 0 'an editor that only looks'
stdout_has 'A = "one"' 'values are strings'
stdout_has '[db]' 'secrets are tables'
stdout_has "KEY = '''" 'lines stay lines'
stdout_has 'BIN = { base64 = "/wAB" }' 'what is no UTF-8 is base64'
stdout_has 'drwx------' 'the folder is private'
stdout_has '-rw-------' 'the file is private'
stderr_has 'nothing was changed'
unchanged 'an unchanged text changes nothing'
nothing_left

run vault edit db
stdout_has 'URL = "x"' 'one secret alone'
stdout_lacks 'A = "one"' 'without the others'

# A change.
editor 's/"two"/"three"/'
run vault edit
status_is 0 'a value is changed'
is 'to what was typed' "$(vault get B)" three
is 'and no other line of the file' "$(diff before vault.toml | grep -c '^[<>]')" 2
nothing_left
cp vault.toml before

editor '/^B = /d
s/^\[db\]/NEW = "n"\n\n[fresh]\nK = "k"\n\n[db]/'
run vault edit
status_is 0 'a key is taken out, another one and a secret are added'
run vault get B
status_is 4 'the key is gone'
is 'the new key is there' "$(vault get app/NEW)" n
is 'and the new secret' "$(vault get fresh/K)" k
run vault verify
status_is 0 'all seals hold'

editor '/^\[fresh\]/,/^$/d'
run vault edit
status_is 0 'a table is taken out'
run vault list fresh
status_is 4 'and the secret with it'
cp vault.toml before

# Mistakes: the editor opens again with the message on top.
cat >twice <<'END'
#!/bin/sh
if [ -e second ]; then
    head -n 1 "$1" >message
    sed -i -e '/^# vault:/d' -e 's/^A = .*/A = "mended"/' "$1"
else
    touch second
    sed -i -e 's/^A = .*/A = "swordfish/' "$1"
fi
END
chmod +x twice
export EDITOR="$WORK/note $WORK/twice"
run vault edit
status_is 0 'a syntax error opens the editor again'
ok 'with the line and the reason on top' grep -q '^# vault: line [0-9]*, column [0-9]*: ' message
stderr_has 'vault: line ' 'and says so'
stderr_lacks swordfish 'without the value'
is 'and takes what is then right' "$(vault get A)" mended
cp vault.toml before

editor 's/^A = .*/A = "open/'
run vault edit
status_is 1 'an editor that leaves the error in is left'
unchanged 'and nothing is written'
kept 'the text is kept' 'A = "open'
nothing_left

for wrong in 's/^A = .*/A = 5/' 's/^A = .*/A-B = "1"/' 's/^\[app\]/[a.b]/' 's/^A = .*/A = { base64 = "!" }/'; do
    editor "$wrong"
    run vault edit
    status_is 1 "refused: $wrong"
    kept "kept: $wrong" '[db]'
done
unchanged 'nothing of these is written'

printf '#!/bin/sh\n: >"$1"\n' >empty
chmod +x empty
EDITOR="$WORK/note $WORK/empty" run vault edit
status_is 1 'an empty text is refused'
unchanged 'and deletes nothing'
nothing_left

# An editor that is a script makes the same mistake, and one more each time.
printf '#!/bin/sh\necho "[[[" >>"$1"\n' >forever
chmod +x forever
EDITOR="$WORK/note $WORK/forever" run timeout 300 setsid -w "$BIN" edit
status_is 1 'it is not opened forever'
is 'but three times' "$(grep -c '^vault: line' "$STDERR")" 3
kept 'with all that it wrote' '[[[
[[[
[[['
unchanged 'and nothing is written'
nothing_left
if command -v python3 >/dev/null; then
    EDITOR="$WORK/note $WORK/forever" run "$TOP/tests/pty.py" --expect 'open the editor again\? \[y/N\] ' --send y \
        --expect 'again\? \[y/N\] ' --send n -- "$BIN" edit
    status_is 1 'a person is asked'
    is 'each time after the first' "$(grep -c '^vault: line' "$STDOUT")" 3
    cp "$STDOUT" "$STDERR"
    kept 'and their text is kept' '[[['
fi

# The vault, or the environment, is gone when the person has finished.
for gone in 'mv vault.toml away' '"$BIN" env rename dev devel 2>/dev/null' \
    'mv vault.toml away && echo "[vault]" >vault.toml'; do
    printf '#!/bin/sh\nsed -i "s/mended/hard work/" "$1"\n%s\n' "$gone" >goner
    chmod +x goner
    cp vault.toml before
    EDITOR="$WORK/note $WORK/goner" run vault edit
    ok "an error: $gone" or_tell test "$status" -ne 0
    stderr_lacks 'nothing was changed' "not taken for an unchanged text: $gone"
    kept "kept: $gone" 'A = "hard work"'
    nothing_left
    rm -f away
    cp before vault.toml
done
# Crashes.
printf '#!/bin/sh\nexit 3\n' >quitter
chmod +x quitter
EDITOR="$WORK/note $WORK/quitter" run vault edit
status_is 1 'an editor that is left with an error, and has changed nothing'
nothing_left
for crash in 'exit 3' 'kill -KILL $$' 'rm "$1"'; do
    printf '#!/bin/sh\nsed -i s/mended/crashed/ "$1"\n%s\n' "$crash" >crasher
    chmod +x crasher
    EDITOR="$WORK/note $WORK/crasher" run vault edit
    status_is 1 "an editor that does: $crash"
    unchanged 'nothing is written'
    case $crash in
    rm*) ;;
    *) kept "what it saved is kept: $crash" crashed ;;
    esac
    nothing_left
done
EDITOR="$WORK/note $WORK/no-such-editor" run vault edit
status_is 1 'an editor that is not there'

# Somebody else, meanwhile.
cat >meanwhile <<'END'
#!/bin/sh
if [ -e third ]; then
    head -n 1 "$1" >message
    sed -i -e '/^# vault:/d' "$1"
else
    touch third
    "$BIN" set A=theirs OTHER=theirs db/URL=theirs 2>/dev/null
    sed -i -e 's/^A = .*/A = "mine"/' -e 's/^NEW = .*/NEW = "mine"/' "$1"
fi
END
chmod +x meanwhile
EDITOR="$WORK/note $WORK/meanwhile" run vault edit
status_is 0 'two at once'
ok 'the second is told what changed underneath' grep -q 'meanwhile: app/A;' message
is 'and has theirs after that' "$(vault get A)" mine
is 'what nobody else changed is as typed' "$(vault get NEW)" mine
is 'what only the other changed stays theirs' "$(vault get db/URL)" theirs
is 'and what only the other added' "$(vault get OTHER)" theirs

# Two editors. The first is open until the second has saved.
cat >slow <<'END'
#!/bin/sh
if [ -e told ]; then
    head -n 1 "$1" >message
    grep -c '^A = "first"' "$1" >kept
    exit 0 # and leaves it as it is
fi
: >told
sed -i -e 's/^A = .*/A = "first"/' "$1"
while [ ! -e saved ]; do sleep 0.02; done
END
chmod +x slow
EDITOR="$WORK/note $WORK/slow" "$BIN" edit 2>first.err &
first=$!
while [ ! -e told ]; do sleep 0.02; done
editor 's/^A = .*/A = "second"/'
run vault edit
status_is 0 'of two editors the one that is left first saves'
: >saved
code=0
wait $first || code=$?
is 'the other is told, and saves nothing when it is left as it is' "$code $(vault get A)" '1 second'
ok 'what changed underneath' grep -q 'meanwhile: app/A;' message
is 'its text was kept' "$(cat kept)" 1
cp first.err "$STDERR"
kept 'and still is' 'A = "first"'
nothing_left

# A terminal that the editor has left in a state of its own.
if command -v python3 >/dev/null; then
    printf '#!/bin/sh\nstty -echo raw\nkill -KILL $$\n' >wild
    chmod +x wild
    run "$TOP/tests/pty.py" -- sh -c 'stty -a >before.tty; EDITOR="$WORK/note $WORK/wild" "$BIN" edit; stty -a >after.tty'
    stdout_has 'the editor ended with exit status 137: nothing was changed' 'an editor that crashes'
    ok 'the terminal is as it was' cmp before.tty after.tty
    rm before.tty after.tty
else
    skip 'the terminal after a crash' 'there is no python3'
fi

# No folder in memory: in a namespace of its own, /dev/shm is a folder on a disk.
mkdir disk
without_memory() {
    # shellcheck disable=SC2016
    TMPDIR="$WORK/disk" unshare -rm sh -c 'mount --bind disk /dev/shm && unset XDG_RUNTIME_DIR && exec "$@"' - "$@"
}
on_disk() {
    case $(stat -f -c %T disk 2>/dev/null) in
    tmpfs | ramfs | '') false ;;
    esac
}
if on_disk && without_memory sh -c '! stat -f -c %T /dev/shm /run/shm /tmp 2>/dev/null |
    grep -q -x -e tmpfs -e ramfs' 2>/dev/null; then
    cp vault.toml before
    editor 's/^A = .*/A = "on disk"/'
    run without_memory "$BIN" edit
    status_is 1 'no folder in memory: refused'
    stderr_has 'no folder in memory, and plain text is not written to a disk unless you allow it'
    stderr_has 'hint: --allow-disk uses the temporary folder'
    unchanged 'nothing is written'
    run without_memory "$BIN" edit --allow-disk
    status_is 0 '--allow-disk'
    is 'it was done' "$(vault get A)" 'on disk'
    is 'and is cleared away' "$(ls -A disk)" ''
    run without_memory "$BIN" exec --files -- true
    status_is 125 'exec --files asks for the same'
    run without_memory "$BIN" exec --files --allow-disk -- sh -c 'cat "$A_FILE"; echo'
    stdout_is 'on disk' 'exec --files --allow-disk'
    is 'and is cleared away, too' "$(ls -A disk)" ''
else
    skip 'no folder in memory' 'one cannot be hidden here'
fi

# Standard input.
printf '[app]\nA = "from stdin"\n' >new.toml
run sh -c '"$BIN" edit - <new.toml'
status_is 0 'edit - takes the whole environment'
is 'with its values' "$(vault get A)" 'from stdin'
is 'and no others' "$(vault list | awk '{print $1}')" app
cp vault.toml before
run sh -c 'printf "[app]\nA = 5\n" | "$BIN" edit -'
status_is 1 'a wrong text from stdin'
stderr_has 'A is neither a string' 'says what is wrong'
run sh -c '"$BIN" edit - </dev/null'
status_is 1 'an empty stdin'
unchanged 'nothing is written'

run vault edit nothing
status_is 4 'a secret that is not there'
nothing_left
done_testing
