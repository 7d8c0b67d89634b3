#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds as many environments as a file can have: ones that Alice cannot open, ones with a copy
# of her own entry, and ones with many secrets.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

every_verb environments 4095 4095
ok 'the honest value' is_honest
every_verb copied-environments 4095 4095
every_verb full-environments 4095 1770
done_testing
