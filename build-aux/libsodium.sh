#!/bin/sh
# build-aux/libsodium.sh FOLDER: builds the newest libsodium that is tested, static, into FOLDER. For
# systems whose own is older than 1.0.22, which age's post-quantum keys need. Then:
#
#   make SODIUM_CFLAGS=-IFOLDER/include SODIUM_LIBS='FOLDER/lib/libsodium.a -pthread'
#
# The source comes with a Rust crate, which cargo downloads; its hash is checked here.
set -eu

CRATE=libsodium-sys-stable VERSION=1.24.3
SHA256=eb9873cc5ccd7b26ef058394264663c99e9c047b423be1ffd484071774198f26

if [ $# -ne 1 ]; then
    echo 'usage: build-aux/libsodium.sh FOLDER' >&2
    exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
for needed in cargo sha256sum tar cc make; do
    command -v $needed >/dev/null || { echo "libsodium.sh: there is no $needed" >&2 && exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "${work:?}"' EXIT
trap 'exit 1' HUP INT TERM

mkdir "$work/take" "$work/take/src"
: >"$work/take/src/lib.rs"
printf '[package]\nname = "take"\nversion = "0.0.0"\nedition = "2018"\n[dependencies]\n%s = "=%s"\n' \
    "$CRATE" "$VERSION" >"$work/take/Cargo.toml"
(cd "$work/take" && cargo vendor -q --versioned-dirs "$work/vendor" >/dev/null)
source=$work/vendor/$CRATE-$VERSION/LATEST.tar.gz
echo "$SHA256  $source" | sha256sum -c - >/dev/null || {
    echo 'libsodium.sh: the source is not the one that was tested' >&2
    exit 1
}
mkdir "$work/source"
tar -xzf "$source" -C "$work/source" --strip-components 1
cd "$work/source"
./configure --quiet --disable-shared --with-pic --prefix "$folder"
make -s -j2
make -s install
