#!/bin/sh
# Runs a folder of age conformance vectors, and ends with "N passed, N failed, N skipped".
# usage: tests/vectors/age.sh [DIR]    (default: those of make deps-test, or $VECTORS/age)
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
build=${BUILD:-$top/build}
vectors=${1:-$("$top/tests/vectors/find.sh" age)} || exit 2

if [ ! -d "$vectors" ]; then
    echo "age.sh: there is no folder $vectors" >&2
    exit 2
fi
make -s -C "$top" BUILD="$build" "${build#"$top/"}/tests/vectors/age" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Some bodies are compressed, which C on libsodium cannot undo: all are copied, those inflated.
python3 - "$vectors" "$work" <<'PYTHON'
import os, sys, zlib

source, target = sys.argv[1:]
for name in sorted(os.listdir(source)):
    path = os.path.join(source, name)
    if not os.path.isfile(path):
        continue
    with open(path, "rb") as f:
        head, _, body = f.read().partition(b"\n\n")
    lines = head.split(b"\n")
    if b"compressed: zlib" in lines:
        lines.remove(b"compressed: zlib")
        body = zlib.decompress(body)
    with open(os.path.join(target, name), "wb") as f:
        f.write(b"\n".join(lines) + b"\n\n" + body)
PYTHON

cd "$work"
set -- *
[ -e "$1" ] || set --
"$build/tests/vectors/age" "$@"
