#!/bin/sh
# The examples that use libvault, in C and in Python, with what make install puts into a folder.
. "$(dirname "$0")/scene.sh"
. "$TOP/tests/build/trees.sh"

copy_tree tree
run make -s -C tree install PREFIX=/opt DESTDIR="$WORK/root"
status_is 0 'make install, into a folder'
export LD_LIBRARY_PATH="$WORK/root/opt/lib" PYTHONDONTWRITEBYTECODE=1

mkdir app
cd app

quiet vault init -e dev,prod
printf 'a password' | quiet vault set db/PGPASSWORD
quiet vault set db/PGHOST=dev.example.org
quiet vault set db/PGHOST=prod.example.org -e prod
printf 'LOG_LEVEL=debug\nPGHOST=localhost\n' >.env
identity=$XDG_CONFIG_HOME/vault/identity

if command -v pkg-config >/dev/null; then
    run env PKG_CONFIG_PATH="$WORK/root/opt/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$WORK/root" \
        sh -c '${CC:-cc} -std=c99 -Wall -Wextra -Werror -o connect "$1" \
            $(pkg-config --cflags --libs vault)' - "$TOP/examples/c-library/connect.c"
    status_is 0 'C: compiled with pkg-config'
    run ./connect dev
    status_is 0 'C: reads a secret and sets a key'
    stdout_is 'connecting to dev.example.org with a password of 10 bytes' 'C: what it read'
    is 'C: what it set' "$(vault get db/LAST_PROGRAM)" connect
    cp vault.toml before.toml
    run ./connect prod
    status_is 1 'C: a required key is missing'
    stderr_has PGPASSWORD 'C: it is named'
    ok 'C: nothing was written' cmp vault.toml before.toml
    quiet vault delete -y db/LAST_PROGRAM
    mkdir -p below
    run sh -c 'cd below && VAULT_ENV=dev ../connect'
    status_is 0 'C: the vault is found from a folder below'
    cp vault.toml right.toml
    own=$(sed -n 's/^# public key: //p' "$identity")
    quiet vault init --reader "me=$own" -e dev,prod -f forged.toml
    quiet vault set db/PGHOST=evil.example.org db/PGPASSWORD=x -f forged.toml
    cp forged.toml vault.toml
    run ./connect dev
    status_is 1 'C: a vault that was put in the place of the right one is refused'
    stdout_is '' 'C: nothing of it is used'
    cp right.toml vault.toml
    quiet vault delete -y db/LAST_PROGRAM
    chmod 644 "$identity"
    run ./connect dev
    status_is 1 'C: an identity that others can read is refused'
    stderr_has 'can be read by others' 'C: which is said'
    chmod 600 "$identity"
    rm forged.toml right.toml
else
    skip 'C: compiled with pkg-config' 'there is no pkg-config'
fi

if python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    run python3 "$TOP/examples/python-library/app.py"
    status_is 0 'Python: each call'
    stdout_has 'PGHOST is localhost' 'Python: several in order'
    ok 'Python: all missing keys are named' grep '^missing: .*PGPORT.*PGUSER' "$STDOUT"
    ok 'Python: all unset variables are named' grep '^missing: .*NOT_SET_A.*NOT_SET_B' "$STDOUT"
    stdout_has 'exists: ' 'Python: a secret that exists is an error'
    stdout_has 'secrets: db mail' 'Python: create, list'
    stdout_has 'mail: SMTP_HOST SMTP_PASSWORD SMTP_PORT' 'Python: update, info'
    is 'Python: delete' "$(tail -n 1 "$STDOUT")" 'secrets: db'
    stdout_lacks 'a password' 'Python: no value is printed'
    is 'Python: the vault is as it was' "$(vault list --json | tr -d ' \n' | grep -c '"name":"mail"')" 0
    run vault verify
    status_is 0 'Python: what it wrote verifies'
    run env VAULT_ENV=prod python3 "$TOP/examples/python-library/app.py"
    ok 'Python: another environment lacks a required key' grep 'NotFoundError: .*PGPASSWORD' "$STDERR"
    with_identity() {
        VAULT_IDENTITY=$(cat "$identity") XDG_CONFIG_HOME=/nowhere "$@"
    }
    run with_identity python3 "$TOP/examples/python-library/app.py"
    status_is 0 'Python: with the identity in the environment'
    quiet vault keygen -o stranger >/dev/null
    run env VAULT_IDENTITY_FILE=stranger python3 "$TOP/examples/python-library/app.py"
    status_is 1 'Python: a stranger'
    stderr_has VaultError 'Python: a stranger is told'
    run env VAULT_PIN=dev=AAAAAAAAAAAAAAAAAAAAAA python3 "$TOP/examples/python-library/app.py"
    status_is 1 'Python: VAULT_PIN of another key'
    stderr_has VaultError 'Python: it is an error'
else
    skip 'Python: each call' 'there is no python3 of 3.9 or newer'
fi

done_testing
