#!/bin/sh
# No goal compiles without the hardening flags, and what was compiled with other flags, by another
# compiler or for another libsodium is compiled again.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"
unset CC

static_libsodium || skip_all 'there is no static libsodium'
small_tree fresh
printf '#!/bin/sh\necho "a demo of $1"\n' >fresh/build-aux/demo.sh
printf '#!/bin/sh\necho "deps.sh $*"\n' >fresh/build-aux/deps.sh
printf '#!/bin/sh\n' >fresh/build-aux/peers.sh
printf '#!/bin/sh\n' >fresh/build-aux/python.sh
# --- every goal that compiles, in a tree where nothing was built

# hardened GOAL…: what GOAL compiled is hardened, and the next make finds nothing to compile again.
hardened() {
    rm -rf tree
    cp -Rp fresh tree
    make -s -C tree "$@" DESTDIR="$WORK/root" >made 2>&1 || { cat made && return 1; }
    find tree/build -name '*.o' >objects
    test -s objects
    touch mark
    make -s -C tree check-hardening >made 2>&1 || { cat made && return 1; }
    while read -r object; do
        find "$object" -newer mark
    done <objects >again
    same_text '' again || { sed 's/^/compiled again: /' again && return 1; }
}

for goal in demo '-j8 deps deps-test demo' build/vault.o lint-layers install; do
    # shellcheck disable=SC2086
    ok "make $goal: all that it compiled is hardened" hardened $goal
done
ok 'make demo deps: deps runs first' matches "$(make -s -j8 -C tree demo deps)" 'deps.sh *a demo of *'

# The same test, of Makefiles that forget the flags.
keep() {
    rm -rf sound && cp -Rp fresh sound
}
keep
replace fresh/Makefile 'HARDEN_CFLAGS = $(call tried,HARDEN_CFLAGS)' \
    'HARDEN_CFLAGS = $(if $(filter demo,$(MAKECMDGOALS)),,$(call tried,HARDEN_CFLAGS))'
ok 'a demo that is compiled without them is seen' not hardened demo
ok 'and only that' hardened all
rm -rf fresh && mv sound fresh
keep
replace fresh/Makefile '$(BUILD)/%.o: %.c Makefile $(BUILD)/flags.mk' '$(BUILD)/%.o: %.c Makefile'
ok 'a rule that does not depend on them fails' not make -s -C fresh build/vault.o
rm -rf fresh && mv sound fresh

# --- other flags, another compiler, another libsodium

cat >cc <<'END'
#!/bin/sh
[ "$1" != --version ] || exec cat "$WORK/version"
exec cc "$@"
END
chmod +x cc
echo 'cc 1.0' >version
header=$(echo '#include <sodium.h>' | cc -E - | sed -n 's|^# 1 "\(.*/\)sodium\.h".*|\1|p' | head -n 1)
for folder in one two; do
    mkdir $folder
    cp -R "$header/sodium.h" "$header/sodium" $folder
done

# compiles COUNT NAME VARIABLE=VALUE…: so many files are compiled, and the next time none.
compiles() {
    count=$1
    name=$2
    shift 2
    run make -C fresh all CC="$WORK/cc" SODIUM_CFLAGS="-I$WORK/one" "$@"
    is "$name: so many files are compiled" "$(grep -c '^  CC ' "$STDOUT" || :)" "$count"
    run make -q -C fresh all CC="$WORK/cc" SODIUM_CFLAGS="-I$WORK/one" "$@"
    status_is 0 "$name: then nothing is left to do"
}
compiles 4 'a fresh tree'
compiles 4 'CFLAGS' CFLAGS=-O1
compiles 4 'CFLAGS with a space in quotes' CFLAGS='-O2 -DNAME='\''"a b"'\'
ok 'CFLAGS with a space in quotes: the flags are hardened' grep -q 'HARDEN_CFLAGS = -f' fresh/build/flags.mk
compiles 4 'CPPFLAGS' CPPFLAGS=-DONE
compiles 4 'LDFLAGS' LDFLAGS=-Wl,--as-needed
compiles 4 'HARDEN_CFLAGS' HARDEN_CFLAGS=-fPIC
echo 'cc 1.1' >version
compiles 4 'the same compiler, upgraded'
ln -s cc other-cc
compiles 4 'another compiler' CC="$WORK/other-cc"
echo '/* upgraded */ struct upgraded;' >>one/sodium/version.h
compiles 4 'the same libsodium, upgraded'
compiles 4 'a libsodium elsewhere' SODIUM_CFLAGS="-I$WORK/two"
compiles 4 'the first ones again'
compiles 0 'nothing new, and variables of the installation' PREFIX=/opt PROGRAM=safe JOBS=3 V=

# --- two folders give the same bytes

small_tree 'a folder'
ok 'it builds in a folder with a space' make -s -C 'a folder' all static
ok 'and elsewhere' make -s -C tree clean all static
for file in vault vault-static libvault.so libvault.a; do
    ok "the same bytes in two folders: $file" cmp "tree/$file" "a folder/$file"
done

done_testing
