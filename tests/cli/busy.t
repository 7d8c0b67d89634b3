#!/bin/sh
# Work that takes its time shows itself, on a terminal only, and leaves nothing behind.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

# A command that waits: this starts it and has the vault's lock for a while.
cat >"$TMP/held.py" <<'END'
import fcntl, os, subprocess, sys, time
lock = os.open(".", os.O_RDONLY)
fcntl.flock(lock, fcntl.LOCK_EX)
child = subprocess.Popen(sys.argv[1:])
time.sleep(1.2)
fcntl.flock(lock, fcntl.LOCK_UN)
sys.exit(child.wait())
END
# What is left on the screen's last line that is not blank, as a terminal shows it.
screen() {
    python3 -c 'import sys
for line in sys.stdin.buffer.read().decode().split("\n"):
    row = []
    at = 0
    for c in line:
        if c == "\r":
            at = 0
            continue
        row[at:at + 1] = [c]
        at += 1
    print("".join(row).rstrip())' <"$STDOUT" | grep . || :
}
return=$(printf '\r')

given vault init
given vault set A=1
run pty -- "$BIN" set A=0 # which has a hint that stands once
export TERM=xterm
run pty -- python3 "$TMP/held.py" "$BIN" set "A=$MARKER"
status_is 0
stdout_has "$return| working" 'a wheel'
stdout_has "$return/ working" 'which turns'
is 'what is left on the screen' "$(screen)" 'note: set app/A in dev'
ok 'no escapes' not grep -q "$(printf '\033')" "$STDOUT"
run pty -- sh -c 'python3 "$TMP/held.py" "$BIN" set A=2 2>stderr'
status_is 0
stdout_is '' 'no terminal: nothing'
is 'nor in a file' "$(cat stderr)" 'note: set app/A in dev'
rm stderr
run pty -- env TERM=dumb python3 "$TMP/held.py" "$BIN" set A=3
stdout_is 'note: set app/A in dev' 'nothing where a carriage return is none'
run pty -- "$BIN" set A=4
stdout_is 'note: set app/A in dev' 'nothing for what is done at once'

# The question first; then somebody else has the lock.
run pty --expect 'value of B: $' --secret b -- python3 "$TMP/held.py" "$BIN" set B
is 'a question is not drawn over' "$(screen)" "value of B:${newline}note: set app/B in dev"

# Many values. The work is stretched: stopped most of the time.
i=0
while [ $i -lt 400 ]; do
    echo "K$i=$i" && i=$((i + 1))
done >many.env
given vault init -f many.toml
i=0
while [ $i -lt 40 ]; do
    echo "[s$i]" && sed 's/=\(.*\)/ = "\1"/' many.env && i=$((i + 1))
done >many.secrets
with "$(cat many.secrets)" given vault edit - -f many.toml
cat >slowly.py <<'END'
import os, signal, subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
while child.poll() is None:
    time.sleep(0.0002)
    child.send_signal(signal.SIGSTOP)
    time.sleep(0.08)
    child.send_signal(signal.SIGCONT)
sys.exit(child.returncode)
END
run pty --timeout 60 -- python3 slowly.py "$BIN" exec -f many.toml --only K1 -- true
status_is 0
ok 'a bar' grep -q -E "$return\\[#+\\.+\\] " "$STDOUT"
is 'it is cleared away' "$(screen)" ''

# The timer ends nobody: not the command, and one that somebody has set for us is theirs.
run pty -- sh -c 'python3 "$TMP/held.py" "$BIN" set A=5 && exec "$BIN" exec -- sh -c "sleep 1; echo alive"'
stdout_has alive 'the command has no timer'
run pty -- python3 -c 'import os, signal, sys
signal.alarm(1)
os.execv(sys.argv[1], sys.argv[1:])' "$BIN" exec -- sleep 5
status_is 142 'a limit that was set before holds'

finish
