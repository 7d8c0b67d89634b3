#!/bin/sh
# A verb's work grows with the number of secrets, not with its square. The bound is of processor
# time, so that a busy machine does not matter: it is several times what a verb takes, and less than
# what it took while each look-up searched the file. So does memory, with the size of what is masked.
. "$(dirname "$0")/scene.sh"

SECRETS=30000

edit_from() {
    vault edit - <"$1"
}

lines_of() {
    vault list | wc -l
}

quick() { # COMMAND…
    ok "$SECRETS secrets in 5 s of processor time: $*" within "$@"
}

within() {
    # shellcheck disable=SC3045 # not POSIX, and in every sh that is met
    (ulimit -t 5 && "$@" >"$TMP/printed")
}

secrets() { # STEP
    awk "BEGIN { for (i = 0; i < $SECRETS; i += $1) printf \"[t%d]\nK%d = \\\"v\\\"\n\", i, i }"
}

given vault keygen
given vault init -e dev
secrets 1 >all.toml
secrets 2 >half.toml

quick edit_from all.toml
ok 'all of them are there' test "$(lines_of)" -eq "$SECRETS"
quick vault exec -- true
quick vault export --format=json
quick vault env copy dev other
quick vault env rename other another
quick vault env delete another --yes
quick vault check --max-age 9d
quick vault diff --textconv vault.toml
quick vault verify
quick vault rotate
quick edit_from half.toml
ok 'half of them are left' test "$(lines_of)" -eq $((SECRETS / 2))

cat >eight.py <<'END'
import os, resource, subprocess, sys

with open("eight", "wb") as f:
    for i in range(8):
        f.write(open("long%d" % i, "rb").read() + b"~\n")
wanted = b"".join(b"[eight/LONG%d]~\n" % i for i in range(8))
for attempt in range(10):  # on a busy machine the command may pause for 50 ms
    shown = subprocess.check_output([os.environ["BIN"], "exec", "--redact", "--files", "eight", "--", "cat", "eight"])
    if shown == wanted:
        break
print("masked", shown == wanted)
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("MB", children // (1024 if sys.platform != "darwin" else 1048576))
END
name='eight values of 1 MB are masked in less than 100 MB'
if grep -q __asan_init "$BIN"; then
    skip "$name" 'this build is for finding mistakes'
elif there_is python3 "$name"; then
    for i in 0 1 2 3 4 5 6 7; do
        head -c 786432 /dev/urandom | base64 | tr -d '\n' >"long$i"
        given vault set "eight/LONG$i" --from-file "long$i"
    done
    run python3 eight.py
    stdout_has 'masked True' 'eight values of 1 MB are masked'
    ok "$name" or_tell test "$(sed -n 's/^MB //p' "$STDOUT")" -lt 100
fi
finish
