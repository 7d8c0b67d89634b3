#!/bin/sh
# Each dialect reads as the parser that it is named after, and the plain reading says where they
# differ. Real parsers, random texts, always the same.
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip_all 'there is no python3'

status=0
PYTHONDONTWRITEBYTECODE=1 python3 "$TOP/tests/peers/compare.py" "$BUILD/tests/peers/dotenv" \
    "$TOP/tests/peers/peer.sh" "$WORK" "${COUNT:-4000}" || status=$?
exit "$status"
