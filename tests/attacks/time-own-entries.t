#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds as many values, and as many keys to the past, as a file can have to the environment
# that Alice opens.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

every_verb entries-of-dev 262100 130000
every_verb past-of-dev 262100
every_verb past 262100
done_testing
