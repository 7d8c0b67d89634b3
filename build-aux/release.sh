#!/bin/sh
# Makes a release of what is committed: static programs for Linux (musl, libsodium 1.0.22), the source,
# packages for Debian, a list of what is in them (SPDX), SHA256SUMS, and its signature. Everything is in
# BUILD/release, or nothing is. The same commit gives the same bytes in any folder, at any time, for any
# user; only the signature is made with your key.
# usage: release.sh BUILD VERSION KEY [TARGET…]     KEY is an SSH private key, as for ssh-keygen -Y sign
set -eu
umask 022

build=$1 version=$2 key=$3
shift 3
[ $# -gt 0 ] || set -- x86_64 arm64 armhf riscv64
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

die() { # TEXT [HINT]
    echo "release: $1" >&2
    [ $# -lt 2 ] || echo "hint: $2" >&2
    exit 1
}

zig_target() { # TARGET
    case $1 in
    x86_64) echo x86_64-linux-musl ;;
    arm64) echo aarch64-linux-musl ;;
    armhf) echo arm-linux-musleabihf ;;
    riscv64) echo riscv64-linux-musl ;;
    *) die "there is no target $1" 'x86_64, arm64, armhf or riscv64' ;;
    esac
}

for target; do zig_target "$target" >/dev/null; done
[ -n "$key" ] || die 'no key to sign with' 'make release KEY=~/.ssh/id_ed25519'
[ -r "$key" ] || die "cannot read the key $key" 'make release KEY=~/.ssh/id_ed25519'
for tool in git ssh-keygen sha256sum gzip dpkg-deb; do
    command -v $tool >/dev/null || die "there is no $tool"
done
[ "$(git -C "$top" rev-parse --show-toplevel 2>/dev/null)" = "$top" ] || die 'this is not a git repository'
[ -z "$(git -C "$top" status --porcelain)" ] || die 'the tree has changes that are not committed' 'git status'
mkdir -p "$build"
build=$(CDPATH='' cd -- "$build" && pwd)
zig=$("$top/build-aux/zig.sh" "$build") || exit 1
PATH=$zig:$PATH
SOURCE_DATE_EPOCH=$(git -C "$top" log -1 --format=%ct)
commit=$(git -C "$top" rev-parse HEAD)
export PATH SOURCE_DATE_EPOCH AR='zig ar' TZ=UTC0 LC_ALL=C
unset CFLAGS CPPFLAGS LDFLAGS MAKEFLAGS MAKELEVEL

# ---- Made in a folder of its own, which becomes BUILD/release at the end.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
out=$work/release
name=vault-$version
mkdir "$out"
git -C "$top" -c tar.umask=0022 archive --prefix="$name/" -o "$work/source.tar" HEAD
tar -xf "$work/source.tar" -C "$work"
gzip -9nc "$work/source.tar" >"$out/$name.tar.gz"

makes() { # TARGET GOAL…
    folder=$work/built-$1
    shift
    make -s -C "$work/$name" -j"${JOBS:-2}" BUILD="$folder" CC="$CC" CFLAGS='-O2 -g0' LDFLAGS=-s \
        SODIUM_CFLAGS="-I$sodium/include" SODIUM_LIBS="$sodium/lib/libsodium.a" \
        SODIUM_STATIC_LIBS="$sodium/lib/libsodium.a" "$@"
}

for target; do
    CC="zig cc -target $(zig_target "$target")"
    export CC
    sodium=$work/sodium-$target
    CFLAGS='-O2 -g0' "$work/$name/build-aux/libsodium.sh" "$sodium"
    makes "$target" "$work/built-$target/vault-static"
    cp "$work/built-$target/vault-static" "$out/$name-linux-$target"
done

# The packages: the same files, with each static program. What completes commands, and the pages, are
# made by this machine's own.
for pair in x86_64:amd64 arm64:arm64; do
    program=$out/$name-linux-${pair%:*}
    [ -e "$program" ] || continue
    env -u CC -u AR DEB_ARCH="${pair#*:}" DEB_PROGRAM="$program" MAKE=make \
        "$work/$name/build-aux/deb.sh" "$work/native" vault "$version" "$out" >/dev/null
done

# ---- What is in it

musl=$(sed -n 's/^#define VERSION "\(.*\)"/\1/p' "$zig/lib/libc/musl/src/internal/version.h" 2>/dev/null || :)
sodium_hash=$(sed -n 's/^hash=//p' "$top/build-aux/libsodium.sh")
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
cat >"$out/$name.spdx.json" <<END
{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "$name",
  "documentNamespace": "https://spdx.org/spdxdocs/$name-$commit",
  "creationInfo": {"created": "$created", "creators": ["Tool: release.sh-$version"]},
  "packages": [
    {"SPDXID": "SPDXRef-vault", "name": "vault", "versionInfo": "$version", "licenseDeclared": "ISC",
     "licenseConcluded": "ISC", "copyrightText": "NOASSERTION", "downloadLocation": "NOASSERTION",
     "filesAnalyzed": false, "sourceInfo": "commit $commit"},
    {"SPDXID": "SPDXRef-libsodium", "name": "libsodium", "versionInfo": "1.0.22", "licenseDeclared": "ISC",
     "licenseConcluded": "ISC", "copyrightText": "NOASSERTION", "filesAnalyzed": false,
     "downloadLocation": "https://download.libsodium.org/libsodium/releases/",
     "checksums": [{"algorithm": "SHA256", "checksumValue": "$sodium_hash"}]},
    {"SPDXID": "SPDXRef-musl", "name": "musl", "versionInfo": "${musl:-as in zig $(zig version)}", "licenseDeclared": "MIT",
     "licenseConcluded": "MIT", "copyrightText": "NOASSERTION", "filesAnalyzed": false,
     "downloadLocation": "https://musl.libc.org/releases/", "sourceInfo": "as in zig $(zig version)"}
  ],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-vault"},
    {"spdxElementId": "SPDXRef-vault", "relationshipType": "STATIC_LINK", "relatedSpdxElement": "SPDXRef-libsodium"},
    {"spdxElementId": "SPDXRef-vault", "relationshipType": "STATIC_LINK", "relatedSpdxElement": "SPDXRef-musl"}
  ]
}
END

(cd "$out" && sha256sum -- * >"$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)
ssh-keygen -q -Y sign -f "$key" -n vault-release "$out/SHA256SUMS" || die "cannot sign with $key"
find "$out" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
rm -rf "$build/release"
mv "$out" "$build/release"
echo "release: $build/release:"
(cd "$build/release" && ls -1)
