#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds as many environments as a file can have: bare ones, ones with all their tables, and
# ones with a copy of Alice's own entry.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

every_verb bare-environments 99980 42000
fill hostile bare-environments 99980
ok 'the honest value' is_honest
every_verb environments 33320 14000
every_verb copied-environments 49980 21000
done_testing
