#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory adds as many readers as a file can have to the environment that Alice opens: copies of
# her own entry, and the shortest entries out of order.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

every_verb copied-readers 262100 43000
every_verb readers 262100 130000
done_testing
