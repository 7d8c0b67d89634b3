#!/bin/sh
# A system call fails while a command runs: nobody waits forever, nothing goes out unmasked, no file
# is left.
. "$(dirname "$0")/../lib.sh"

strace -qq -f -o /dev/null true 2>/dev/null || skip_all 'strace cannot trace here: make deps-test'
vault init 2>/dev/null
vault set db/PASSWORD=plain-text-value db/USER=someone 2>/dev/null
mkdir files

# sweep NAME CALLS ERROR COMMAND…: each of the calls fails once, for the first N; of ours alone.
sweep() {
    name=$1 calls=$2 error=$3 wrong='' fired=0
    shift 3
    for call in $calls; do
        n=0
        while [ $n -lt 12 ]; do
            n=$((n + 1)) code=0
            timeout -s KILL 20 strace -qq -o trace -e "trace=$call" -e "inject=$call:error=$error:when=$n" \
                "$@" >out 2>&1 || code=$?
            [ $code -ne 137 ] || wrong="$wrong $call:$n:hangs"
            ! grep -q plain-text-value out || wrong="$wrong $call:$n:unmasked"
            [ -z "$(ls files)" ] || grep -q '^hint: rm -r' out || wrong="$wrong $call:$n:left"
            rm -rf files/*
            grep -q INJECTED trace || break
            fired=$((fired + 1))
        done
    done
    is "$name, $error" "$wrong" ''
    ok "$name, $error: some calls failed" test $fired -gt 5
}
for error in EINTR ENOMEM; do
    sweep 'exec --redact' 'fcntl pipe2 pipe poll wait4 read dup2 clone clone3 vfork' "$error" \
        "$BIN" exec --redact -- sh -c 'echo "$PASSWORD"; echo "$PASSWORD" >&2'
    sweep 'exec --files' 'wait4 rt_sigprocmask rt_sigtimedwait unlink unlinkat rmdir getdents64' "$error" \
        "$BIN" exec --files=files -- sh -c 'mkdir "${USER_FILE%/*}/sub"'
    sweep 'exec --files --redact' 'fcntl wait4 unlinkat' "$error" \
        "$BIN" exec --files=files --redact -- sh -c 'cat "$PASSWORD_FILE"'
    EDITOR=: && export EDITOR
    sweep 'edit' 'wait4 rt_sigprocmask unlinkat rmdir' "$error" "$BIN" edit
done

# Descriptors are not there for the clean-up.
run sh -c 'ulimit -n 24; exec "$BIN" exec --files=files -- sh -c "mkdir \"\${USER_FILE%/*}/sub\""'
status_is 0 'with few descriptors'
is 'with few descriptors: nothing is left' "$(ls files)" ''
done_testing
