#!/bin/sh
# Work that takes its time shows itself, on a terminal only, and leaves nothing behind.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

# What is left on the screen's last line that is not blank, as a terminal shows it.
screen() {
    python3 -c 'import re, sys
shown = re.sub(r"\x1b\[[0-9?]*[a-z]", "", sys.stdin.buffer.read().decode())
for line in shown.split("\n"):
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
waiting="note: waiting for the lock on $WORK, which another program holds"
# While somebody else has the lock, vault waits.
run pty --hold . --expect '/ working' -- "$BIN" set "A=$MARKER"
status_is 0
stdout_has "$return| working" 'a wheel'
stdout_has "$return/ working" 'which turns'
is 'what is left on the screen' "$(screen)" "$waiting${newline}note: changed app/A in dev"
ok 'no escapes' not grep -q "$(printf '\033')" "$STDOUT"
run pty --hold . --pause 0.8 -- sh -c '"$BIN" set A=2 2>stderr'
status_is 0
stdout_is '' 'no terminal: nothing'
is 'nor in a file' "$(cat stderr)" "$waiting${newline}note: changed app/A in dev"
rm stderr
run pty --hold . --pause 0.8 -- env TERM=dumb "$BIN" set A=3
stdout_is "$waiting${newline}note: changed app/A in dev" 'nothing where a carriage return is none'
# On a busy machine, even this may take half a second: not every time.
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    run pty -- "$BIN" set A=4
    has_text working "$STDOUT" || break
done
stdout_is 'note: changed app/A in dev' 'nothing for what is done at once'

# The question first; then somebody else has the lock.
run pty --hold . --expect 'value of B: $' --secret b --expect '/ working' -- "$BIN" set B
is 'a question is not drawn over' "$(screen)" "value of B:$newline$waiting${newline}note: added app/B in dev"

# Many values. The work is stopped somewhere until its timer has run out: again, until that was midway.
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
cat >midway.py <<'END'
import os, random, signal, sys, time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ["TOP"], "tests"))
import pty

def stopped(after):
    terminal = pty.Terminal(sys.argv[1:], pty.HANGS, pty.HANGS, "80x24")
    time.sleep(after)
    os.kill(terminal.pid, signal.SIGSTOP)
    time.sleep(0.6)
    os.kill(terminal.pid, signal.SIGCONT)
    return terminal.end(), terminal.shown.decode()

start = time.monotonic()
pty.Terminal(sys.argv[1:], pty.HANGS, pty.HANGS, "80x24").end()
whole = time.monotonic() - start
for _ in range(100):
    status, shown = stopped(random.uniform(0, whole))
    if "[#" in shown:
        break
print(shown, end="")
sys.exit(status)
END
run python3 midway.py "$BIN" exec -f many.toml --only K1 -- true
status_is 0
ok 'a bar' grep -q -E "$return\\[#+\\.+\\] " "$STDOUT"
is 'it is cleared away' "$(screen)" ''

# The timer ends nobody: not the command, and one that somebody has set for us is theirs.
run pty --hold . --expect '/ working' -- \
    sh -c '"$BIN" set A=5 && exec "$BIN" exec -- sh -c "sleep 0.8; echo alive"'
stdout_has alive 'the command has no timer'
run pty -- python3 -c 'import os, signal, sys
signal.alarm(1)
os.execv(sys.argv[1], sys.argv[1:])' "$BIN" exec -- sleep 1000
status_is 142 'a limit that was set before holds'

finish
