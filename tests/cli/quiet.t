#!/bin/sh
# No verb makes a socket, and none but exec, edit and those that ask git starts a program: seen by
# strace. A verb that gives an environment to readers has a helper in a process of its own, which would
# start the plugin of a reader's key.
. "$(dirname "$0")/scene.sh"

command -v git >/dev/null || skip_all 'there is no git'
command -v strace >/dev/null || skip_all 'there is no strace'
strace -f -o "$TMP/trace" true 2>/dev/null || skip_all 'strace may not trace here'

# The program lets nobody read its memory but root. strace must read paths there: the call that shuts
# it away is answered and not done.
traces() { # WHAT COMMAND…
    traced_calls=$1
    shift
    run strace -f -o "$TMP/trace" -e trace="$traced_calls,prctl" -e inject=prctl:retval=0 "$@"
}

export ASAN_OPTIONS=detect_leaks=0 # what looks for leaks is a process of its own

# alone_in_the_world NAME COMMAND…
alone_in_the_world() {
    world_name=$1
    traced="$traced ${1%% *}"
    shift
    traces network,process "$BIN" "$@"
    status_is 0 "$world_name: exit status 0"
    ok "$world_name: no socket, no process" no_company 1
}
# The same for a verb with a helper.
alone_with_a_helper() {
    world_name=$1
    traced="$traced ${1%% *}"
    shift
    traces network,process "$BIN" "$@"
    status_is 0 "$world_name: exit status 0"
    ok "$world_name: no socket, no program" has_a_helper
}
has_a_helper() {
    ! grep -E '^[0-9 ]*(socket|connect|sendto|sendmsg|bind)\(' "$TMP/trace" &&
        [ "$(grep -cE '^[0-9 ]*(clone|clone3|fork|vfork)\(' "$TMP/trace")" -eq 1 ] &&
        [ "$(grep -c 'execve(.* = 0' "$TMP/trace")" -eq 1 ]
}
no_company() { # EXECVES
    ! grep -E '^[0-9 ]*(socket|connect|sendto|sendmsg|bind|clone|clone3|fork|vfork)\(' "$TMP/trace" &&
        [ "$(grep -c 'execve(.* = 0' "$TMP/trace")" -eq "$1" ]
}

traced=''
traces network,process sh -c 'true & wait; exec true'
ok 'a process that is started is seen' not no_company 2

alone_in_the_world keygen keygen -o other.key
other=$(cat "$STDOUT")
alone_in_the_world init init
alone_in_the_world set set "KEY=$MARKER"
alone_in_the_world create create s A=1
alone_in_the_world update update s A=2
alone_in_the_world get get A
alone_in_the_world list list --json
alone_in_the_world 'list SECRET' list s
alone_in_the_world rename rename s t
alone_in_the_world copy copy t u
alone_in_the_world delete delete u -y
alone_with_a_helper grant grant bob "$other"
alone_with_a_helper 'env create' env create prod
alone_with_a_helper 'env list' env
alone_with_a_helper 'env rename' env rename prod live
alone_with_a_helper 'env copy' env copy dev new
alone_with_a_helper 'env delete' env delete new -y
alone_in_the_world readers readers --json
alone_with_a_helper rotate rotate
alone_with_a_helper revoke revoke bob
alone_in_the_world trust trust dev
alone_in_the_world verify verify
alone_in_the_world 'list --verify' list --verify --all
with "[t]${newline}A = '3'" alone_in_the_world 'edit -' edit -
with '{{ t/A }}' alone_in_the_world render render -
with 'a text' alone_in_the_world redact redact
alone_in_the_world inbox inbox
alone_in_the_world whoami whoami
alone_in_the_world check check --require t/A
alone_in_the_world export export --format json
alone_in_the_world completion completion bash
alone_in_the_world help help
alone_in_the_world version version
traces network,process "$BIN" exec -- true
status_is 0
ok 'exec becomes its command: one process, no socket' no_company 2

# The kernel's keyring, where there is one, is no socket; the verbs of git, and doctor, start git alone.
for words in unlock lock; do
    traces network,process "$BIN" $words
    ok "$words: no socket, no process" no_company 1
