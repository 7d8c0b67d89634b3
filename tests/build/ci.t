#!/bin/sh
# .ci/run types the README's commands first, goes through all of its steps, as an ordinary user where it
# must, adds them up, and fails if any of them did.
. "$(dirname "$0")/../lib.sh"

for tool in bash timeout; do
    command -v $tool >/dev/null || skip_all "there is no $tool"
done
unset CC

mkdir .ci bin
cp "$TOP/.ci/run" .ci
cp "$TOP/README.md" .
cat >.ci/bare-root.sh <<'END'
#!/bin/sh
[ -z "${bare-}" ] || { echo 'skipped: a bare root: the moon is down' && exit 77; }
echo "in a bare root: $*"
END
cat >Makefile <<'END'
sums = echo 'skipped: some.t: the moon is down'; echo '3 passed, 0 failed, 1 skipped'
clean deps demo deps-test static check-hardening:
	@echo "made $@"
everything:
	@echo "made $@ with $(CC) $(CFLAGS)"
test:
	@echo "tested $(or $(ONLY),all) as $(or $(USER_NOW),the same) in $(CURDIR)"
	@$(sums)
sanitize lint:
	@$($@)
fuzz:
	@echo fuzz for $(FUZZ_SECONDS); cat
END

# Those that only root may run, so that this test is the same for all: a user is made only in name.
stand_in() { # NAME SCRIPT
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1" .ci/bare-root.sh
}
stand_in id 'echo "$UID_NOW"'
stand_in chown 'exit 0'
stand_in useradd 'echo "useradd" >>"$WORK/calls"'
stand_in userdel 'echo "userdel" >>"$WORK/calls"'
stand_in setpriv 'while [ "$1" != env ]; do shift; done; USER_NOW=somebody exec "$@"'

run_as() { # UID VARIABLE=VALUE…: .ci/run
    export UID_NOW="$1"
    shift
    : >calls
    run env PATH="$WORK/bin:$PATH" sanitize='echo 5 passed, 0 failed, 0 skipped' lint=true "$@" .ci/run
}
sums_are() { # NAME SUMS
    is "$1: the sums" "$(tail -n 1 "$STDOUT")" "$2"
}
steps() {
    sed -n 's/^===//p' "$STDOUT"
}

# The README's blocks, from the README.
run_as 1000
status_is 0 'nothing failed: exit status 0'
sums_are 'nothing failed' '20 passed, 0 failed, 2 skipped'
is "the first steps are the README's, in its order" "$(steps | sed -n '2,3s/.* sh -ec //p')" \
    'make\ deps\ demo
make\ deps-test\ test'
ok 'in a tree where nothing is built' matches "$(steps | head -n 1)" ' make -s clean'
stdout_has "tested all as the same in $WORK" 'an ordinary user runs all tests'
is 'an ordinary user makes no other' "$(cat calls)" ''
stdout_has '2 skipped: some.t: the moon is down' 'what was skipped is said at the end'
for part in 'made deps' 'made demo' 'made deps-test' 'made everything with clang -O2 -g -Werror' 'made check-hardening' \
    'fuzz for 5' 'in a bare root: make deps demo && make check'; do
    stdout_has "$part" "it ran: $part"
done
sed -i 's/^make deps demo$/make  deps  demo/' README.md
run_as 1000
ok 'what the README says is typed' matches "$(steps | sed -n 2p)" '*make\\ \\ deps\\ \\ demo'
sed -i 's/^make  deps  demo$/false/' README.md
run_as 1000
status_is 1 'what the README says fails: exit status 1'
sums_are 'what the README says fails' '19 passed, 1 failed, 2 skipped'
sed -i '/^```sh$/,/^false$/d' README.md
run_as 1000
status_is 1 'the README has other blocks: exit status 1'
cp "$TOP/README.md" .

# root makes a user, who runs all tests in a folder with a space.
run_as 0
status_is 0 'as root: exit status 0'
sums_are 'as root' '23 passed, 0 failed, 3 skipped'
is 'as root: a user is made, and deleted' "$(tr '\n' ' ' <calls)" 'useradd userdel '
stdout_has 'tested tests/words' 'as root: root runs a part'
ok 'as root: the user runs all, in a folder with a space' grep -q '^tested all as somebody in /.*/a folder/vault$' "$STDOUT"
is 'as root: nothing is left behind' "$(ls -A "$TMPDIR")" ''
stand_in useradd 'exit 1'
run_as 0
stdout_has "tested all as the same in $WORK" 'as root, and no user can be made: root runs all'

# What fails, and what is skipped.
run_as 1000 sanitize='echo 5 passed, 2 failed, 0 skipped; false'
status_is 1 'tests failed: exit status 1'
sums_are 'tests failed' '20 passed, 2 failed, 2 skipped'
stdout_has 'fuzz for 5' 'tests failed: the other steps are taken'
run_as 1000 sanitize='echo 5 passed, 0 failed, 0 skipped; false' lint=false
status_is 1 'steps failed: exit status 1'
sums_are 'steps failed' '19 passed, 2 failed, 2 skipped'
run_as 1000 bare=no
status_is 0 'no bare root: exit status 0'
sums_are 'no bare root' '19 passed, 0 failed, 3 skipped'
stdout_has '1 skipped: a bare root: the moon is down' 'no bare root: says why'

# The compiler is the caller's, and the other one is the other.
run_as 1000 CC=clang
stdout_has 'made everything with clang -O2 -g -Werror' 'CC=clang: clang'
stdout_has 'made everything with gcc -O2 -g -Werror' 'CC=clang: then gcc'

workflow=$TOP/.github/workflows/ci.yml
ok 'the workflow runs it' grep -q '^ *run: .ci/run$' "$workflow"
ok 'with each compiler' grep -q '^ *cc: \[gcc, clang\]$' "$workflow"
done_testing
