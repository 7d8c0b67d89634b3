#!/bin/sh
# The examples that use libvault, in C, Python and Go, with what make install puts into a folder.
. "$(dirname "$0")/scene.sh"
python=$BUILD/python # what make deps-test has installed
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

with_identity() {
    VAULT_IDENTITY=$(cat "$identity") XDG_CONFIG_HOME=/nowhere "$@"
}

if python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
    mkdir site
    cp -R "$TOP/bindings/python/src/vaultfile" site
    cp "$WORK/root/opt/lib/libvault.so" site/vaultfile
    export PYTHONPATH="$PWD/site"
    example=$TOP/examples/python-library/app.py
    run python3 "$example"
    status_is 0 'Python: each call'
    stdout_has 'PGHOST is localhost' 'Python: several in order'
    stdout_has 'connecting to dev.example.org' 'Python: in this process'
    stdout_has 'missing: PGPORT PGUSER' 'Python: all missing keys are named'
    stdout_has 'missing: NOT_SET_A NOT_SET_B' 'Python: all unset variables are named'
    stdout_has 'exists: ' 'Python: a secret that exists is an error'
    stdout_has 'secrets: db mail' 'Python: create, list'
    stdout_has 'mail: SMTP_HOST SMTP_PASSWORD SMTP_PORT' 'Python: update, info'
    is 'Python: delete' "$(tail -n 1 "$STDOUT")" 'secrets: db'
    stdout_lacks 'a password' 'Python: no value is printed'
    is 'Python: the vault is as it was' "$(vault list --json | tr -d ' \n' | grep -c '"name":"mail"')" 0
    run vault verify
    status_is 0 'Python: what it wrote verifies'
    run env VAULT_ENV=prod python3 "$example"
    ok 'Python: another environment lacks a required key' grep 'MissingKeysError: .*PGPASSWORD' "$STDERR"
    run with_identity python3 "$example"
    status_is 0 'Python: with the identity in the environment'
    quiet vault keygen -o stranger >/dev/null
    run env VAULT_IDENTITY_FILE=stranger python3 "$example"
    status_is 1 'Python: a stranger'
    stderr_has LockedError 'Python: a stranger is told'
    run env VAULT_PIN=dev=AAAAAAAAAAAAAAAAAAAAAA python3 "$example"
    status_is 1 'Python: VAULT_PIN of another key'
    stderr_has PinError 'Python: it is an error'
    rm stranger
else
    skip 'Python: each call' 'there is no python3 of 3.9 or newer'
fi

tools=$python/tools/bin/python
if [ -d site ] && [ -x "$tools" ] && "$tools" -c 'import fastapi, httpx' 2>/dev/null; then
    cat >client.py <<'END'
import importlib.util, sys
from fastapi.testclient import TestClient

spec = importlib.util.spec_from_file_location("app", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print("imported")
with TestClient(module.app) as client:
    print("refused", client.get("/database").status_code)
    answer = client.get("/database", headers={"Authorization": "Bearer a-token-of-ours"})
    print(answer.status_code, answer.json()["host"])
END
    run "$tools" client.py "$TOP/examples/web-app/app.py"
    status_is 1 'web app: it does not start without a secret'
    is 'web app: it can be imported' "$(cat "$STDOUT")" imported
    stderr_has NotFoundError 'web app: which it says'
    quiet vault create web API_TOKEN=a-token-of-ours
    run "$tools" client.py "$TOP/examples/web-app/app.py"
    status_is 0 'web app: it starts'
    stdout_has 'refused 401' 'web app: a stranger is refused'
    stdout_has '200 dev.example.org' 'web app: it answers with the token'
    quiet vault delete -y web
else
    skip 'web app: it answers' 'there is no FastAPI: make deps-test'
fi

if [ -d site ] && [ -x "$tools" ] && "$tools" -c 'import modal' 2>/dev/null; then
    cat >deploy.py <<'END'
import importlib.util, sys
import modal

given = []
modal.Secret.from_dict, real = lambda values: given.append(values) or real(values), modal.Secret.from_dict
spec = importlib.util.spec_from_file_location("app", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(*sorted(given[0]), *module.app.registered_functions)
import vaultfile
with vaultfile.inject(vaultfile.Secret.from_dict(given[0])):
    print(module.report.local())
END
    run env MODAL_LOGLEVEL=ERROR "$tools" deploy.py "$TOP/examples/modal-function/app.py"
    status_is 0 'Modal: the function is defined'
    stdout_is 'PGHOST PGPASSWORD report
connecting to dev.example.org' 'Modal: it gets the secret from the vault'
    run env VAULT_ENV=prod "$tools" deploy.py "$TOP/examples/modal-function/app.py"
    stderr_has MissingKeysError 'Modal: a required key is missing, so nothing is deployed'
else
    skip 'Modal: the function is defined' 'there is no modal: make deps-test'
fi

if command -v go >/dev/null && command -v pkg-config >/dev/null; then
    run env PKG_CONFIG_PATH="$WORK/root/opt/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$WORK/root" GOPROXY=off \
        GOFLAGS=-mod=mod GOTOOLCHAIN=local GOCACHE="$WORK/cache" sh -c \
        'cd "$1" && go vet . && go build -o "$2" .' - "$TOP/examples/go" "$PWD/use-go"
    status_is 0 'Go: go vet, go build'
    run ./use-go printenv PGHOST LAST_PROGRAM
    status_is 0 'Go: reads a secret, sets a key, starts a command'
    stdout_is 'connecting to dev.example.org with a password of 10 bytes
dev.example.org
go' 'Go: what it did'
    run env VAULT_ENV=prod ./use-go true
    status_is 4 'Go: a required key is missing'
    stderr_has PGPASSWORD 'Go: it is named'
    run with_identity ./use-go sh -c 'echo "${VAULT_IDENTITY-none}"'
    is 'Go: the command does not get the identity' "$(tail -n 1 "$STDOUT")" none
    run env VAULT_PIN=dev=AAAAAAAAAAAAAAAAAAAAAA ./use-go true
    status_is 1 'Go: VAULT_PIN of another key'
    is 'Go: under 250 lines' "$(($(wc -l <"$TOP/examples/go/vault.go") < 250))" 1
    chmod -R u+w "$WORK/cache"
else
    skip 'Go: reads a secret' 'there is no go, or no pkg-config'
fi

done_testing
