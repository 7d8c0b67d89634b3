#!/bin/sh
# From sops: a file whose top level is names and strings becomes one secret. The plain text goes
# through a pipe, never to a disk.
#
#     vault init -e prod
#     from-sops.sh secrets.enc.yaml app -e prod
set -eu

file=$1 secret=$2
shift 2
sops decrypt --output-type json "$file" | vault create "$secret" --from-json - "$@"
vault verify "$@"
