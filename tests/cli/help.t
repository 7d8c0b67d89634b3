#!/bin/sh
# help, version, and what is no verb.
. "$(dirname "$0")/../lib.sh"

run vault help
status_is 0
stdout_has 'usage: vault VERB …'
stdout_has '  help '
stdout_has '  version '
stderr_is ''

run vault version
status_is 0
version=$(sed -n 's/^#define VAULT_VERSION "\(.*\)"/\1/p' "$TOP/vault.h")
stdout_has "vault $version, libsodium "
stderr_is ''

run vault
status_is 2
stdout_is ''
stderr_has 'a verb is missing'
stderr_has 'hint: vault help'

run vault no-such-verb
status_is 2
stdout_is ''
stderr_has 'there is no verb no-such-verb'
stderr_has 'hint: vault help'

# What cannot be written is not passed over in silence.
for verb in help version; do
    run sh -c '"$BIN" "$1" >&-' - "$verb"
    status_is 1 "$verb, standard output closed: exit status 1"
    stderr_has 'vault: cannot write to standard output' "$verb, standard output closed: said so"

    if [ -c /dev/full ]; then
        run sh -c '"$BIN" "$1" >/dev/full' - "$verb"
        status_is 1 "$verb, disk full: exit status 1"
        stderr_has 'vault: cannot write to standard output' "$verb, disk full: said so"
    else
        skip "$verb, disk full" 'there is no /dev/full'
    fi
done

done_testing
