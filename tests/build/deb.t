#!/bin/sh
# make deb: what is in the package, that lintian has no errors for it, and that it installs, runs and
# is purged in a root folder where nothing else is but the libraries that it depends on.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"
PATH=$PATH:/usr/sbin:/sbin

for tool in dpkg dpkg-deb; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
copy_tree tree
version=$(sed -n 's/^#define VAULT_VERSION "\(.*\)"/\1/p' tree/vault.h)
deb=vault-file_${version}_$(dpkg --print-architecture).deb
export SOURCE_DATE_EPOCH=1700000000

umask 077
run make -s -C tree deb
umask 022
status_is 0 'deb: done'
stdout_is "deb: $deb" 'deb: says what it has made'
mv "tree/$deb" .
find tree/build/deb -exec touch {} +
run make -s -C tree deb
ok 'deb: the same bytes, once more' cmp "tree/$deb" "$deb"

run dpkg-deb --fsys-tarfile "$deb"
is 'deb: what is in it' "$(tar -tf "$STDOUT" | grep -v '/$' | sort)" "$(sort <<'EOF'
./usr/bin/vault
./usr/share/bash-completion/completions/vault
./usr/share/doc/vault-file/CHANGELOG.md.gz
./usr/share/doc/vault-file/changelog.gz
./usr/share/doc/vault-file/copyright
./usr/share/fish/vendor_completions.d/vault.fish
./usr/share/man/man1/vault.1.gz
./usr/share/man/man5/vault.5.gz
./usr/share/zsh/vendor-completions/_vault
EOF
)"
is 'deb: its version' "$(dpkg-deb -f "$deb" Version)" "$version"
ok 'deb: it depends on libsodium' matches "$(dpkg-deb -f "$deb" Depends)" '*libsodium*'
ok 'deb: the licence' grep -q 'Permission to use, copy' tree/build/deb/root/usr/share/doc/vault-file/copyright

if command -v lintian >/dev/null; then
    run lintian --no-cfg --fail-on error "$deb"
    status_is 0 'lintian: no error'
    stdout_lacks 'E: ' 'lintian: none said'
    stdout_lacks 'W: ' 'lintian: no warning either'
else
    skip 'lintian: no error' 'there is no lintian'
fi

# --- in a bare root
bare=$WORK/bare
mkdir -p "$bare/var/lib/dpkg/info" "$bare/var/lib/dpkg/updates" "$bare/tmp"
touch "$bare/var/lib/dpkg/status"
if [ "$(id -u)" -eq 0 ]; then
    as_root() { "$@"; }
else
    as_root() { unshare -r "$@"; }
fi
in_bare() {
    as_root env -i HOME=/tmp PATH=/usr/bin:/usr/sbin:/sbin chroot "$bare" "$@"
}
everything() { # what is there and is not dpkg's
    (cd "$bare" && find . -path ./var/lib/dpkg -prune -o -path ./var/log -prune -o ! -type d -print | sort)
}
if as_root chroot / true 2>/dev/null; then
    run as_root dpkg --root="$bare" --log=/dev/null -i "$deb"
    ok 'it is not installed without what it depends on' test "$status" -ne 0
    as_root dpkg --root="$bare" --log=/dev/null --force-depends --purge vault-file >/dev/null 2>&1 || :
    # The libraries, as if their packages were there.
    ldd "$BIN" | sed -n 's/^.*[[:blank:]]\(\/[^ ]*\) (.*/\1/p' | while read -r library; do
        mkdir -p "$bare${library%/*}"
        cp -L "$library" "$bare$library"
    done
    for package in libc6 libsodium23; do
        printf 'Package: %s\nStatus: install ok installed\nMaintainer: A <a@example.org>\n' $package
        printf 'Architecture: %s\nVersion: %s\nDescription: here\n\n' "$(dpkg --print-architecture)" \
            "$(dpkg-query -W -f '${Version}' $package 2>/dev/null || echo 99)"
    done >"$bare/var/lib/dpkg/status"
    everything >before
    run as_root dpkg --root="$bare" --log=/dev/null -i "$deb"
    status_is 0 'it is installed'
    run in_bare /usr/bin/vault version
    stdout_has "vault $version" 'it runs'
    run in_bare /usr/bin/vault init -f /tmp/vault.toml
    status_is 0 'it makes a vault'
    run in_bare /usr/bin/vault set A=one -f /tmp/vault.toml
    run in_bare /usr/bin/vault get A -f /tmp/vault.toml
    is 'and reads it' "$(cat "$STDOUT")" one
    run as_root dpkg --root="$bare" --log=/dev/null --verify vault-file
    stdout_is '' 'its files are as they were packed'
    rm -rf "$bare/tmp"
    run as_root dpkg --root="$bare" --log=/dev/null --purge vault-file
    status_is 0 'it is purged'
    everything >after
    ok 'nothing of it is left' cmp before after
else
    skip 'it installs, runs and is purged in a bare root' 'this user may not chroot'
fi

# Under another name it stands beside another vault.
run make -s -C tree deb PROGRAM=safe
is 'deb: another name' "$(dpkg-deb --fsys-tarfile "tree/$deb" | tar -tf - | grep bin/.)" ./usr/bin/safe
is 'deb: which conflicts with nothing' "$(dpkg-deb -f "tree/$deb" Conflicts)" ''

done_testing
