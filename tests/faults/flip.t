#!/bin/sh
# A vault with every bit flipped and every piece of it moved: see flip.c.
. "$(dirname "$0")/../lib.sh"

status=0
"$BUILD/tests/faults/flip" || status=$?
exit "$status"
