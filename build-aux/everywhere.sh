#!/bin/sh
# Builds vault for every system that it promises to run on, and prints a table: for each target whether
# it was compiled (with -Werror), linked, its unit tests pass, and its program has made a vault, and
# opened those that all targets have made. zig is the compiler. What is foreign runs under qemu-user;
# macOS and the BSDs are compiled and linked, and cannot be run here.
# qemu 7.2 does not set the nanoseconds of some calls of stat on s390x, so vault finds its own file
# changed there: a later qemu is needed.
# usage: everywhere.sh BUILD [TARGET…]
# Exits with status 77 if there is no zig.
#   QUICK=1   compiles and links only, with -O0, and against a stub of libsodium: this machine's headers,
#             and functions that do nothing. Otherwise libsodium is built from its source.
#   UNITS='mem seal'   the unit tests that are run; all if it is not set
set -u

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
mkdir -p "$1/everywhere" || exit 1
build=$(CDPATH='' cd -- "$1" && pwd)
base=$build/everywhere
goals=${base#"$top"/} # as the Makefile names what is below its folder
shift

# name, zig's name for it, and what runs its programs: "here", one of qemu's, or nothing.
table='
linux-x86_64   x86_64-linux-musl      here
linux-arm64    aarch64-linux-musl     qemu-aarch64
linux-armhf    arm-linux-musleabihf   qemu-arm
linux-i386     x86-linux-musl         qemu-i386
linux-s390x    s390x-linux-musl       qemu-s390x
linux-riscv64  riscv64-linux-musl     qemu-riscv64
macos-arm64    aarch64-macos          nothing
macos-x86_64   x86_64-macos           nothing
freebsd        x86_64-freebsd         nothing
netbsd         x86_64-netbsd          nothing
openbsd        x86_64-openbsd         nothing
'
all=$(echo "$table" | awk 'NF { print $1 }')
[ $# -gt 0 ] || eval "set -- $(echo "$all" | tr '\n' ' ')"
for target; do
    echo "$all" | grep -qx -- "$target" || {
        echo "everywhere: there is no target $target" >&2
        echo "hint: one of $(echo "$all" | tr '\n' ' ')" >&2
        exit 2
    }
done
column() { # TARGET NUMBER
    echo "$table" | awk -v name="$1" -v n="$2" '$1 == name { print $n }'
}

zig=$("$top/build-aux/zig.sh" "$build") || {
    echo 'skipped: everywhere: there is no zig to compile with'
    exit 77
}
PATH=$zig:$PATH
export PATH AR='zig ar' RANLIB='zig ranlib'

optimise=-O1
[ -z "${QUICK-}" ] || optimise=-O0

# A libsodium whose functions do nothing: enough to link with.
stub() { # FOLDER, with $CC
    mkdir -p "$1/include" "$1/lib" || return 1
    headers=$(echo '#include <sodium.h>' | cc -x c -M - | tr ' ' '\n' | sed -n 's,/sodium/core\.h$,,p')
    cp -R "$headers/sodium.h" "$headers/sodium" "$1/include" || return 1
    cat "$1"/include/sodium/*.h | grep -Eo '\b(crypto|sodium|randombytes)_[a-z0-9_]+ *\(' | tr -d ' (' |
        sort -u | sed 's/.*/void &(void); void &(void) {}/' >"$1/stub.c"
    $CC -fno-builtin -w -c -o "$1/stub.o" "$1/stub.c" && rm -f "$1/lib/libsodium.a" &&
        zig ar qc "$1/lib/libsodium.a" "$1/stub.o"
}

makes() { # NAME GOAL…, with $CC and $sodium
    name=$1
    shift
    make -s -C "$top" -j"${JOBS:-2}" BUILD="$base/$name" CC="$CC" SODIUM_CFLAGS="-I$sodium/include" \
        SODIUM_LIBS="$sodium/lib/libsodium.a" SODIUM_STATIC_LIBS="$sodium/lib/libsodium.a" \
        CFLAGS="$optimise -g0 -Werror" "$@" >>"$base/$name.log" 2>&1
}

# ---- What is asked of each: yes, no or - (not asked).

compiled() { # NAME
    sodium=$base/$1/sodium
    mkdir -p "$base/$1"
    if [ -n "${QUICK-}" ]; then
        stub "$sodium" >>"$base/$1.log" 2>&1 || return 1
    else
        CFLAGS=-O1 "$top/build-aux/libsodium.sh" "$sodium" >>"$base/$1.log" 2>&1 || return 1
    fi
    # shellcheck disable=SC2046 # a list
    makes "$1" "$goals/$1/libvault.a" $(cd "$top" && find cli -name '*.c' | sed "s,^,$goals/$1/,; s/c\$/o/")
}

linked() { # NAME
    makes "$1" "$goals/$1/vault"
}

run_as_target() { # NAME PROGRAM ARGUMENT…
    runner=$(column "$1" 3)
    shift
    case $runner in
    here) "$@" ;;
    *) "$(command -v "$runner-static" || command -v "$runner")" "$@" ;;
    esac
}

