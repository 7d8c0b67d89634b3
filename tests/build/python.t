#!/bin/sh
# The Python package is built from its sdist, in a tree of its own: one wheel for all versions of Python,
# which auditwheel accepts, and which an empty venv installs and uses without a compiler.
. "$(dirname "$0")/../lib.sh"
python=$BUILD/python
. "$TOP/tests/build/trees.sh"

tools=$python/tools
[ -e "$tools/done" ] || skip_all 'there are no tools for Python: make deps-test'
[ "$(uname -s)" = Linux ] || skip_all 'the wheel is for Linux'
"$tools/bin/python" -c '' 2>/dev/null || skip_all 'the Python of the tools cannot be run'
[ -r "$python/libsodium.tar.gz" ] || skip_all 'there is no source of libsodium: make deps-test'
export LIBSODIUM="$python/libsodium.tar.gz"

copy_tree tree
mkdir -p tree/build/python
ln -s "$tools" tree/build/python/tools
run make -s -C tree python
status_is 0 'make python'
wheel=$(find tree/build/python/dist -name '*.whl')
sdist=$(find tree/build/python/dist -name '*.tar.gz')
ok 'one wheel, for any Python 3' matches "$wheel" '*/vaultfile-*-py3-none-manylinux*.whl'
run env PATH="$tools/bin:$PATH" "$tools/bin/python" -m auditwheel show "$wheel"
status_is 0 auditwheel
ok 'it needs libc, and nothing else' not grep -q -E 'lib(sodium|python|crypto|vault)' "$STDOUT"
ok 'the sdist has the sources of the library' sh -c \
    'gzip -dc "$1" | tar -tf - >names && grep -q /libvault/lib/base/mem.c names && ! grep -q "/libvault/\(cli\|tests\)/" names' \
    sh "$sdist"
mv "$wheel" .
wheel=$WORK/${wheel##*/}
rm -rf tree

mkdir -p "$XDG_CONFIG_HOME" v
cd v
run "$BIN" init
run "$BIN" create db PGHOST=localhost
cat >use.py <<'END'
import sys, vaultfile
print(vaultfile.Secret.from_name("db")["PGHOST"], vaultfile.__version__)
END
sed -n '1p;$p' "$python/pythons" | uniq >ends # the oldest and the newest
while read -r number interpreter; do
    # Nothing that could compile or download.
    if ! [ -x "$interpreter" ] || ! run "$interpreter" -m venv "$WORK/venv-$number" || [ "$status" -ne 0 ]; then
        skip "$number: installed" 'there is no venv for it'
        continue
    fi
    run env PATH=/nowhere "$WORK/venv-$number/bin/python" -m pip install --no-index --quiet \
        --disable-pip-version-check "$wheel"
    status_is 0 "$number: installed in an empty venv, without a compiler"
    run env PATH=/nowhere "$WORK/venv-$number/bin/python" use.py
    stdout_has 'localhost 0.' "$number: it reads a vault"
    rm -rf "$WORK/venv-$number"
done <ends
done_testing
