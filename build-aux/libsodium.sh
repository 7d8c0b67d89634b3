#!/bin/sh
# Builds a static libsodium 1.0.22 from its source with $CC, which may be a cross compiler, and puts it
# into FOLDER: include, lib/libsodium.a. The source is the tarball that $LIBSODIUM names, or the one in
# the Rust crate libsodium-sys-stable, which cargo fetches. A source with another hash than the one
# below is refused.
#
# configure is not run: it asks a cross compiler some hundred times. Its answers for each system are
# in libsodium's own build.zig, from which they are read.
# usage: libsodium.sh FOLDER
#        libsodium.sh --source FILE    copies the tarball to FILE, checked
set -eu

folder=$1
crate=1.24.0
hash=b20a92e7ec25b285eafa349d721a5bb27e3a8ba94c0816630a127883f1d1b3ab

die() {
    echo "libsodium: $1" >&2
    [ $# -lt 2 ] || echo "hint: $2" >&2
    exit 1
}

fetched() { # prints where the crate's tarball is; nothing if it is not there
    find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -path "*/libsodium-sys-stable-$crate/LATEST.tar.gz" 2>/dev/null |
        head -n 1
}

fetch() {
    command -v cargo >/dev/null || die 'there is no cargo to fetch the source with' \
        'LIBSODIUM=TARBALL names the source of libsodium 1.0.22'
    mkdir -p "$scratch/fetch/src"
    : >"$scratch/fetch/src/lib.rs"
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\n[dependencies]\nlibsodium-sys-stable = "=%s"\n' \
        "$crate" >"$scratch/fetch/Cargo.toml"
    cargo fetch -q --manifest-path "$scratch/fetch/Cargo.toml" || die 'cargo cannot fetch libsodium-sys-stable'
}

is_there() {
    [ -e "$folder/lib/libsodium.a" ] && [ "$(cat "$folder/built-by" 2>/dev/null)" = "$identity" ]
}

run() {
    "$@" >>"$scratch/log" 2>&1 || {
        tail -n 20 "$scratch/log" >&2
        die "cannot build it: $*"
    }
}

CC=${CC:-cc}
identity="$(cksum <"$0") $CC ${CFLAGS-}"
if [ "$folder" != --source ]; then
    ! is_there || exit 0
    command -v "${CC%% *}" >/dev/null || die "there is no compiler $CC"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

tarball=${LIBSODIUM:-$(fetched)}
if [ -z "$tarball" ]; then
    fetch
    tarball=$(fetched)
fi
[ -r "$tarball" ] || die "cannot read $tarball"
sum=$(sha256sum "$tarball" | cut -d ' ' -f 1)
[ "$sum" = "$hash" ] || die "$tarball is not the source of libsodium 1.0.22: its SHA-256 is $sum"
if [ "$folder" = --source ]; then
    [ "$tarball" = "$2" ] || cp "$tarball" "$2"
    exit 0
fi
gzip -dc "$tarball" | tar -xf - -C "$scratch"
source=$scratch/libsodium-stable

# ---- What configure would find

macros=$(echo | $CC -dM -E -x c -)
has() { # MACRO, which the compiler defines
    echo "$macros" | grep -q "^#define $1 "
}

section() { # PATTERN: the macros in those branches of build.zig that it matches; all before the first
    awk -v pattern="$1" '
        /^pub fn build/ { exit }
        /^        \.[a-z_0-9, .]* => / { inside = $0 ~ pattern }
        /^    switch/ { begun = 1; inside = 0 }
        /addCMacro/ && (pattern == "" ? !begun : begun && inside) { print }' "$source/build.zig" |
        sed -n 's/.*addCMacro("\([^"]*\)", "\([^"]*\)").*/-D\1=\2/p'
}

system='[.]freebsd =>' # NetBSD and OpenBSD, which build.zig does not know, are like it
! has __linux__ || system='[.]linux =>'
! has __APPLE__ || system='[.]macos =>'
machine='no such machine'
! has __x86_64__ || machine='[.]x86_64 =>'
! has __aarch64__ || machine='[.]aarch64,'
endian=NATIVE_LITTLE_ENDIAN
! has __s390x__ || endian=NATIVE_BIG_ENDIAN
defines=$(section ''; section "$system"; section "$machine"; echo "-D$endian=1")
defines="$defines -DHAVE_C_VARARRAYS=1" # without it, which build.zig lacks, sodium_stackzero does nothing
has __SIZEOF_INT128__ || defines=$(echo "$defines" | grep -v HAVE_TI_MODE)
! has __OpenBSD__ || defines=$(echo "$defines" | grep -v HAVE_SYS_RANDOM_H)

# ---- The build. The same bytes in every folder.

cp "$source/builds/msvc/version.h" "$source/src/libsodium/include/sodium/version.h"
cat >"$source/Makefile.ours" <<'END'
sources := $(sort $(shell find src/libsodium -name '*.[cS]'))
objects := $(addsuffix .o,$(sources))
libsodium.a: $(objects)
	rm -f $@ && $(AR) qcs $@ $(objects)
src/%.o: src/%
	$(CC) -std=gnu11 $(DEFINES) -Isrc/libsodium/include/sodium -fPIC -fvisibility=hidden -fno-strict-aliasing \
		-fno-strict-overflow -fwrapv -flax-vector-conversions -fstack-protector-strong -w $(CFLAGS) -c -o $@ $<
END
run make -s -j"${JOBS:-2}" -C "$source" -f Makefile.ours CC="$CC" AR="${AR:-ar}" DEFINES="$(echo "$defines" | tr '\n' ' ')" \
    CFLAGS="${CFLAGS--O2} -ffile-prefix-map=$source=."
mkdir -p "$folder/include" "$folder/lib"
cp -R "$source/src/libsodium/include/sodium" "$source/src/libsodium/include/sodium.h" "$folder/include"
cp "$source/libsodium.a" "$folder/lib"
echo "$identity" >"$folder/built-by"