runs() { # NAME: whether this machine can run its programs
    runner=$(column "$1" 3)
    [ -z "${QUICK-}" ] && [ "$runner" != nothing ] || return 1
    [ "$runner" = here ] || command -v "$runner-static" >/dev/null || command -v "$runner" >/dev/null
}

tested() { # NAME
    units=${UNITS-$(cd "$top/tests/unit" && find . -name '*.c' | sed 's,^./,,; s/\.c$//')}
    # shellcheck disable=SC2046,SC2086 # lists
    makes "$1" $(printf "$goals/$1/tests/unit/%s " $units) || return 1
    result=0
    for unit in $units; do
        (cd "$top" && run_as_target "$1" "$base/$1/tests/unit/$unit") >"$base/$1/unit.out" 2>&1 &&
            ! grep '^not ok' "$base/$1/unit.out" >>"$base/$1.log" && continue
        echo "unit/$unit fails" >>"$base/$1.log"
        result=1
    done
    return $result
}

made() { # NAME: a story of the program
    story=$base/stories/$1
    rm -rf "$story"
    mkdir -p "$story/home"
    # shellcheck disable=SC2016 # for the command
    ( # no set -e: it has no effect in a condition
        cd "$story" || exit 1
        HOME=$story/home XDG_CONFIG_HOME=$story/home/.config XDG_RUNTIME_DIR='' VAULT_IDENTITY_FILE=$story/key
        export HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR VAULT_IDENTITY_FILE
        name=$1
        v() { run_as_target "$name" "$base/$name/vault" "$@"; }
        v keygen -o key &&
            v init -e dev,prod &&
            v set "db/URL=made on $name" &&
            v set db/OLD=1 -e prod &&
            v rotate -e prod &&
            v copy db/URL db/AGAIN &&
            [ "$(v get db/AGAIN)" = "made on $name" ] &&
            [ "$(v exec -- sh -c 'echo "$URL"')" = "made on $name" ] &&
            v verify &&
            ! v get db/NONE
    ) >>"$base/$1.log" 2>&1
}

opened() { # NAME TARGET…: the vaults that they have made
    name=$1
    shift
    for by; do
        story=$base/stories/$by
        [ -e "$story/vault.toml" ] || continue
        value=$(cd "$story" && HOME=$story/home VAULT_IDENTITY_FILE=$story/key XDG_CONFIG_HOME=$story/home/.config \
            run_as_target "$name" "$base/$name/vault" get db/URL 2>>"$base/$name.log")
        [ "$value" = "made on $by" ] || {
            echo "does not open what $by has made" >>"$base/$name.log"
            return 1
        }
    done
}

# ---- The table

failed=0
answer() { # FUNCTION ARGUMENT…: sets $said
    if "$@"; then
        said=yes
    else
        said=no
        failed=$((failed + 1))
    fi
}

first_part() { # TARGET: all but "opened"
    CC="zig cc -target $(column "$1" 2)"
    export CC
    : >"$base/$1.log"
    answers=
    answer compiled "$1"
    answers=$said
    [ "$said" = no ] || answer linked "$1"
    answers="$answers $said"
    if [ "$said" = yes ] && runs "$1"; then
        answer tested "$1"
        answers="$answers $said"
        answer made "$1"
        answers="$answers $said"
    else
        answers="$answers - -"
    fi
}

rm -rf "$base/stories"
for target; do
    first_part "$target"
    echo "$target $answers" >"$base/$target.answers"
done
printf '%-14s %-9s %-7s %-6s %-5s %s\n' target compiled linked tests made opened
for target; do
    read -r _ compiled linked tests made <"$base/$target.answers"
    opened=-
    if [ "$made" = yes ]; then
        answer opened "$target" "$@"
        opened=$said
    fi
    printf '%-14s %-9s %-7s %-6s %-5s %s\n' "$target" "$compiled" "$linked" "$tests" "$made" "$opened"
    case " $compiled $linked $tests $made $opened " in
    *' no '*) tail -n 15 "$base/$target.log" >&2 ;;
    esac
done
echo "everywhere: $failed of the answers are no"
[ "$failed" -eq 0 ]
