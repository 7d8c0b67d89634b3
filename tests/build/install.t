#!/bin/sh
# make install puts things where they are looked for, make uninstall leaves nothing of them.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

copy_tree tree
version=$(sed -n 's/^#define VAULT_VERSION "\(.*\)"/\1/p' tree/vault.h)
major=${version%%.*}

files_in() { # FOLDER: with their modes; of a link its target
    (cd "$1" && find . -type f -exec sh -c 'stat -c "%a %n" "$1" 2>/dev/null || stat -f "%Lp %N" "$1"' - {} \; \
        -o -type l -exec sh -c 'echo "$1 -> $(readlink "$1")"' - {} \;) | sort
}

# Under a strict umask, as root's may be.
umask 077
run make -s -C tree install DESTDIR="$WORK/root" PREFIX=/usr
status_is 0 'install: done'
stderr_is '' 'install: without a warning'
umask 022
pages=$(cd tree && for page in man/*.[1-9]; do
    [ ! -e "$page" ] || echo "644 ./usr/share/man/man${page##*.}/${page#man/}"
done)
is 'install: what stands where' "$(files_in root)" "$(sort <<END
./usr/lib/libvault.so -> libvault.so.$major
./usr/lib/libvault.so.$major -> libvault.so.$version
644 ./usr/include/vault.h
644 ./usr/lib/libvault.a
644 ./usr/lib/pkgconfig/vault.pc
644 ./usr/share/bash-completion/completions/vault
644 ./usr/share/fish/vendor_completions.d/vault.fish
644 ./usr/share/zsh/site-functions/_vault
755 ./usr/bin/vault
755 ./usr/lib/libvault.so.$version${pages:+$newline$pages}
END
)"
is 'install: folders can be read' "$(find root -mindepth 1 -type d ! -perm 755)" ''
run make -s -C tree uninstall DESTDIR="$WORK/root" PREFIX=/usr
status_is 0 'uninstall: done'
is 'uninstall: nothing is left' "$(files_in root)" ''

# Another name, and the library as another program uses it.
run make -s -C tree install PREFIX="$WORK/prefix" PROGRAM=safe LIBDIR="$WORK/prefix/lib/here"
status_is 0 'install under another name: done'
run prefix/bin/safe version
status_is 0 'the program goes by its other name'
for shell in bash-completion/completions/safe zsh/site-functions/_safe fish/vendor_completions.d/safe.fish; do
    ok "what completes it is for that name: $shell" grep -q 'command safe completion words' "prefix/share/$shell"
    ok "and no other: $shell" not grep -w vault "prefix/share/$shell"
done
sed -n '/^<!-- file: app.c -->/,/^```$/p' "$TOP/docs/library.md" | grep -v '^<!--\|^```' >app.c
ok "docs/library.md has a program that uses the library" grep -q 'include <vault.h>' app.c
prefix/bin/safe keygen -o me.key >/dev/null 2>&1
prefix/bin/safe --identity me.key init -e prod >/dev/null 2>&1
prefix/bin/safe --identity me.key set db/USER=app db/PASSWORD=made-up -e prod >/dev/null 2>&1
export PKG_CONFIG_PATH="$WORK/prefix/lib/here/pkgconfig"
if command -v pkg-config >/dev/null; then
    is 'vault.pc: version' "$(pkg-config --modversion vault)" "$version"
    run sh -c '${CC:-cc} -o app app.c $(pkg-config --cflags --libs vault)'
    status_is 0 "its program links libvault.so"
    run env VAULT_IDENTITY="$(cat me.key)" ./app
    stdout_is 'connecting as app' 'and runs as it is'
    rm prefix/lib/here/libvault.so*
    run sh -c '${CC:-cc} -o app app.c $(pkg-config --static --cflags --libs vault)'
    status_is 0 "its program links libvault.a"
    run env VAULT_IDENTITY="$(cat me.key)" ./app
    stdout_is 'connecting as app' 'and runs without the other'
else
    skip 'a program links libvault' 'there is no pkg-config'
fi
run make -s -C tree uninstall PREFIX="$WORK/prefix" PROGRAM=safe LIBDIR="$WORK/prefix/lib/here"
is 'uninstall of another name: nothing is left' "$(files_in prefix)" ''

# The loader: a folder that it searches, another one, and a package.
mkdir bin
cat >bin/ldconfig <<'END'
#!/bin/sh
case $* in
'-N -X -v') printf '%s\n' '/usr/lib/here: (from /etc/ld.so.conf:1)' '	libc.so.6 -> libc.so.6' ;;
*) echo "ldconfig $*" >>"$WORK/calls" ;;
esac
END
printf '#!/bin/sh\necho "$USER_ID"\n' >bin/id
printf '#!/bin/sh\necho Linux\n' >bin/uname
chmod +x bin/*
rpath() { # USER-ID LIBDIR DESTDIR
    rm -f calls
    USER_ID=$1 PATH=$WORK/bin:$PATH run "$TOP/build-aux/rpath.sh" "$2" "$3"
    called=$(cat calls 2>/dev/null || :)
    status_is 0 "rpath.sh $2, DESTDIR=$3, user $1"
}
rpath 0 /usr/lib/here ''
is 'a folder that the loader searches: root runs ldconfig' "$called,$(cat "$STDOUT")" 'ldconfig ,'
rpath 1000 /usr/lib/here ''
is 'a user does not' "$called,$(cat "$STDOUT")" ','
rpath 0 /usr/lib ''
is 'another folder: a program is told where it is' "$called,$(cat "$STDOUT")" ', -Wl,-rpath,/usr/lib'
rpath 0 /usr/lib/here "$WORK/root"
is 'a package: nothing is done' "$called,$(cat "$STDOUT")" ','
rpath 0 /usr/lib "$WORK/root"
is 'a package, another folder: nothing is done' "$called,$(cat "$STDOUT")" ','

# A man page goes by the program's name.
small_tree small
run make -s -C small install DESTDIR="$WORK/small-root" PREFIX=/usr PROGRAM=safe
status_is 0 'install of a small tree: done'
files_in small-root >installed
is 'a man page is installed' "$(grep share/man installed)" '644 ./usr/share/man/man1/safe.1'
run make -s -C small uninstall DESTDIR="$WORK/small-root" PREFIX=/usr PROGRAM=safe
is 'and uninstalled' "$(files_in small-root)" ''

# A DESTDIR and a tree with a space.
mv small 'a tree'
run make -s -C 'a tree' install DESTDIR="$WORK/a root" PREFIX=/usr
status_is 0 'install into a folder with a space: done'
is 'all of it is below that folder' "$(files_in 'a root')" "$(sed 's/_safe/_vault/; s/safe/vault/' installed | sort)"
run make -s -C 'a tree' uninstall DESTDIR="$WORK/a root" PREFIX=/usr
is 'uninstall from it: nothing is left' "$(files_in 'a root')" ''

done_testing
