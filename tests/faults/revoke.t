#!/bin/sh
# revoke without memory: each allocation fails in turn, and the reader is out of all environments or
# of none. MUST NOT: one whose readers could not be listed is taken for one that he does not read.
. "$(dirname "$0")/../lib.sh"

command -v "${CC:-cc}" >/dev/null || skip_all 'there is no C compiler'
cat >fail.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

static long calls;
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);

__attribute__((constructor)) static void find(void)
{
    *(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&next_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
}

static int fails(void)
{
    const char *nth = getenv("FAIL_NTH");

    errno = ENOMEM;
    return nth && ++calls == atol(nth);
}

void *malloc(size_t size)
{
    return next_malloc && !fails() ? next_malloc(size) : NULL;
}

void *calloc(size_t count, size_t size)
{
    return next_calloc && !fails() ? next_calloc(count, size) : NULL;
}

void *realloc(void *at, size_t size)
{
    return next_realloc && !fails() ? next_realloc(at, size) : NULL;
}
END
"${CC:-cc}" -shared -fPIC -o fail.so fail.c -ldl 2>/dev/null || skip_all 'nothing can be put before libc here'

given() {
    run "$@"
    [ "$status" -eq 0 ] || { or_tell false && false; } || exit 1
}
given vault init -e dev,prod
given vault keygen -o bob.key
given vault grant bob "$(cat "$STDOUT")" -e dev,prod
cp vault.toml good.toml
cp "$XDG_STATE_HOME/vault/pins" good.pins
ok 'he reads both' test "$(grep -c '^bob = ' vault.toml)" = 2
LD_PRELOAD=$WORK/fail.so "$BIN" verify >/dev/null 2>&1 ||
    skip_all 'nothing can be put before libc here'
LD_PRELOAD=$WORK/fail.so FAIL_NTH=1 "$BIN" revoke bob >/dev/null 2>&1 &&
    skip_all 'what is put before libc is not called'

n=1 half=0 failed=0 done=0
while [ $n -lt 600 ] && [ $done -eq 0 ]; do
    cp good.toml vault.toml
    cp good.pins "$XDG_STATE_HOME/vault/pins"
    run env LD_PRELOAD="$WORK/fail.so" FAIL_NTH=$n "$BIN" revoke bob
    left=$(grep -c '^bob = ' vault.toml || :)
    case $status,$left in
    0,0) [ -s "$STDOUT" ] && ! has_text 'out of memory' "$STDERR" && fine=$((${fine:-0} + 1)) ;;
    0,*) half=$((half + 1)) && echo "# allocation $n: exit status 0, and $left left" ;;
    *,1) half=$((half + 1)) && echo "# allocation $n: exit status $status, and 1 left" ;;
    *) failed=$((failed + 1)) && fine=0 ;;
    esac
    [ "${fine:-0}" -lt 40 ] || done=1 # behind the last one nothing fails
    n=$((n + 1))
done
ok "all or nothing, whichever of $n allocations fails" test $half -eq 0
ok 'most of them stop it' test $failed -gt 20
done_testing
