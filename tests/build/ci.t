#!/bin/sh
# .ci/run goes through all of its steps, adds them up, and fails if any of them did.
. "$(dirname "$0")/../lib.sh"

for tool in bash timeout; do
    command -v $tool >/dev/null || skip_all "there is no $tool"
done

mkdir .ci
cp "$TOP/.ci/run" .ci
cat >Makefile <<'END'
sums = echo 'skipped: some.t: the moon is down'; echo '3 passed, 0 failed, 1 skipped'
deps-test everything static check-hardening:
	@echo $@
test:
	@$(sums)
sanitize lint:
	@$($@)
fuzz:
	@echo fuzz for $(FUZZ_SECONDS); cat
END

ok "the first step is what the README says" grep -q '^make deps-test test' "$TOP/README.md"
run env sanitize='echo 5 passed, 0 failed, 0 skipped' lint=true .ci/run
status_is 0 'nothing failed: exit status 0'
is 'nothing failed: the sums' "$(tail -n 1 "$STDOUT")" '15 passed, 0 failed, 2 skipped'
stdout_has '2 skipped: some.t: the moon is down' 'what was skipped is said at the end'
for part in '=== make deps-test test' deps-test everything check-hardening 'fuzz for 8'; do
    stdout_has "$part" "it ran: $part"
done

run env sanitize='echo 5 passed, 2 failed, 0 skipped; false' lint=true .ci/run
status_is 1 'tests failed: exit status 1'
is 'tests failed: the sums' "$(tail -n 1 "$STDOUT")" '15 passed, 2 failed, 2 skipped'
stdout_has 'fuzz for 8' 'tests failed: the other steps are taken'

run env sanitize='echo 5 passed, 0 failed, 0 skipped; false' lint=false .ci/run
status_is 1 'steps failed: exit status 1'
is 'steps failed: the sums' "$(tail -n 1 "$STDOUT")" '14 passed, 2 failed, 2 skipped'

done_testing
