#!/bin/sh
# export against those who read what it writes: 5,000 values and parsers for each format, and more.
. "$(dirname "$0")/../lib.sh"

command -v python3 >/dev/null || skip_all 'there is no python3'
vault init 2>/dev/null
PYTHONDONTWRITEBYTECODE=1 python3 "$TOP/tests/formats/prove.py" "$TMP/tmp"
