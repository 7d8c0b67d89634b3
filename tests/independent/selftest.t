#!/bin/sh
# The reader and the writer in Python: against vaults made elsewhere, each other, and damage.
. "$(dirname "$0")/../lib.sh"

for tool in python3 age ssh-keygen; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || skip_all 'python3 is older than 3.9'

status=0
PYTHONDONTWRITEBYTECODE=1 python3 "$TOP/tests/independent/selftest.py" || status=$?
exit "$status"
