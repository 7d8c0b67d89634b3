#!/bin/sh
# exec --redact: what a command writes is masked, in pipes and on a terminal, and nothing else of it
# changes.
. "$(dirname "$0")/scene.sh"

redact() {
    "$BIN" exec --redact "$@"
}

# on_terminal DIALOGUE… -- COMMAND…: of the masked command, run on a terminal.
on_terminal() {
    run pty "$@"
}

given vault init
with "$MARKER" given vault set app/API_KEY
with 'p@ss w/"x\<&>+ö' given vault set db/PASSWORD
export PYTHONIOENCODING=utf-8

# ---- pipes

run redact -- sh -c 'echo "$API_KEY, and $PASSWORD."; echo "vault: error: $API_KEY" >&2'
status_is 0
stdout_is '[app/API_KEY], and [db/PASSWORD].' 'values on stdout'
stderr_is 'vault: error: [app/API_KEY]' 'values on stderr'
cat >forms.py <<'END'
import base64, json, os, urllib.parse
v = os.environ["PASSWORD"]
b = v.encode()
quote, plus = urllib.parse.quote, urllib.parse.quote_plus
print(json.dumps(v), json.dumps(v, ensure_ascii=False), json.dumps(v).replace("/", "\\/"))
print(json.dumps(v).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
print(quote(v), quote(v, safe=""), plus(v))
print("%s" % "".join("%%%02x" % c if not chr(c).isalnum() or c > 127 else chr(c) for c in b))
print(b.hex(), b.hex().upper())
for before in b"", b"x", b"xy":
    for encode in base64.b64encode, base64.urlsafe_b64encode:
        print(encode(before + b).decode(), encode(before + b).decode().rstrip("="))
END
run redact -- python3 forms.py
status_is 0 'what Python writes of a value'
is 'each form is masked' "$(tr -d '" \n' <"$STDOUT")" \
    "$(i=0; while [ $i -lt 14 ]; do printf '[db/PASSWORD]'; i=$((i + 1)); done
    for before in eH eH eH eH eHl eHl eHl eHl; do printf '%s[db/PASSWORD]' $before; done)"
is 'byte by byte' "$(redact app -- python3 -c 'import os
for c in "<" + os.environ["API_KEY"] * 2 + ">":
    os.write(1, c.encode())')" '<[app/API_KEY][app/API_KEY]>'
is 'a beginning and an end' "$(redact app -- sh -c 'printf %s "${API_KEY%?}"')" "${MARKER%?}"
is 'the label has the key, not the prefix' "$(redact app --prefix X_ -- sh -c 'echo $X_API_KEY')" '[app/API_KEY]'
is 'with --files' "$(redact --files app -- sh -c 'cat $API_KEY_FILE')" '[app/API_KEY]'
is 'what the command was not given is not masked' "$(redact app -- echo 'p@ss w/"x\<&>+ö')" 'p@ss w/"x\<&>+ö'
redact app -- sh -c 'echo 1; echo "2 $API_KEY" >&2; echo 3; echo "4 $API_KEY" >&2' >both 2>&1
is 'the order of the two, where they are one file' "$(tr '\n' ' ' <both)" '1 2 [app/API_KEY] 3 4 [app/API_KEY] '
rm both
is 'stdin is the command'"'"'s' "$(echo words | redact app -- cat)" words
is 'an argument is no matter' "$(redact app -- printf '%s|' -- a 'b c')" '--|a|b c|'
run sh -c '"$BIN" exec --redact app -- sh -c "echo \"vault: \$API_KEY\" >&2" >&-'
stderr_is 'vault: [app/API_KEY]' 'a closed stdout stays closed'
for value in 12345 ''; do
    with "$value" given vault set "short/K${#value}" --from-file - --raw
done
with 123456 given vault set short/K6
run redact short -- sh -c 'echo "$K5 $K6 $K0."'
stdout_is '12345 [short/K6] .' 'values under 6 bytes are left alone'
stderr_is 'note: not masked, since shorter than 6 bytes: short/K5' 'a note names them'
given vault delete short -y

# ---- as it would be without

for code in 0 3 125 255; do
    run redact app -- sh -c "exit $code"
    status_is "$code" "exit status $code is passed on"
done
for signal in 2 9 11 15; do
    run redact app -- sh -c "ulimit -c 0; kill -$signal \$\$"
    status_is $((128 + signal)) "signal $signal is passed on, as 128 and its number"
