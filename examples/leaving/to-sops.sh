#!/bin/sh
# Away from vault, to sops: writes ENV/SECRET.enc.yaml below a folder for every environment, encrypted
# to the readers that it has now (age and SSH keys; sops has no passphrases). The plain text goes
# through a pipe, never to a disk.
#
#     to-sops.sh FOLDER
set -eu

folder=$1
for env in $(vault env list); do
    mkdir -p "$folder/$env"
    keys=$(vault readers --json | awk '{ gsub(/}}, /, "}}\n"); print }' | grep "\"$env\": \"verified\"" |
        sed -n 's/.*"public_key": "\(age1[^"]*\|ssh-[^"]*\)".*/\1/p' | paste -s -d , -)
    [ -n "$keys" ] || {
        echo "$env has no reader that sops could encrypt to" >&2
        exit 1
    }
    for secret in $(vault list -e "$env" --json | sed -n 's/.*"secret": "\([^"]*\)".*/\1/p'); do
        values=$(vault export "$secret" -e "$env" --format json)
        printf '%s\n' "$values" | sops encrypt --age "$keys" --input-type json --output-type yaml \
            --filename-override "$secret.yaml" /dev/stdin >"$folder/$env/$secret.enc.yaml"
    done
done
