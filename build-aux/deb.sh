#!/bin/sh
# Makes a package for Debian and its derivatives from what make has built: the program, its man
# pages and completions. DEBFULLNAME and DEBEMAIL name the packager. The bytes are the same each
# time for one commit, or with SOURCE_DATE_EPOCH.
# DEB_PROGRAM is a static program to pack in place of it, and DEB_ARCH its architecture.
# usage: deb.sh BUILD PROGRAM VERSION FOLDER
set -eu
umask 022

build=$1 program=$2 version=$3 folder=$4
top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
name=vault-file # another program's package is called vault
root=$build/deb/root control=$build/deb/root/DEBIAN
docs=$root/usr/share/doc/$name
architecture=${DEB_ARCH:-$(dpkg --print-architecture)}
maintainer="${DEBFULLNAME:-The vault authors} <${DEBEMAIL:-vault@example.org}>"

command -v dpkg-deb >/dev/null || {
    echo 'deb: there is no dpkg-deb' >&2
    exit 1
}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

# Packages everything that make install installs, except what only programs that use libvault need.
rm -rf "$build/deb"
mkdir -p "$build/deb"
"${MAKE:-make}" -s -C "$top" BUILD="$build" PROGRAM="$program" PREFIX=/usr DESTDIR="$root" \
    ZSHDIR=/usr/share/zsh/vendor-completions install
rm -rf "$root/usr/include" "$root/usr/lib" "$root/usr/share/man/man3"
if [ -n "${DEB_PROGRAM-}" ]; then
    cp "$DEB_PROGRAM" "$root/usr/bin/$program"
    mkdir -p "$root/usr/share/lintian/overrides"
    echo "$name: statically-linked-binary [usr/bin/$program]" >"$root/usr/share/lintian/overrides/$name"
else
    strip --remove-section=.comment --remove-section=.note "$root/usr/bin/$program"
fi
gzip -9n "$root"/usr/share/man/man*/*

mkdir -p "$docs" "$control"
{
    echo "$name ($version) unstable; urgency=medium"
    echo
    echo "  * See CHANGELOG.md."
    echo
    echo " -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$docs/changelog.gz"
gzip -9nc "$top/CHANGELOG.md" >"$docs/CHANGELOG.md.gz"
{
    echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
    echo 'Upstream-Name: vault'
    echo
    echo 'Files: *'
    sed -n 's/^Copyright (c) /Copyright: /p' "$top/LICENSE"
    echo 'License: ISC'
    sed '1,/^Copyright/d; /./!s/^/./; s/^/ /' "$top/LICENSE" | sed '1{/^ \.$/d;}'
} >"$docs/copyright"

# dpkg-shlibdeps wants a source package around it.
depends='Depends: libc6, libsodium23'
if [ -n "${DEB_PROGRAM-}" ]; then
    depends=
elif command -v dpkg-shlibdeps >/dev/null; then
    mkdir -p "$build/deb/debian"
    printf 'Source: %s\n\nPackage: %s\nArchitecture: any\n' $name $name >"$build/deb/debian/control"
    depends=$(cd "$build/deb" && dpkg-shlibdeps -O "root/usr/bin/$program" | sed -n 's/^shlibs:Depends=/Depends: /p')
fi

(cd "$root" && find usr -type f -exec md5sum {} +) | LC_ALL=C sort -k 2 >"$control/md5sums"
cat >"$control/control" <<EOF
Package: $name
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
${depends:+$depends
}Section: utils
Priority: optional
Description: encrypted secrets in one file that git can merge
 It keeps the environment variables that programs need, such as passwords and
 API keys, for several environments in one encrypted file beside the code. It
 starts programs with them, and needs no server and no network.
 .
 Who may read an environment is said by age and SSH keys, or by a passphrase.
 Names are readable, values are sealed, and branches that change different
 values merge.
EOF
[ "$program" != vault ] || echo 'Conflicts: vault' >>"$control/control"

# Gives each file the date of the package.
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
output=$folder/${name}_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$root" "$output" >/dev/null
echo "deb: ${output#./}"