done
refuses 127 'cannot run no-such-command' '' redact app -- no-such-command
refuses 125 'there is no secret nothing' '' redact nothing -- touch started
cp vault.toml whole.toml
sed 's/^created-by = .*/created-by = "mallory"/' whole.toml >vault.toml
refuses 125 '' '' redact -- touch started
mv whole.toml vault.toml
run redact app -- sh -c 'i=0; while [ $i -lt 20000 ]; do echo "line $i of $API_KEY"; i=$((i + 1)); done'
is 'many lines' "$(cksum <"$STDOUT")" \
    "$(i=0; while [ $i -lt 20000 ]; do echo "line $i of [app/API_KEY]"; i=$((i + 1)); done | cksum)"
head -c 3000000 /dev/urandom >noise
ok 'bytes of every kind' sh -c '"$BIN" exec --redact app -- cat noise | cmp - noise'
ok 'into a file' sh -c '"$BIN" exec --redact app -- cat noise >copy && cmp copy noise'
rm noise copy
for signal in TERM HUP USR1; do
    rm -f ready
    "$BIN" exec --redact app -- sh -c 'trap "echo got $API_KEY; exit 9" '"$signal"'
        : >ready; while :; do sleep 0.05; done' >caught &
    pid=$!
    while [ ! -e ready ]; do sleep 0.05; done
    kill -s "$signal" "$pid"
    code=0
    wait "$pid" || code=$?
    is "SIG$signal reaches the command, which ends in its own way" "$code $(cat caught)" \
        '9 got [app/API_KEY]'
done
rm -f caught ready
run sh -c 'trap "" INT; exec "$BIN" exec --redact app -- sh -c "kill -INT \$\$; echo on"'
stdout_is on 'a signal that is ignored stays ignored'
run sh -c '{ "$BIN" exec --redact app -- sh -c "trap - PIPE; yes; echo \$? >ended"; echo $? >status; } | head -n 1'
stdout_is y 'a reader who leaves'
is 'the command gets a SIGPIPE' "$(cat ended)" 141
rm -f ended status
# More than the pipe that nobody reads holds, and less than that pipe and ours together, which is a page
# at least.
cat >narrow.py <<'END'
import fcntl, os, subprocess, time

