#!/bin/sh
# The draws of `merges`, and every clean merge among them opened by the independent reader.
# usage: tests/bench/merges.sh PROGRAM [COUNT]
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "${2:-1000}" "${2:-1000}" "$folder"
PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/merges.py" "$folder"
