#!/bin/sh
# The examples of what starts programs: systemd, a container, Kubernetes, direnv.
. "$(dirname "$0")/scene.sh"

EXAMPLES=$TOP/examples
export PYTHONPATH="$BUILD/peers/python/yaml" PYTHONDONTWRITEBYTECODE=1
mkdir app

cd app
quiet vault init -e dev,prod
printf 'a "value" of $dev' | quiet vault set API_KEY
printf 'a "value" of $prod' | quiet vault set API_KEY -e prod
mkdir credentials run
vault keygen -o credentials/identity 2>/dev/null | quiet vault grant host - -e prod
pin=prod=$(vault verify -e prod 2>&1 | sed -n 's/.* its key is //p')
printf '#!/bin/sh\nprintf "%%s\\n" "$API_KEY"\n' >program
chmod +x program

# What is started knows nothing of our own key.
elsewhere() {
    env -i PATH="$PATH" HOME="$WORK/elsewhere" "$@"
}

# --- systemd
mkdir units
for unit in app legacy legacy-secrets value; do
    sed "s|/usr/bin/vault|$WORK/bin/vault|; s|/usr/bin/app|$WORK/app/program|; s|/etc/app/vault.toml|$WORK/app/vault.toml|" \
        "$EXAMPLES/systemd/$unit.service" >"units/$unit.service"
done
if command -v systemd-analyze >/dev/null; then
    for unit in app legacy legacy-secrets value; do
        run env SYSTEMD_UNIT_PATH="$WORK/app/units:" systemd-analyze --man=no verify "units/$unit.service"
        status_is 0 "systemd: $unit.service verifies"
        stderr_lacks "$unit" "systemd: $unit.service: nothing to say about it"
    done
else
    skip 'systemd: the units verify' 'there is no systemd-analyze'
fi
start() { # UNIT: its ExecStart, with its Environment, as systemd would
    sed "s|%d|$WORK/app/credentials|g; s|%t|$WORK/app/run|g" "units/$1.service" >unit
    # shellcheck disable=SC2046
    elsewhere $(sed -n 's/^Environment=//p' unit) $(sed -n 's/^ExecStart=//p' unit)
}
run start app
stdout_is 'a "value" of $prod' 'systemd: app.service has its secret'
mkdir run/legacy
run start legacy-secrets
status_is 0 'systemd: legacy-secrets.service'
ok 'systemd: it writes the file that legacy.service reads' \
    test -f "$(sed -n "s|^EnvironmentFile=%t|$WORK/app/run|p" units/legacy.service)"
is 'systemd: which nobody else can read' "$(find run/legacy -type f ! -perm 600)" ''
ok 'systemd: in systemd'"'"'s quoting' grep -qxF 'API_KEY="a \"value\" of \$prod"' run/legacy/environment
run start legacy-secrets
status_is 0 'systemd: and once more'

# value.service: what its comment says to type, with a key that any machine has.
sed -n 's/^# *\(vault get .*\)/\1/p' "$EXAMPLES/systemd/value.service" |
    sed "s|/etc/app|$WORK/app|; s|encrypt |encrypt --with-key=tpm2-absent |" >seal.sh
is 'systemd: value.service: one command seals it' "$(grep -c . seal.sh)" 1
if echo x | systemd-creds encrypt --with-key=tpm2-absent --name=x - - >/dev/null 2>&1; then
    printf 'a "password"' | quiet vault set db/PASSWORD -e prod
    run sh seal.sh
    status_is 0 'systemd: value.service: it is sealed'
    name=$(sed -n 's/^LoadCredentialEncrypted=\([^:]*\):.*/\1/p' "$EXAMPLES/systemd/value.service")
    run systemd-creds decrypt --name="$name" "$name.cred" -
    is 'systemd: value.service: the service gets it' "$(cat "$STDOUT")" 'a "password"'
    quiet vault delete -y db -e prod
else
    skip 'systemd: value.service: it is sealed' 'there is no systemd-creds that seals without a key'
fi

# --- a container
container() {
    elsewhere VAULT_FILE="$WORK/app/vault.toml" VAULT_PIN="$pin" VAULT_ENV=prod "$@"
}
run container VAULT_IDENTITY_FILE="$WORK/app/credentials/identity" sh "$EXAMPLES/docker/entrypoint.sh" ./program
stdout_is 'a "value" of $prod' 'Docker: the entrypoint starts the command'
run container VAULT_IDENTITY_FILE="$WORK/app/credentials/identity" sh "$EXAMPLES/docker/entrypoint.sh" \
    sh -c 'kill -TERM $$'
