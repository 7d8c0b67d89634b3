#!/bin/sh
# What the Makefile promises those who build: nothing twice, their flags last, no surprises.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

small_tree tree
cd tree

run make CC=cc
status_is 0 'it builds'
ok 'it builds ./vault, libvault.a, libvault.so' test -x vault -a -e libvault.a -a -e libvault.so
stderr_is '' 'without a warning'

# Nothing is done twice, and what changed is.
run make -q all CC=cc
status_is 0 'nothing is left to do'
mv build-aux/flags.sh flags.kept
run make V=1 CC=cc
stdout_lacks ' -c ' 'flags are not tried again'
mv flags.kept build-aux/flags.sh
sleep 1
echo '/* changed */' >>lib/base/text.h
run make CC=cc
stdout_has 'CC    lib/base/text.c' 'a changed header: what includes it is compiled'
stdout_has 'CC    cli/main.c' 'a changed header: in every folder'
stdout_lacks 'CC    lib/base/file.c' 'a changed header: what does not is not'
run make BUILD="$PWD/build" CC=cc
stdout_lacks 'CC ' 'BUILD may be written in full'

# The user's flags.
run make V=1 CC=cc CPPFLAGS=-DSOME CFLAGS='-O1 -DOTHER' LDFLAGS=-Wl,--as-needed
status_is 0 'flags of the user: it builds'
compiled=$(grep -e ' -c -o build/lib/base/text.o' "$STDOUT")
linked=$(grep -e ' -o vault ' "$STDOUT")
ok 'CPPFLAGS and CFLAGS stand behind all that might contradict them' \
    matches "$compiled" '*-fPIC*-D_FORTIFY_SOURCE*-DSOME -O1 -DOTHER -M*'
ok 'LDFLAGS stand at the end' matches "$linked" '*-lsodium*-Wl,--as-needed'
stdout_lacks '-march' 'no -march'
stdout_lacks '-O2' 'no -O2 beside theirs'
run make -q all CC=cc CPPFLAGS=-DSOME CFLAGS='-O1 -DOTHER' LDFLAGS=-Wl,--as-needed
status_is 0 'the same flags: nothing is left to do'
run make CC=cc
stdout_has 'CC    lib/base/file.c' 'other flags: all is compiled anew'
run make CC=cc CFLAGS='-O2 -g -fno-such-flag'
status_is 2 'a flag that the compiler does not know: fails'
make -s CC=cc

# Another build beside the first.
find . ! -name . -prune | sort >../before
run make -s CC=cc BUILD=other CFLAGS=-O0 all static
status_is 0 'another build, without optimisation: it builds'
stderr_is '' 'another build: without a warning'
ok 'another build: all of it stands in its folder' \
    test -x other/vault -a -x other/vault-static -a -e other/libvault.a -a -e other/libvault.so
mv other ..
find . ! -name . -prune | sort >../after
ok 'another build: the first is as it was' cmp ../before ../after
run make -q all CC=cc
status_is 0 'another build: nothing is left to do in the first'

mkdir ../elsewhere
clang=$(command -v clang || echo cc)
run make -s -j8 CC="$clang" BUILD="$WORK/elsewhere/build" all static
status_is 0 "a build in another folder, with $clang and -j8: it builds"
ok 'a build in another folder: all of it is there' test -x ../elsewhere/build/vault-static
run make -q all CC=cc
status_is 0 'a build in another folder: nothing is left to do in the first'
run make all BUILD='a folder'
status_is 2 'a BUILD with a space: fails'
stderr_has 'BUILD must not contain a space' 'a BUILD with a space: says why'
mkdir '../a folder'
cp -Rp . '../a folder/tree'
run make -C '../a folder/tree' -j8 all static CC=cc BUILD="$WORK/a folder/tree/build"
status_is 0 'a tree in a folder with a space, BUILD written in full: it builds'
ok 'a tree in a folder with a space: ./vault' test -x '../a folder/tree/vault' -a -e '../a folder/tree/vault-static'

# What make can do.
run make help
status_is 0 'help: done'
sed -n 's/^make \([a-z_.-][a-z_.-]*\) .*/\1/p' "$STDOUT" | sort >../listed
make -pnRr 2>/dev/null | sed -n 's/^\.PHONY: //p' | tr ' ' '\n' |
    grep -vx -e 'lint-.*' -e 'fuzz-.*' -e all -e afterwards -e built | { cat && echo compile_commands.json; } | sort -u >../goals
ok 'help: each goal, and no other' diff ../goals ../listed
stdout_has "make check " 'help: they begin with make'
ok 'no variable has the name of a directive, which GNU make 3.81 would take it for' \
    not grep -E '^(include|sinclude|define|endef|export|unexport|override|undefine|vpath|private|load) *[:?+]?=' Makefile

# For clangd.
if command -v python3 >/dev/null; then
    run make -s compile_commands.json CFLAGS='-O1 -DNAME="\"a b\""'
    status_is 0 'compile_commands.json: done'
    cat >../commands.py <<'END'
import json, shlex, subprocess

for entry in json.load(open("compile_commands.json")):
    command = shlex.split(entry["command"])
    assert '-DNAME="a b"' in command, command
    subprocess.run(command + ["-o", "/dev/null"], cwd=entry["directory"], check=True)
    print(entry["file"])
END
    run python3 ../commands.py
    is 'compile_commands.json: each command compiles its file' "$(sort "$STDOUT")" \
        "$(printf '%s\n' cli/main.c lib/base/file.c lib/base/text.c vault.c)"
else
    skip 'compile_commands.json' 'there is no python3'
fi

# A compiler that finds no libsodium.
cat >../cc-without <<'END'
#!/bin/sh
[ "$1" != -E ] || exit 1
exec cc "$@"
END
chmod +x ../cc-without
run make -s BUILD=../without CC=../cc-without SODIUM_CFLAGS=
status_is 2 'no libsodium: fails'
stderr_has "libsodium's headers are not here: make deps" 'no libsodium: says what to type'

done_testing
