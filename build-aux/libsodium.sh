#!/bin/sh
# Builds a static libsodium 1.0.22 from its source, for $CC, and puts it into FOLDER as "make install"
# does: include, lib, lib/pkgconfig. With HOST (as aarch64-linux-musl) for another machine. The source
# is the tarball that $LIBSODIUM names, or the one in the Rust crate libsodium-sys-stable, which cargo
# fetches. Nothing is built whose hash is not the one below.
# usage: libsodium.sh FOLDER
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
identity="$hash $CC ${HOST-} ${CFLAGS-}"
! is_there || exit 0
command -v "${CC%% *}" >/dev/null || die "there is no compiler $CC"
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
gzip -dc "$tarball" | tar -xf - -C "$scratch"

# The same bytes in every folder.
mkdir -p "$folder"
prefix=$(CDPATH='' cd -- "$folder" && pwd)
cd "$scratch/libsodium-stable"
CFLAGS="${CFLAGS--O2} -ffile-prefix-map=$PWD=."
export CC CFLAGS
run ./configure --prefix="$prefix" ${HOST:+--host="$HOST"} --disable-shared --enable-static --with-pic
run make -j"${JOBS:-2}" install
echo "$identity" >"$prefix/built-by"
