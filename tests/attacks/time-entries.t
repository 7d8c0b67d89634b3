#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds as many values as a file can have to an environment that Alice cannot open: the
# shortest ones out of order, long ones in order, ones with the longest names.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

every_verb entries 262100 130000
every_verb values 262100
every_verb long-names 262100 60000
ok 'the honest value' is_honest
done_testing
