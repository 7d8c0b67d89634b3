#!/bin/sh
# Prints the folder of the vectors of NAME, as make deps-test has downloaded them, or as $VECTORS has
# them. If there are none, says why.
# usage: tests/vectors/find.sh NAME
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
for folder in "${BUILD:-$top/build}/peers/vectors" "$top/build/peers/vectors" "${VECTORS:-$top/../shared/vectors}"; do
    if [ -d "$folder/$1" ]; then
        echo "$folder/$1"
        exit 0
    fi
done

reason='make deps-test has not been run'
if ! command -v go >/dev/null; then
    reason='there is no go to download them with'
elif [ -e "$top/build/peers/log" ]; then
    reason="they could not be downloaded, see $top/build/peers/log"
fi
echo "no vectors of $1: $reason, and $folder has none" >&2
exit 1
