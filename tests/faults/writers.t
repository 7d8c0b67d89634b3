#!/bin/sh
# Writers of one vault: many at once, and killed ones.
. "$(dirname "$0")/../lib.sh"

"$BUILD/tests/faults/writers"
