#!/bin/sh
# The examples of programs that are started with secrets: in Node and in Python, from a Makefile, and
# on a box without a network.
. "$(dirname "$0")/scene.sh"
. "$TOP/tests/build/trees.sh"

EXAMPLES=$TOP/examples

# --- Node
if command -v node >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 16 ? 1 : 0)'; then
    cp -R "$EXAMPLES/node-app" node-app
    cd node-app
    quiet vault init
    start=$(sed -n 's/.*"start": "\(.*\)"/\1/p' package.json)
    run sh -c "$start"
    status_is 125 'Node: not started without its token'
    stderr_has API_TOKEN 'Node: which is named'
    run node server.js
    stderr_has 'API_TOKEN is not set' 'Node: nor without vault'
    printf 'a token' | quiet vault set API_TOKEN
    PORT=0 sh -c "exec $start" >log 2>&1 &
    server=$!
    while ! grep -q listening log && kill -0 "$server" 2>/dev/null; do sleep 0.05; done
    port=$(sed -n 's/^listening on //p' log)
    ok 'Node: it listens' test -n "$port"
    cat >ask.js <<'EOF'
const http = require('node:http');
const [port, authorization] = process.argv.slice(2);
http.get({ port, host: '127.0.0.1', headers: { authorization } }, (r) => console.log(r.statusCode));
EOF
    is 'Node: with the token' "$(node ask.js "$port" 'Bearer a token')" 200
    is 'Node: with another' "$(node ask.js "$port" 'Bearer undefined')" 401
    kill "$server"
    status=0
    wait "$server" || status=$?
    is 'Node: a signal to vault exec ends it, cleanly' "$status" 0
    cd ..
else
    skip 'Node' 'there is no node of 16 or newer'
fi

