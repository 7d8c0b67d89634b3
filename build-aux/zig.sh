#!/bin/sh
# Prints the folder of zig, whose C compiler brings the headers and the libc of every target. One that
# is in PATH is taken; otherwise the version below is installed from PyPI into BUILD/zig.
# usage: zig.sh BUILD
set -eu

version=0.17.1
zig=$(command -v zig || :)
if [ -n "$zig" ]; then
    dirname "$zig"
    exit 0
fi
folder=$1/zig
if [ "$("$folder/ziglang/zig" version 2>/dev/null)" != "$version" ]; then
    python3 -m pip --version >/dev/null 2>&1 || {
        echo 'zig: there is neither zig nor pip to install it with' >&2
        echo 'hint: apt-get install python3-pip, or put zig into PATH' >&2
        exit 1
    }
    rm -rf "$folder"
    mkdir -p "$folder"
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$folder" \
        "ziglang==$version" >&2 || {
        rm -rf "$folder"
        echo "zig: pip cannot install ziglang $version" >&2
        exit 1
    }
fi
(CDPATH='' cd -- "$folder/ziglang" && pwd)
