#!/bin/sh
# From HashiCorp's vault: what `kv get -format=json` prints, or the bare object of names and strings,
# becomes one secret. The plain text goes through a pipe, never to a disk. The other program has the
# same name: install one of them under another (make install PROGRAM=safe).
#
#     hashicorp-vault kv get -format=json secret/app | from-hashicorp.sh app -e prod
set -eu

secret=$1
shift
# Version 2 of kv has the values in data.data, version 1 in data.
python3 -c '
import json, sys

values = json.load(sys.stdin)
for inside in "data", "data":
    if isinstance(values.get(inside), dict):
        values = values[inside]
json.dump(values, sys.stdout)' | vault create "$secret" --from-json - "$@"
vault verify "$@"
