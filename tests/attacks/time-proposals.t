#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds as many proposals and passphrases as a file can have, out of order.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

every_verb proposals 262100 130000
every_verb passphrases 262100 130000
ok 'the honest value' is_honest
done_testing