done
given git init -q
given git add vault.toml
given git commit -q -m one
no_other_program() {
    grep 'execve(.* = 0' "$TMP/trace" | not grep -v -E 'execve\("[^"]*/(git|git-[a-z-]*|vault)"'
}
cp vault.toml other.toml
for words in undo 'merge other.toml vault.toml other.toml' exposed diff log 'verify --history' git-setup scan 'scan --staged' doctor; do
    # shellcheck disable=SC2086
    traces network,execve "$BIN" $words
    ok "$words: no socket" not grep -E '(socket|connect|bind)\(' "$TMP/trace"
    ok "$words: git, and nothing else" no_other_program
done
TERM=xterm traces network,execve "$TOP/tests/pty.py" --expect 'q quit' --send 'q\c' -- "$BIN" ui
ok 'ui: no socket' not grep -E '(socket|connect|bind)\(' "$TMP/trace"
sed -i '1,/execve("[^"]*vault"/{/execve("[^"]*vault"/!d}' "$TMP/trace" # behind the program of the test
ok 'ui: git, and nothing else' no_other_program
traced="$traced ui exec unlock lock merge exposed diff log git-setup scan doctor restore undo"
for verb in $(vault help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p'); do
    ok "$verb was traced" matches "$traced " "* $verb *"
done

# edit starts the editor, and --files the command: one process each, and no socket.
printf '#!/bin/sh\nexit 0\n' >editor
chmod +x editor
export EDITOR="$WORK/editor"
traces network "$BIN" edit
status_is 0
ok 'edit makes no socket' not grep -E '(socket|connect|bind)\(' "$TMP/trace"
if command -v python3 >/dev/null; then
    run pty --expect 'q quit' --send 'q\c' -- env TERM=xterm strace -f -o "$TMP/trace" \
        -e trace=network,execve,prctl -e inject=prctl:retval=0 "$BIN" ui
    status_is 0 'ui runs'
    ok 'ui makes no socket' not grep -E '(socket|connect|bind)\(' "$TMP/trace"
    is 'and starts nothing before a key asks for it' "$(grep -c 'execve(.* = 0' "$TMP/trace")" 1
fi
traces network,execve "$BIN" exec --files -- true
status_is 0
ok 'exec --files makes no socket' not grep -E '(socket|connect|bind)\(' "$TMP/trace"
is 'and starts the command alone' "$(grep -c 'execve(.* = 0' "$TMP/trace")" 2

traces %file "$BIN" get A
sed '/"\/dev\/tty"/d' "$TMP/trace" >files
ok 'get opens nothing for writing' not grep -E 'O_WRONLY|O_RDWR|O_CREAT|rename|unlink' files

# What a start costs. Of the paths that the loader asks for nothing is counted.
asked() {
    sed -n '/prctl/,/execve/{/execve\|\.so\|""/d; s/^[0-9]* *\([a-z0-9_]*\)(.*"\([^"]*\)".*/\1 \2/p; }' "$TMP/trace"
}
given vault exec -- true # after which all is pinned
traces %file "$BIN" exec -- true
asked >paths
is 'exec opens the recorded default, the pins, the vault and the identity once each' \
    "$(sed -n 's/^open[a-z0-9]* .*\///p' paths | tr '\n' ' ')" 'defaults pins vault.toml identity '
ok 'it looks for no repository of a vault that it knows' not grep -e '\.git' paths
ok 'and asks for nothing else but where it is, the file, the identity and an SSH key' \
    test "$(grep -c -v "^open" paths)" -le 6
traces memory "$BIN" exec -- true
few=$(grep -c 'mlock(' "$TMP/trace")
i=0
while [ "$i" -lt 100 ]; do
    printf '[s%d]\nA%d = "%s"\n' "$i" "$i" "$MARKER"
    i=$((i + 1))
done >many
vault edit - <many >/dev/null 2>&1 || or_tell false
traces memory "$BIN" exec -- true
ok 'a hundred secrets are opened' test "$("$BIN" exec -- env | grep -c "=$MARKER")" -ge 100
ok 'and take at most two more blocks of guarded memory than one' test "$(grep -c 'mlock(' "$TMP/trace")" -le $((few + 2))

finish
