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
echo '/* changed */' >>lib/text.h
run make CC=cc
stdout_has 'CC    lib/text.c' 'a changed header: what includes it is compiled'
stdout_has 'CC    cli/main.c' 'a changed header: in every folder'
stdout_lacks 'CC    lib/file.c' 'a changed header: what does not is not'
run make BUILD="$PWD/build" CC=cc
stdout_lacks 'CC ' 'BUILD may be written in full'

# The user's flags.
run make V=1 CC=cc CPPFLAGS=-DSOME CFLAGS='-O1 -DOTHER' LDFLAGS=-Wl,--as-needed
status_is 0 'flags of the user: it builds'
compiled=$(grep -e ' -c -o build/lib/text.o' "$STDOUT")
linked=$(grep -e ' -o vault ' "$STDOUT")
ok 'CPPFLAGS and CFLAGS stand behind all that might contradict them' \
    matches "$compiled" '*-fPIC*-D_FORTIFY_SOURCE*-DSOME -O1 -DOTHER -M*'
ok 'LDFLAGS stand at the end' matches "$linked" '*-lsodium*-Wl,--as-needed'
stdout_lacks '-march' 'no -march'
stdout_lacks '-O2' 'no -O2 beside theirs'
run make -q all CC=cc CPPFLAGS=-DSOME CFLAGS='-O1 -DOTHER' LDFLAGS=-Wl,--as-needed
status_is 0 'the same flags: nothing is left to do'
run make CC=cc
stdout_has 'CC    lib/file.c' 'other flags: all is compiled anew'
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