ok 'Docker: a signal that ends the command ends the entrypoint' test "$status" -eq 143
run container sh "$EXAMPLES/docker/entrypoint.sh" ./program
status_is 125 'Docker: without a key nothing is started'
stderr_has /run/secrets/identity 'Docker: and what is missing is said'
# The image's user, with the files as the Dockerfile and compose.yaml give them.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    image=$(TMPDIR='' mktemp -d)
    trap 'rm -rf "$image"; chmod -R u+rwx "$TMP"; rm -rf "$TMP"' EXIT
    chmod 711 "$image"
    cp "$BIN" vault.toml "$EXAMPLES/docker/entrypoint.sh" program credentials/identity "$image"
    chmod 755 "$image/vault" "$image/entrypoint.sh" "$image/program"
    chmod 400 "$image/identity"
    chown 65534:65534 "$image/vault.toml" "$image/identity"
    as_image() {
        (cd / && env -i PATH="$image:$PATH" VAULT_FILE="$image/vault.toml" VAULT_IDENTITY_FILE="$image/identity" \
            setpriv --reuid=65534 --regid=65534 --clear-groups sh "$image/entrypoint.sh" "$image/program")
    }
    run as_image
    stdout_is 'a "value" of $prod' "Docker: the image's user can read the vault and the key"
    chown 0:0 "$image/vault.toml"
    run as_image
    status_is 125 'Docker: it could not, if the vault were of root'
else
    skip "Docker: the image's user can read the vault and the key" 'only root can be another user'
fi
if command -v docker >/dev/null && docker compose version >/dev/null 2>&1; then
    cp -R "$EXAMPLES/docker" compose
    run env VAULT_IDENTITY=stand-in docker compose --project-directory compose -f compose/compose.yaml config -q
    status_is 0 'Docker: compose accepts compose.yaml'
else
    skip 'Docker: compose accepts compose.yaml' 'there is no docker compose'
fi
if python3 -c 'import yaml' 2>/dev/null; then
    run python3 -c 'import sys, yaml
compose = yaml.safe_load(open(sys.argv[1]))
app = compose["services"]["app"]
(secret,) = app["secrets"]
assert [secret["source"]] == list(compose["secrets"]) == ["identity"], app
assert secret["mode"] == 0o400, secret
owner = secret["uid"] + ":" + secret["gid"]
dockerfile = open(sys.argv[2]).read()
assert "\nUSER %s\n" % owner in dockerfile and "--chown=%s vault.toml" % owner in dockerfile, dockerfile
assert not [k for k in app["environment"] if "IDENTITY" in k or "PASS" in k], app
' "$EXAMPLES/docker/compose.yaml" "$EXAMPLES/docker/Dockerfile"
    status_is 0 'Docker: the key is a secret, and no variable, of the container'

    # --- Kubernetes
    sed -n 's/^# *\(vault export.*\) | kubectl.*/\1/p' "$EXAMPLES/kubernetes/app.yaml" >apply.sh
    run sh apply.sh
    status_is 0 'Kubernetes: the Secret'
    cp "$STDOUT" secret.yaml
    run python3 -c 'import base64, sys, yaml
app, secret = (yaml.safe_load(open(path)) for path in sys.argv[1:])
assert secret["kind"] == "Secret" and secret["type"] == "Opaque"
(container,) = app["spec"]["template"]["spec"]["containers"]
assert container["envFrom"] == [{"secretRef": {"name": secret["metadata"]["name"]}}]
labels = app["spec"]["template"]["metadata"]["labels"]
assert app["spec"]["selector"]["matchLabels"] == labels
print(base64.b64decode(secret["data"]["API_KEY"]).decode())' "$EXAMPLES/kubernetes/app.yaml" secret.yaml
    stdout_is 'a "value" of $prod' 'Kubernetes: the deployment reads that Secret, with the value'
    if command -v kubectl >/dev/null; then
        cp "$EXAMPLES/kubernetes/app.yaml" .
        printf 'resources: [app.yaml, secret.yaml]\n' >kustomization.yaml
        run timeout 300 kubectl kustomize .
        status_is 0 'Kubernetes: kubectl reads both'
    else
        skip 'Kubernetes: kubectl reads both' 'there is no kubectl'
    fi
else
    skip 'Docker and Kubernetes: the YAML' 'python3 has no yaml'
fi

# --- direnv
cp "$EXAMPLES/direnv/.envrc" .
if command -v direnv >/dev/null; then
    quiet direnv allow .
    run direnv exec . sh -c 'printf "%s\n" "$API_KEY${secrets-}"'
    stdout_is 'a "value" of $dev' 'direnv: sets the secrets of dev'
    run env XDG_CONFIG_HOME="$WORK/elsewhere" HOME="$HOME" VAULT_IDENTITY_FILE=/nowhere direnv exec . true
    ok 'direnv: fails if dev does not open' test "$status" -ne 0
else
    skip 'direnv: sets the secrets of dev' 'there is no direnv'
fi
run bash -c 'watch_file() { :; }; . ./.envrc; printf "%s\n" "$API_KEY${secrets-}"'
stdout_is 'a "value" of $dev' 'direnv: .envrc, in bash'

done_testing
