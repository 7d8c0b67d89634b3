#!/bin/sh
# make fuzz finds a planted bug, what it found makes the replay fail, and the tree is left alone.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d && n > 99; }' >try.c
clang -fsanitize=fuzzer,address,undefined -o try try.c 2>/dev/null ||
    skip_all 'there is no clang with libFuzzer'

small_tree tree
mkdir -p tree/tests/fuzz/corpus/good tree/tests/fuzz/corpus/bad
cp "$TOP/tests/fuzz/replay.c" "$TOP/tests/fuzz/replay.t" tree/tests/fuzz
cp "$TOP"/tests/*.sh tree/tests
cd tree
cat >tests/fuzz/good.c <<'END'
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return data == NULL && size > 0;
}
END
sed 's/return .*/return size == 3 \&\& data[0] == 66 \&\& data[1] == 85 \&\& data[3] == 71;/' \
    tests/fuzz/good.c >tests/fuzz/bad.c
echo 'something' >tests/fuzz/corpus/good/some
echo 'B' >tests/fuzz/corpus/bad/some

run make -s fuzz FUZZ_SECONDS=6
status_is 2 'a bug: fuzz fails'
stdout_has 'heap-buffer-overflow' 'a bug: the report is shown'
stdout_has 'fuzz: bad: see build/fuzz/found/bad' 'a bug: it says where the input is'
stdout_has 'fuzz: good: Done ' 'another target runs all the same'
ok 'the input is kept' test -s "$(find build/fuzz/found/bad -name 'crash-*')"
is 'the corpus is as it was' "$(find tests/fuzz/corpus -type f | sort)" \
    'tests/fuzz/corpus/bad/some
tests/fuzz/corpus/good/some'
ok 'nothing of it stands beside the ordinary build' test ! -e vault -a ! -e build/vault.o

# The replay, in an ordinary build with a sanitizer. A test wants the program of tests/cli too, which
# has this object of its own.
mkdir -p lib/age
echo 'int age_scrypt(void) { return 0; }' >lib/age/scrypt.c
mkdir -p cli/run
echo 'int plugin_seconds(void) { return 0; }' >cli/run/plugin.c
replay() {
    make -s CFLAGS='-g -fsanitize=address' ONLY=fuzz test
}
run replay
status_is 0 'the replay passes'
cp build/fuzz/found/bad/crash-* tests/fuzz/corpus/bad
run replay
status_is 2 'with the input in the corpus, the replay fails'

# Which targets a change reaches.
if there_is git 'what a change reaches'; then
    mkdir -p "$WORK/changed/build-aux" && cd "$WORK/changed"
    cp "$TOP/build-aux/fuzz-changed.sh" build-aux
    mkdir tests && cp -R "$TOP/tests/fuzz" tests
    mkdir -p lib/base lib/text/dotenv cli/ui
    touch vault.c lib/text/json.c lib/text/dotenv/go.c lib/base/mem.c cli/ui/args.c
    git init -q && git add . && git commit -qm one && git commit -q --allow-empty -m two
    reached() { # FILES TARGETS
        for file in $1; do echo changed >>"$file"; done
        is "a change of $1" "$(build-aux/fuzz-changed.sh args dotenv json text vault | paste -s -d ' ' -)" "$2"
        git checkout -q .
    }
    reached '' ''
    reached 'lib/text/json.c lib/text/dotenv/go.c' 'dotenv json vault'
    reached 'vault.c' 'vault'
    reached 'cli/ui/args.c tests/fuzz/text.c' 'args text'
    git checkout -q -b work
    echo changed >>lib/text/json.c && git commit -qam three && git commit -q --allow-empty -m four
    reached '' 'json vault'
fi

done_testing
