#!/bin/sh
# The frame itself: a test that fails, breaks off or is skipped is seen, and none sees the outside.
. "$(dirname "$0")/../lib.sh"

mkdir -p 'a tree/tests'
touch 'a tree/vault.h'
cp "$TOP"/tests/*.sh 'a tree/tests'
cd 'a tree'

a_test() { # NAME SCRIPT
    printf '#!/bin/sh\n. "$(dirname "$0")/lib.sh"\n%s\n' "$2" >"tests/$1.t"
    chmod +x "tests/$1.t"
}

runs() { # SUMS TEST…
    sums=$1
    shift
    run env JOBS=2 tests/run.sh "$@"
    stdout_has "$sums" "$*: $sums"
}

a_test good 'ok one true; ok two not false; done_testing'
a_test bad 'ok one true; ok two false; done_testing'
a_test short 'ok one true; exit 0'
a_test crash 'ok one true; echo 1..1; kill -9 $$'
a_test miscounted 'ok one true; echo 1..2'
a_test angry 'ok one true; echo 1..1; exit 3'
a_test absent 'skip_all "the moon is down"'
a_test partial 'ok one true; skip two "no second one"; done_testing'
a_test empty 'done_testing'
a_test messy 'ok one true; trap - EXIT; done_testing'
a_test stopped 'false; done_testing'

runs '2 passed, 0 failed, 0 skipped' tests/good.t
status_is 0 'good: exit status 0'
for name in bad short crash miscounted angry empty messy stopped; do
    a_test good 'ok one true; done_testing'
    runs ', 1 failed, 0 skipped' tests/good.t tests/$name.t
    status_is 1 "$name: exit status 1"
    stdout_has ": tests/$name.t: " "$name: is named"
done
runs '3 passed, 1 failed, 1 skipped' tests/good.t tests/bad.t tests/partial.t
stdout_has 'failed: tests/bad.t: not ok 2 - two' 'what failed is named'
stdout_has '# failed: false' 'and how'
runs '2 passed, 0 failed, 2 skipped' tests/good.t tests/absent.t tests/partial.t
status_is 0 'skipped: exit status 0'
stdout_has 'skipped: tests/absent.t: the moon is down' 'the reason of a whole test is printed'
stdout_has 'skipped: tests/partial.t: no second one' 'the reason of a part is printed'

# A test that hangs is ended, with what it has started.
SLEEPER=$WORK/sleeper
export SLEEPER
a_test hanging 'sleep 1000 & echo $! >"$SLEEPER"; sleep 1000; ok one true; done_testing'
export TEST_LIMIT=1
runs '0 passed, 1 failed, 0 skipped' tests/hanging.t
unset TEST_LIMIT
stderr_has 'tests/hanging.t ran for more than 1 s' 'a test that hangs is named'
ok 'and nothing of it runs on' not kill -0 "$(cat "$SLEEPER")"

# So is one that is interrupted, as by Ctrl-C.
rm "$SLEEPER"
perl -e 'setpgrp; $SIG{INT} = "DEFAULT"; exec @ARGV' tests/run.sh tests/hanging.t >"$TMP/interrupted" 2>&1 &
running=$!
while [ ! -s "$SLEEPER" ]; do sleep 0.05; done
kill -s INT -- "-$running"
wait "$running" || :
while kill -0 "$(cat "$SLEEPER")" 2>/dev/null; do sleep 0.05; done
ok 'an interrupted run has no sums' not grep -q ' passed, ' "$TMP/interrupted"

# In the background of a script, or under nohup, signals are ignored: not by a test.
a_test signalled '
for signal in INT HUP QUIT; do
    run sh -c "kill -s $signal \$\$"
    ok "$signal ends a program" test "$status" -gt 128
done
done_testing'
run sh -c 'trap "" INT HUP QUIT; exec tests/run.sh tests/signalled.t'
stdout_has '3 passed, 0 failed, 0 skipped' 'signals that are ignored outside are not in a test'

# make exports what it was told on its command line, and a test may run a make.
a_test told 'is told "${ONLY:-}${PREFIX:-}${FUZZ_SECONDS:-}" ""; done_testing'
run env ONLY=build/ci PREFIX=/opt FUZZ_SECONDS=1 tests/run.sh tests/told.t
stdout_has '1 passed, 0 failed, 0 skipped' 'what make was told is not in a test'

# The slowest.
for name in 1 2 3 4 5 6 7 8 9 10 11; do
    a_test "quick-$name" 'ok one true; done_testing'
done
a_test slow 'sleep 1; ok one true; done_testing'
run tests/run.sh tests/quick-*.t tests/slow.t
is 'the slowest ten are printed' "$(grep -c '^slow: ' "$STDOUT")" 10
ok 'the slowest first' matches "$(grep '^slow: ' "$STDOUT" | head -n 1)" '*[1-9].[0-9]* s  tests/slow.t'

# What the helpers say of a command.
a_test helpers '
say() { echo "to stdout, with \$ and *"; echo "to stderr" >&2; return 4; }
run say
status_is 4
stdout_is "to stdout, with \$ and *"
stdout_has "with \$ and *"
stdout_lacks "t. stdout"
stderr_is "to stderr"
stderr_has "stderr"
stderr_lacks "stdout"
is sum $((1 + 1)) 2
status_is 0
stdout_is "to stdout"
stdout_is ""
stdout_has "t. stdout"
stdout_lacks "stdout"
stderr_is ""
stderr_has "stdout"
stderr_lacks "stderr"
is sum $((1 + 1)) 3
run true
status_is 0
stdout_is ""
stderr_is ""
done_testing'
run tests/helpers.t
status_is 1 'some failed: exit status 1'
is 'each helper says yes and no' "$(grep -c '^ok' "$STDOUT") $(grep -c '^not ok' "$STDOUT")" '11 9'
stdout_has '# exit status: 4' 'what the command did is told'
stdout_has '# stderr: to stderr' 'and what it said'

# A refusal is none if anything was written, or if something else is said.
mkdir tests/cli
cp "$TOP/tests/cli/scene.sh" tests/cli
cat >tests/cli/refusals.t <<'END'
#!/bin/sh
. "$(dirname "$0")/scene.sh"
mkdir -p "$XDG_CONFIG_HOME"
echo one >vault.toml
fails() {
    echo 'vault: no' >&2
    echo 'hint: type this' >&2
    "$@"
    return 1
}
refuses 1 no 'this' fails true
refuses 2 no 'this' fails true
refuses 1 yes 'this' fails true
refuses 1 no 'that' fails true
refuses 1 no 'this' fails echo out
for write in 'echo two >vault.toml' 'touch new' 'rm new' 'chmod 640 vault.toml' 'mkdir "$TMPDIR/new"' \
    'echo key >"$XDG_CONFIG_HOME/key"' 'echo yek >"$XDG_CONFIG_HOME/key"' 'ln -s a link'; do
    refuses 1 no 'this' fails sh -c "$write"
done
done_testing
END
chmod +x tests/cli/refusals.t
run tests/cli/refusals.t
is 'a refusal is seen' "$(grep '^ok ' "$STDOUT")" 'ok 1 - 1, nothing written: fails true'
is 'and each that is none' "$(grep -c '^not ok ' "$STDOUT")" 12
is 'eight of them for what was written' "$(grep -c '^# something was written' "$STDOUT")" 8

# Hermetic.
a_test sealed '
is vault "${VAULT_FILE-unset}" unset
is git "${GIT_DIR-unset}" unset
is make "${MAKEFLAGS-unset}" unset
is home "$HOME" "$TMP/home"
is config "$XDG_CONFIG_HOME" "$TMP/home/.config"
is folder "$(pwd):$(ls -A)" "$WORK:"
is stdin "$(cat)" ""
is author "$(git config user.email)" test@example.org
done_testing'
run env VAULT_FILE=/x GIT_DIR=/x MAKEFLAGS=k HOME=/x XDG_CONFIG_HOME=/x tests/sealed.t <"$TOP/vault.h"
status_is 0 'a test sees nothing of the outside'
stdout_lacks 'not ok' 'a test sees nothing of the outside, in each respect'

# The folder goes away, however a test ends.
mkdir ours
for name in good bad stopped absent; do
    TMPDIR=$PWD/ours run tests/$name.t
done
a_test killed 'kill -TERM $$; ok one true; done_testing'
TMPDIR=$PWD/ours run tests/killed.t
is 'nothing is left behind' "$(ls -A ours)" ''

done_testing