# --- Python
if command -v python3 >/dev/null; then
    mkdir python-app
    cd python-app
    quiet vault init
    printf 'line one\nline two' | quiet vault set --raw WEBHOOK_KEY
    printf 'the body' >body
    signature=$(python3 -c 'import hashlib, hmac, sys
print(hmac.new(b"line one\nline two", b"the body", hashlib.sha256).hexdigest())')
    sed -n 's/^    \(vault exec.*\) SIGNATURE .*/\1/p' "$EXAMPLES/python-app/webhook.py" >commands
    is 'Python: two ways' "$(grep -c . commands)" 2
    cp "$EXAMPLES/python-app/webhook.py" .
    while read -r command; do
        run sh -c "$command $signature <body"
        stdout_is 'the signature is right' "Python: $command"
        run sh -c "$command $signature <commands"
        status_is 1 "Python: another body: $command"
    done <commands
    cd ..
else
    skip 'Python' 'there is no python3'
fi

# --- make
cp -R "$EXAMPLES/make" make
cd make
quiet vault init -e dev,prod
printf 'postgres://dev' | quiet vault set DATABASE_URL
printf '#!/bin/sh\necho "connects to $DATABASE_URL"\n' >program
chmod +x program
run make -s run
stdout_is 'connects to postgres://dev' 'make run'
run make -s run ENV=prod
ok 'make run ENV=prod: not without DATABASE_URL' test "$status" -ne 0
stderr_has DATABASE_URL 'make run ENV=prod: which is named'
run make -s app.conf
ok 'make app.conf' grep -qx 'database = "postgres://dev"' app.conf
run make app.conf
stdout_lacks render 'make app.conf: not twice'
printf 'postgres://new' | quiet vault set DATABASE_URL
touch -t 200101010000 app.conf
run make -s app.conf
ok 'make app.conf: again after a change' grep -qx 'database = "postgres://new"' app.conf
printf 'postgres://prod' | quiet vault set DATABASE_URL -e prod
run make -s app.conf ENV=prod
ok 'make app.conf: again for another ENV' grep -qx 'database = "postgres://prod"' app.conf
run make app.conf ENV=prod
stdout_lacks render 'make app.conf: not twice for that either'
run make -s app.conf
ok 'make app.conf: and back' grep -qx 'database = "postgres://new"' app.conf
quiet vault delete -y DATABASE_URL -e prod
quiet vault export --format example -o .env.example
run env HOME=/nowhere XDG_CONFIG_HOME=/nowhere make -s check
ok 'make check: without a key' test "$status" -ne 0
stdout_has DATABASE_URL 'make check: what is missing'
cd ..

# --- without a network
if static_libsodium; then
    copy_tree tree
    run make -s -C tree static
    status_is 0 'air-gapped: a static program'
    mkdir office stick box
    cd office
    quiet vault init -e prod
    printf 'a value' | quiet vault set API_KEY -e prod
    pack() { # STICK [NAME]
        run sh "$EXAMPLES/air-gapped/pack.sh" "$WORK/$1" prod "$WORK/tree/vault-static" ${2:+"$2"}
    }
    pack stick
    status_is 0 'air-gapped: the stick is packed'
    is 'air-gapped: what is on it' "$(cd ../stick && printf '%s\n' * | tr '\n' ' ')" 'key run.sh settings vault vault.toml '
    is 'air-gapped: nobody else can read it' "$(find ../stick -type f -perm /077)" ''
    cd ../box
    on_box() {
        env -i PATH=/usr/bin:/bin HOME="$WORK/box" "$@"
    }
    if unshare -n true 2>/dev/null; then
        in_box() { on_box unshare -n "$@"; }
    elif unshare -rn true 2>/dev/null; then
        in_box() { on_box unshare -rn "$@"; }
    else
        in_box() { on_box "$@"; }
        skip 'air-gapped: no network in the box' 'unshare -n is not allowed'
    fi
    run in_box sh "$WORK/stick/run.sh" sh -c 'echo "$API_KEY"'
    status_is 0 'air-gapped: a program is started'
    stdout_is 'a value' 'air-gapped: it has the secret'

    # The same stick again, one that broke off, one for another box, and all that after a rotation.
    cd ../office
    mkdir ../stick2
    before=$(cat ../stick/key)
    printf 'another value' | quiet vault set API_KEY -e prod
    pack stick
    status_is 0 'air-gapped: it is packed again'
    is 'air-gapped: with the same key' "$(cat ../stick/key)" "$before"
    pack stick2
    ok 'air-gapped: a second stick needs a name' test "$status" -ne 0
    pack stick2 box2
    status_is 0 'air-gapped: and then continues where it stopped'
    is 'air-gapped: each is a reader' "$(vault readers -e prod | grep -c '^stick \|^box2 ')" 2
    quiet vault rotate -e prod
    pack stick
    status_is 0 'air-gapped: it is packed after a rotation'
    cd ../box
    run in_box sh "$WORK/stick/run.sh" sh -c 'echo "$API_KEY"'
    stdout_is 'another value' 'air-gapped: the box reads it after the rotation'
    run in_box sh "$WORK/stick2/run.sh" sh -c 'echo "$API_KEY"'
    stdout_is 'another value' 'air-gapped: and the other stick what it was packed with'
    cd ../office
    quiet vault revoke stick
    pack stick2 box2
    cp ../stick2/vault.toml ../stick2/settings ../stick
    cd ../box
    run in_box sh "$WORK/stick/run.sh" true
    status_is 125 'air-gapped: a stick that was lost opens no newer vault'
    run in_box sh "$WORK/stick2/run.sh" sh -c 'echo "$API_KEY"'
    stdout_is 'another value' 'air-gapped: the other does'
    sed 's/^VAULT_PIN=.*/VAULT_PIN=prod=AAAAAAAAAAAAAAAAAAAAAA/' ../stick2/settings >../settings
    cp ../settings ../stick2/settings
    run in_box sh "$WORK/stick2/run.sh" true
    status_is 125 'air-gapped: a vault with another key is refused'
else
    skip 'air-gapped' 'there is no static libsodium'
fi

done_testing
