#!/bin/sh
# The draws of `merges`, and every clean merge among them opened by the independent reader: with
# sealed values alone, and with open values and templates beside them.
# usage: tests/bench/merges.sh PROGRAM [COUNT]
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
draw() { # [--kinds]
    mkdir "$folder/samples"
    "$program" "$count" "$count" "$folder/samples" "$@"
    PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/merges.py" "$folder/samples"
    rm -rf "$folder/samples"
}
program=$1 count=${2:-1000}
draw
echo 'with open values and templates beside the sealed ones:'
draw --kinds