F_SETPIPE_SZ = 1031
reader, writer = os.pipe()
holds = fcntl.fcntl(writer, F_SETPIPE_SZ, 1)
p = subprocess.Popen([os.environ["BIN"], "exec", "--redact", "app", "--", "sh", "-c",
                      "head -c %d /dev/zero; : >ended" % (holds * 3 // 2)], stdout=writer)
os.close(writer)
while not os.path.exists("ended"):
    time.sleep(0.02)
os.close(reader)
print(p.wait())
END
if [ "$(uname)" = Linux ]; then
    run python3 narrow.py
    stdout_is 141 'what the command has written and nobody reads is no success'
    rm -f ended
else
    skip 'what nobody reads' "no pipe's size can be set here"
fi
if [ -e /dev/full ]; then
    run sh -c '"$BIN" exec --redact app -- echo "$MARKER" >/dev/full'
    status_is 125 'output that cannot be written: not a success'
    stderr_has 'cannot write to standard output' 'it is said'
else
    skip 'output that cannot be written' 'there is no /dev/full'
fi

# ---- what is held back, and for how long

cat >pauses.py <<'END'
import os, subprocess

# The end is written when the beginning has been read.
script = 'printf "%s" "${API_KEY%??}"; read -r go; printf "%s\n" "${API_KEY#${API_KEY%??}}"'
p = subprocess.Popen([os.environ["BIN"], "exec", "--redact", "app", "--", "sh", "-c", script],
                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
first = os.read(p.stdout.fileno(), 4096)
p.stdin.write(b"go\n")
p.stdin.close()
rest = p.stdout.read()
print((first + rest).decode().strip())
END
run python3 pauses.py
stdout_is "$MARKER" 'a beginning is shown after 50 ms of silence, and its end then cannot be masked'
# On a busy machine the command itself may pause between the two.
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    run redact app -- sh -c 'printf "%s" "${API_KEY%??}"; printf "%s\n" "${API_KEY#${API_KEY%??}}"'
    ! has_text '[app/API_KEY]' "$STDOUT" || break
done
stdout_is '[app/API_KEY]' 'two parts without a pause are one'
run timeout 300 "$BIN" exec --redact app -- sh -c 'sleep 1000 & echo "$API_KEY"; echo $! >left'
status_is 0 'what the command leaves behind keeps nobody waiting'
stdout_is '[app/API_KEY]' 'what was written is shown'
kill "$(cat left)"
run timeout 300 "$BIN" exec --redact app -- sh -c 'yes & echo $! >left'
status_is 0 'not even if it writes for ever'
kill "$(cat left)" 2>/dev/null || :
rm -f left

cat >unread.py <<'END'
import signal, subprocess, sys, time
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
print(p.stderr.readline().decode().strip())  # although stdout is full
p.send_signal(signal.SIGTERM)
time.sleep(0.3)
while p.poll() is None:
    p.send_signal(signal.SIGTERM)
    time.sleep(0.05)
print("status", p.poll())
END
run timeout 300 python3 unread.py "$BIN" exec --redact app -- sh -c '
    yes "$API_KEY" & trap "kill $!; exit 3" TERM; sleep 0.2; echo "to be read" >&2; wait'
stdout_has 'to be read' 'a full stdout does not keep stderr waiting'
stdout_has 'status 3' 'nor a signal; behind the end of the command one gives up what nobody reads'
run sh -c '"$BIN" exec --redact app -- sh -c "exit 6" >&- 2>&-'
status_is 6 'nothing to be masked'

# ---- a terminal

on_terminal -- "$BIN" exec --redact app -- sh -c '
    test -t 0 && test -t 1 && test -t 2 && echo "three of them, $(stty size)"
    echo "$API_KEY"; echo "$API_KEY" >&2; echo "on the terminal: $API_KEY" >/dev/tty; exit 7'
status_is 7 'on a terminal: the exit status'
stdout_has 'three of them, 24 80' 'it is one, of the size of the outer'
is 'three values are masked' "$(grep -c '\[app/API_KEY\]' "$STDOUT")" 3
stdout_lacks "$MARKER" 'and none is shown'
on_terminal --expect 'name[?] ' --send bob -- "$BIN" exec --redact app -- sh -c '
    printf "name? "; read -r name; echo "hello $name"'
stdout_has 'hello bob' 'what is typed reaches the command'
is 'and is echoed once' "$(grep -c '^name? bob$' "$STDOUT")" 1
on_terminal --expect 'word[?]' --secret "$MARKER" -- "$BIN" exec --redact app -- sh -c '
    stty -echo; printf "word? "; read -r word; stty echo; test "$word" = "$API_KEY" && echo the same'
stdout_has 'the same' 'a hidden answer'
stdout_lacks "$MARKER" 'is not shown'
on_terminal --expect ready --send '\x03\c' -- "$BIN" exec --redact app -- sh -c '
    trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.05; done'
status_is 9 'Ctrl-C reaches the command'
stdout_has caught 'which catches it'
on_terminal --expect ready --send 'text\n\x04\c' -- "$BIN" exec --redact app -- sh -c 'echo ready; wc -c'
stdout_has 5 'Ctrl-D is the end of what is typed'
on_terminal -- sh -c '"$BIN" exec --redact app -- sh -c "test -t 1 || echo no terminal; test -t 2 &&
    echo a terminal >&2; echo \$API_KEY; echo \$API_KEY >&2" | cat'
stdout_has 'no terminal' 'stdout is a pipe: it stays one'
stdout_has 'a terminal' 'stderr stays a terminal'
is 'both are masked' "$(grep -c '^\[app/API_KEY\]$' "$STDOUT")" 2
on_terminal -- sh -c '"$BIN" exec --redact app -- sh -c "test -t 1 && echo \$API_KEY; test -t 2 || echo \$API_KEY >&2" 2>err; cat err'
is 'stdout a terminal, stderr a file' "$(grep -c '^\[app/API_KEY\]$' "$STDOUT")" 2
on_terminal -- sh -c 'before=$(stty -g); "$BIN" exec --redact app -- sh -c "stty raw; kill -9 \$\$"
    test "$(stty -g)" = "$before" && echo "as it was"'
stdout_has 'as it was' 'the terminal is as it was, whatever the command did'
on_terminal --expect ready -- sh -c 'before=$(stty -g)
    "$BIN" exec --redact app -- sh -c "echo ready; : >running; exec sleep 1000" & pid=$!
    while [ ! -e running ]; do sleep 0.02; done; kill $pid; wait $pid
    echo "status $?"; test "$(stty -g)" = "$before" && echo "as it was"'
stdout_has 'status 143' 'a signal that ends the command'
stdout_has 'as it was' 'leaves the terminal as it was'
on_terminal -- sh -c 'printf "in a pipeline\n" | "$BIN" exec --redact app -- sh -c "cat; test -t 1 && echo a terminal"'
stdout_has 'in a pipeline' 'stdin is a pipe: it stays one'
stdout_has 'a terminal' 'and the command has its terminal'

cat >resize.py <<'END'
import fcntl, os, struct, sys, termios, time
pid, master = os.forkpty()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
while b"ready" not in shown:
    shown += os.read(master, 1000)
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 44, 0, 0))
try:
    while True:
        more = os.read(master, 1000)
        if not more:
            break
        shown += more
except OSError:
    pass
print(shown.decode().replace("\r\n", "\n"))
END
run timeout 300 python3 resize.py "$BIN" exec --redact app -- sh -c '
    trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.05; done'
stdout_has '33 44' 'a new size reaches the command, with its signal'

if command -v bash >/dev/null; then
    cat >cat.sh <<'END'
echo started; cat; echo ended
END
    cat >later.sh <<'END'
sleep 0.2; echo "$API_KEY"
END
    cat >modes.sh <<'END'
stty -a | grep -c " icanon"; echo shell
END
    on_terminal --expect '@ ' --send '"$BIN" exec --redact app -- sh cat.sh' --expect started \
        --send one --expect 'one\r\none\r\n' --send '\x1a\c' --expect Stopped \
        --expect '@ ' --send 'sh modes.sh' --expect '1\r\nshell' \
        --expect '@ ' --send fg --expect 'cat.sh\r\n' --send two --expect 'two\r\ntwo\r\n' \
        --send '\x04\c' --expect ended --expect '@ ' --send 'exit 6' -- \
        env PS1='@ ' bash --norc --noediting -i
    status_is 6 'Ctrl-Z stops it, the shell has its terminal, and fg goes on'
    on_terminal --expect '@ ' --send '"$BIN" exec --redact app -- sh later.sh & wait' \
        --expect '\[app/API_KEY\]' --send 'exit 6' -- env PS1='@ ' bash --norc --noediting -i
    status_is 6 'in the background'
    cat >go.sh <<'END'
echo going; cat
END
    on_terminal --expect '@ ' --send 'sleep 1000 | "$BIN" exec --redact app -- sh go.sh' \
        --expect going --send '\x03\c' --expect '@ ' --send 'echo "${PIPESTATUS[*]}"; exit 6' -- \
        env PS1='@ ' bash --norc --noediting -i
    stdout_has '130 ' 'Ctrl-C ends a whole pipeline'
    on_terminal --expect '@ ' --send 'stty tostop; "$BIN" exec --redact app -- sh later.sh &' \
        --expect '@ ' --send 'wait; jobs' --expect Stopped --expect '@ ' --send fg \
        --expect '\[app/API_KEY\]' --expect '@ ' --send 'exit 6' -- \
        env PS1='@ ' bash --norc --noediting -i
    status_is 6 'in the background of a terminal that stops who writes there'
else
    skip 'job control' 'there is no bash'
fi

# ---- long values: masked whole, and not at many times their size in memory

if command -v python3 >/dev/null; then
    head -c 786432 /dev/urandom | base64 | tr -d '\n' >long
    given vault set most/LONG --from-file long
    eight=''
    for i in 1 2 3 4 5 6 7 8; do
        eight="$eight, \"LONG$i\": \"$i$(head -c 1048000 long)\""
    done
    printf '{%s}' "${eight#, }" >eight.json
    given vault create eight --from-json eight.json
    head -c 50000 long >middling
    given vault set big/LONG --from-file middling
    cat >measure.py <<'END'
import base64, json, os, resource, subprocess, sys, urllib.parse

value = open("middling", "rb").read()
forms = {
    "plain": value,
    "hex": value.hex().encode(),
    "HEX": value.hex().upper().encode(),
    "base64": base64.b64encode(value),
    "base64 in lines": base64.encodebytes(value),
    "base64 among others": base64.b64encode(b"user:" + value + b"@host"),
    "URL": urllib.parse.quote(value, safe="").encode(),
    "JSON": json.dumps(value.decode()).replace("/", "\\/")[1:-1].encode(),
}
for name, form in forms.items():
    with open("form", "wb") as f:
        f.write(b"<" + form + b">" + form[: len(form) // 2] + b"~" + form)
    for attempt in range(20):  # on a busy machine the command may pause for 50 ms
        p = subprocess.run([os.environ["BIN"], "exec", "--redact", "--files", "big", "--", "cat", "form"],
                           stdout=subprocess.PIPE)
        whole = p.stdout.count(b"[big/LONG]")
        if whole == 2:
            break
    print(name, whole, value[-600:] in p.stdout, b"~" in p.stdout)
for secret, most in ("most", 40), ("eight", 100):
    subprocess.run([os.environ["BIN"], "exec", "--redact", "--files", secret, "--", "true"], check=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print("memory of", secret, children // (1024 if sys.platform != "darwin" else 1048576) < most)
END
    run python3 measure.py
    for form in plain hex HEX base64 'base64 in lines' 'base64 among others' URL JSON; do
        ok "a long value as $form" or_tell grep -q -x "$form 2 False True" "$STDOUT"
    done
    if grep -q __asan_init "$BIN"; then
        skip 'all of it takes less than 40 MB, and eight less than 100' 'this build is for finding mistakes'
    else
        stdout_has 'memory of most True' 'all of it takes less than 40 MB'
        stdout_has 'memory of eight True' 'eight values of 1 MB take less than 100 MB'
    fi
else
    skip 'a long value' 'there is no python3'
fi

finish
