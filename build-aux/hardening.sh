#!/bin/sh
# Checks in the ELF files that each hardening measure took effect.
# usage: hardening.sh OUT BUILD    vault, vault-static, libvault.so and libvault.a are in OUT, and the
#                                  program's objects in BUILD; $CC is the compiler
set -u

out=$1
objects=$2
failed=0
held=0

rule() { # FILE PROPERTY COMMAND…
    where=$1
    property=$2
    shift 2
    if "$@"; then
        held=$((held + 1))
    else
        failed=$((failed + 1))
        echo "check-hardening: $where: $property" >&2
    fi
}

dynamic_has() {
    readelf -Wd "$1" | grep -Eq "$2"
}

dynamic_lacks() {
    ! dynamic_has "$1" "$2"
}

segments_have() {
    readelf -Wl "$1" | grep -Eq "$2"
}

segments_lack() {
    ! segments_have "$1" "$2"
}

symbol_of() {
    readelf -Ws --dyn-syms "$1" | awk '{ print $8 }' | grep -Eq "$2"
}

needs_only() {
    ! readelf -Wd "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -Evq "$2"
}

mapped_safely() {
    rule "$1" 'relocations are not read-only: no GNU_RELRO' segments_have "$1" 'GNU_RELRO'
    rule "$1" 'relocations stay open: no BIND_NOW' dynamic_has "$1" 'BIND_NOW|FLAGS_1.* NOW'
    rule "$1" 'the stack can be executed' segments_have "$1" 'GNU_STACK.* RW '
    rule "$1" 'a segment is writable and executable' segments_lack "$1" 'LOAD.* RWE '
    rule "$1" 'code is relocated: TEXTREL' dynamic_lacks "$1" 'TEXTREL'
    rule "$1" 'it looks for libraries by itself: RPATH' dynamic_lacks "$1" 'RPATH|RUNPATH'
}

needs_little() {
    rule "$1" 'it needs more than libsodium and libc' \
        needs_only "$1" '^(libsodium|libc|ld-linux[-a-z0-9_]*)\.so[.0-9]*$'
}

# Checked in the library: all objects are compiled with the same flags, and it contains only
# vault's. (The static binary also contains libc's objects, which use both measures.)
compiled_safely() {
    rule "$1" 'no stack protector' symbol_of "$1" '^__stack_chk_(fail|guard)'
    rule "$1" 'no fortified call' symbol_of "$1" '^__[a-z]+_chk(@|$)'
}

exports_only_the_api() {
    exported=$(nm -D --defined-only "$1" | awk '{ print $NF }' | sed 's/@.*//')
    [ -n "$exported" ] || return 1
    for symbol in $exported; do
        case $symbol in
        vault_*) grep -qw "$symbol" vault.h || return 1 ;;
        *) return 1 ;;
        esac
    done
}

# The compiler's note in an object whose jump targets are all marked.
case $(readelf -h "$out/vault" | sed -n 's/ *Machine: *//p') in
*X86-64*) marks='x86 feature: IBT, SHSTK' ;;
AArch64) marks='AArch64 feature: BTI, PAC' ;;
*) marks= ;;
esac

marked() {
    readelf -n "$1" 2>/dev/null | grep -q "$marks"
}

objects_marked() {
    for object in "$@"; do
        marked "$object" || return 1
    done
}

# The linker keeps the note only if every object has it, including the toolchain's.
crt_marked() {
    for part in Scrt1.o crti.o crtbeginS.o crtendS.o crtn.o; do
        marked "$($CC -print-file-name=$part)" || return 1
    done
}

branches_marked() {
    # shellcheck disable=SC2046 # a list of files
    rule "$objects" 'an object allows jumps to anywhere' \
        objects_marked "$objects"/vault.o $(find "$objects/lib" "$objects/cli" -name '*.o')
    if crt_marked; then
        rule "$out/vault" 'the binary allows jumps to anywhere' marked "$out/vault"
    else
        echo "check-hardening: note: this toolchain's crt files are not marked \"$marks\"," \
            'and so no binary is; our objects are'
    fi
}

mapped_safely "$out/vault"
mapped_safely "$out/libvault.so"
mapped_safely "$out/vault-static"
position_independent='it is not position-independent'
rule "$out/vault" "$position_independent" dynamic_has "$out/vault" 'FLAGS_1.*PIE'
if [ -e "$($CC -print-file-name=rcrt1.o)" ]; then # what starts a static-pie
    rule "$out/vault-static" "$position_independent" dynamic_has "$out/vault-static" 'FLAGS_1.*PIE'
fi
rule "$out/vault-static" 'it is not static' segments_lack "$out/vault-static" 'INTERP'
needs_little "$out/vault"
needs_little "$out/libvault.so"
compiled_safely "$out/libvault.so"
rule "$out/libvault.so" 'it exports something else than what vault.h names' \
    exports_only_the_api "$out/libvault.so"
[ -z "$marks" ] || branches_marked

echo "check-hardening: $held properties hold, $failed do not"
[ "$failed" -eq 0 ]
