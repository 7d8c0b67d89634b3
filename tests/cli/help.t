#!/bin/sh
# help, version, and what is no verb.
. "$(dirname "$0")/../lib.sh"

run vault help
status_is 0
stdout_has 'usage: vault VERB [OPTIONS] …'
stdout_has '  help '
stdout_has '  version '
stderr_is ''

run vault version
status_is 0
version=$(sed -n 's/^#define VAULT_VERSION "\(.*\)"/\1/p' "$TOP/vault.h")
stdout_has "vault $version, libsodium "
stderr_is ''

for option in --version -V; do
    run vault "$option"
    status_is 0 "$option"
    stdout_has "vault $version, libsodium "
done

run vault
status_is 2 'without a verb'
stdout_has '  create ' 'the help'
stderr_has 'no verb given'

run vault no-such-verb
status_is 2
stdout_is ''
stderr_has 'unknown verb no-such-verb'
stderr_has 'hint: vault help'

# The options of a verb come first, in its own words, and then those that every verb takes.
run vault grant -h
stdout_has 'usage: vault grant [OPTIONS] NAME [KEY]'
ok 'grant -h: its own options, then the common ones' test \
    "$(grep -n -e '--replace' "$STDOUT" | tail -n 1 | cut -d: -f1)" -lt \
    "$(grep -n '^Every verb takes -f, ' "$STDOUT" | cut -d: -f1)"
stdout_has '      --generate                 ' 'grant -h: --generate takes no kind'
stdout_has '-e, --env ENV,…' 'grant -h: several environments'
run vault set -h
stdout_has '--generate[=KIND]' 'set -h: --generate takes a kind'
run vault get -h
stdout_has '-e, --env ENV  ' 'get -h: one environment'
for verb in create export render grant revoke; do
    vault $verb -h | sed -n 's/^ *--force *//p'
done >"$TMP/forces"
is 'four verbs say each what --force does' "$(sort -u "$TMP/forces" | grep -c .)" 4

for verb in init env grant; do
    run vault $verb --generate=hex:32 x
    status_is 2 "$verb --generate takes no value: exit status 2"
    stderr_has '--generate takes no value' "$verb --generate takes no value: said so"
    stderr_has "hint: vault $verb -h" "$verb --generate takes no value: the hint"
done

# What other tools call it.
run vault unset
stderr_has 'hint: vault delete'

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
