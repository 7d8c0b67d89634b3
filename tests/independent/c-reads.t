#!/bin/sh
# The library, and the reader and writer in Python: each opens what the other made, and both say the
# same of hostile edits.
. "$(dirname "$0")/../lib.sh"

for tool in python3 age ssh-keygen; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || skip_all 'python3 is older than 3.9'

export BUILD
status=0
PYTHONDONTWRITEBYTECODE=1 python3 "$TOP/tests/independent/c_reads.py" || status=$?
exit "$status"
