#!/bin/sh
# What is written fails, or a signal comes while it is: the old file stands, no other one is there.
. "$(dirname "$0")/../lib.sh"

vault init 2>/dev/null
vault set db/PASSWORD=old 2>/dev/null
vault export db -o .env 2>/dev/null
cp vault.toml vault.before
cp .env env.before
big=$(head -c 3000 /dev/zero | tr '\0' a)

files() {
    find . ! -name . | sort
}
usual=$(files)
as_before() { # NAME
    ok "$1: the old files stand" eval 'cmp vault.toml vault.before && cmp .env env.before'
    is "$1: and no other" "$(files)" "$usual"
}

# A file may not grow to that size. (512 bytes, or 1024 in some shells.)
run sh -c 'ulimit -f 1; exec "$BIN" set db/BIG="$1"' - "$big"
status_is 1 'a vault over the limit of files'
stderr_has 'nothing was changed: File too large' 'is an error like others'
as_before 'a vault over the limit of files'
run sh -c 'ulimit -f 1; exec "$BIN" exec db -- sh -c "exec head -c 3000 /dev/zero >large"'
is 'a command that is started has the usual signal' "$((status > 128))" 1
rm -f large

vault set db/BIG="$big" 2>/dev/null
cp vault.toml vault.before
run sh -c 'ulimit -f 1; exec "$BIN" export db -o .env'
status_is 1 'an export over the limit of files'
stderr_has 'vault: cannot write .env: File too large'
as_before 'an export over the limit of files'
GITHUB_ENV="$TMP/github" && export GITHUB_ENV
echo A=1 >"$GITHUB_ENV"
run sh -c 'ulimit -f 1; exec "$BIN" export db --format=github'
status_is 1 'GITHUB_ENV over the limit of files'
is 'is as long as it was' "$(cat "$GITHUB_ENV")" A=1

if strace -qq -f -o /dev/null true 2>/dev/null; then
    # Each request for memory fails once. N depends on libc, so all are tried.
    for verb in 'export db -o .env' 'render template -o .env' 'export db --format=github'; do
        echo '{{ db/BIG }}' >"$TMP/template"
        n=0 wrong='' failures=0
        while [ $n -lt 60 ]; do
            n=$((n + 1)) code=0
            cp env.before .env
            echo A=1 >"$GITHUB_ENV"
            case $verb in
            render*) set -- render "$TMP/template" -o .env ;;
            *) eval "set -- $verb" ;;
            esac
            strace -qq -f -o /dev/null -e trace=mmap -e inject=mmap:error=ENOMEM:when=$n \
                "$BIN" "$@" >"$TMP/out" 2>"$TMP/err" || code=$?
            [ $code -eq 0 ] || failures=$((failures + 1))
            case $code:$verb in
            0:*github) grep -q "BIG" "$GITHUB_ENV" || wrong="$wrong $n" ;;
            0:*) grep -q "$big" .env || wrong="$wrong $n" ;;
            *) [ "$(cat "$GITHUB_ENV")" = A=1 ] && cmp -s .env env.before || wrong="$wrong $n" ;;
            esac
        done
        is "$verb: done whole, or not at all and not with 0" "$wrong" ''
        ok "$verb: some of them failed" test $failures -gt 3
    done
    cp env.before .env

    # A signal while the temporary file is there.
    for signal in TERM HUP QUIT INT XFSZ; do
        for call in fsync write; do
            run sh -c 'ulimit -c 0; exec strace -qq -o /dev/null -e trace=$1 -e inject=$1:signal=$2:when=1 "$BIN" set db/PASSWORD=new' - $call $signal
            is "set, SIG$signal at $call: no other file" "$(files)" "$usual"
            run vault verify
            status_is 0 "set, SIG$signal at $call: the vault is whole"
        done
    done
    cp vault.toml vault.before
    run sh -c 'exec strace -qq -o /dev/null -e trace=fsync -e inject=fsync:error=ENOSPC "$BIN" export db -o .env'
    status_is 1 'a full disk'
    as_before 'a full disk'
else
    skip 'failing calls' 'strace cannot trace here'
fi
done_testing
