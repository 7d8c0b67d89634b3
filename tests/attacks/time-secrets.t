#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds as many secrets as a file can have, in order and out of order.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

every_verb secrets 99980 42000
every_verb secrets-out-of-order 99980 42000
every_verb secrets-of-dev 99980 42000
done_testing
