#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory fills the file with empty lines, then with one line.
# shellcheck source=tests/attacks/bounds.sh
. "$(dirname "$0")/bounds.sh"

every_verb empty-lines 33554432 20000000
every_verb comment-line 33554432 20000000
ok 'the honest value' is_honest
done_testing
