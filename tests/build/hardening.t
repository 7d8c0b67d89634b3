#!/bin/sh
# check-hardening passes a tree that is whole, and sees each measure that is missing.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

static_libsodium || skip_all 'there is no static libsodium'
small_tree whole
echo 'SECTIONS { .text : { *(.text) } } INSERT AFTER .data;' >whole/writable_code.ld
run make -s -C whole check-hardening
status_is 0 'a tree that is whole passes'
stdout_has ' 0 do not' 'all of its properties hold'

sees() { # NAME COMPLAINT FILE OLD NEW: in a copy, where the file has NEW instead of OLD
    cp -Rp whole broken
    replace "broken/$3" "$4" "$5"
    run make -s -C broken check-hardening
    status_is 2 "$1: check-hardening fails"
    stderr_has "check-hardening: $2" "$1: check-hardening says \"$2\""
    rm -rf broken
}

flags=build-aux/flags.sh
sees 'no RELRO' './vault: relocations are not read-only' $flags -Wl,-z,relro -Wl,-z,norelro
sees 'no BIND_NOW' './libvault.so: relocations stay open' $flags -Wl,-z,now -Wl,-z,lazy
sees 'executable stack' './vault: the stack can' $flags -Wl,-z,noexecstack -Wl,-z,execstack
sees 'no protector' './libvault.so: no stack protector' $flags -fstack-protector-strong -O2
sees 'not fortified' './libvault.so: no fortified call' $flags -D_FORTIFY_SOURCE=3 -O2
# shellcheck disable=SC2016 # for flags.sh to expand
sees 'open library' './libvault.so: it exports' $flags map=-Wl,--version-script=build-aux/libvault.map \
    'map=; compiler=$(echo "$compiler" | sed s/-fvisibility=hidden//)'
sees 'own path' './vault: it looks for libraries by itself' $flags \
    -Wl,-z,relro '-Wl,-z,relro -Wl,-rpath,/nowhere'
sees 'other library' './vault: it needs more' $flags \
    -Wl,-z,relro '-Wl,-z,relro -Wl,--no-as-needed -lm'
sees 'writable code' './vault: a segment is writable and executable' $flags \
    -Wl,-z,relro '-Wl,-z,relro -Wl,-T,writable_code.ld'
sees 'fixed static binary' './vault-static: it is not position' $flags static=-static-pie static=-static
sees 'static in name only' './vault-static: it is not static' $flags static=-static-pie static=-pie
sees 'fixed program' './vault: it is not position' Makefile \
    '$(LINK) -pie -o $@ $^' '$(LINK) -no-pie -o $@ $^'
sees 'export beside vault.h' './libvault.so: it exports' vault.c 'const char *vault_greeting' \
    'VAULT_API int vault_unheard_of(void); int vault_unheard_of(void) { return 1; } const char *vault_greeting'

case $(uname -m) in
x86_64)
    sees 'jumps to anywhere' 'build: an object allows jumps' $flags -fcf-protection=full \
        -fcf-protection=none
    sees 'relocated code' './libvault.so: code is relocated' $flags -fPIC \
        '-fno-pic -mcmodel=large -Wl,-z,notext'
    ;;
aarch64)
    sees 'jumps to anywhere' 'build: an object allows jumps' $flags -mbranch-protection=standard \
        -mbranch-protection=none
    ;;
*) skip 'jumps to anywhere' "nothing is known of $(uname -m)" ;;
esac

done_testing
