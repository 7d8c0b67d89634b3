#!/bin/sh
# The examples that move secrets from .env, from sops and from dotenvx: the values are the same after.
. "$(dirname "$0")/scene.sh"

MOVING=$TOP/examples/moving
PEERS=$BUILD/peers-bench/bin
PATH=$PATH:$PEERS

# What the files hold: a password with all that needs quoting, and an ordinary one.
password='p"w $x #1'

has_the_values() { # [OPTION…]
    [ "$(vault get app/PASSWORD "$@")" = "$password" ] && [ "$(vault get app/PORT "$@")" = 5432 ]
}

# --- .env
mkdir env
cd env
git init -q
printf "PASSWORD='%s'\nPORT=5432\n" "$password" >.env
git add .env
git commit -qm 'a mistake'
run sh "$MOVING/from-dotenv.sh" --dialect node
status_is 0 '.env: done'
ok '.env: the values' has_the_values
ok '.env: the file is gone' not test -e .env
is '.env: git ignores it' "$(cat .gitignore)" .env
is '.env: git has it no more' "$(git ls-files)" ''
stderr_has 'change the values' '.env: it says that the history has it'
is '.env: the names stay' "$(cut -d= -f1 .env.example | grep -v '^#' | tr '\n' ' ')" 'PASSWORD PORT '
run sh "$MOVING/from-dotenv.sh"
ok '.env: a second time it fails' test "$status" -ne 0
ok '.env: and nothing is lost' has_the_values
cd ..

# --- sops
if command -v sops >/dev/null && command -v age-keygen >/dev/null; then
    mkdir sops
    cd sops
    age-keygen -o key 2>/dev/null
    export SOPS_AGE_KEY_FILE="$PWD/key" SOPS_DISABLE_VERSION_CHECK=1
    printf "PASSWORD: '%s'\nPORT: \"5432\"\n" "$password" |
        sops encrypt --age "$(age-keygen -y key)" --input-type yaml --output-type yaml \
            --filename-override secrets.yaml /dev/stdin >secrets.enc.yaml
    quiet vault init -e prod
    run sh "$MOVING/from-sops.sh" secrets.enc.yaml app -e prod
    status_is 0 'sops: done'
    ok 'sops: the values' has_the_values -e prod
    run sh "$MOVING/from-sops.sh" no-such-file other -e prod
    ok 'sops: what cannot be decrypted makes no secret' test "$status" -ne 0
    is 'sops: none' "$(vault list -e prod | grep -c other)" 0
    cd ..
else
    skip 'sops' 'there is no sops'
fi

# --- dotenvx
if command -v dotenvx >/dev/null; then
    mkdir dotenvx
    cd dotenvx
    printf "PASSWORD='%s'\nPORT=5432\n" "$password" >.env.production
    run dotenvx encrypt -f .env.production
    status_is 0 'dotenvx: encrypts'
    ok 'dotenvx: the values are not to be seen' not has_text 5432 .env.production
    quiet vault init -e prod
    run sh "$MOVING/from-dotenvx.sh" .env.production app -e prod
    status_is 0 'dotenvx: done'
    ok 'dotenvx: the values' has_the_values -e prod
    is 'dotenvx: nothing of its own' "$(vault list app -e prod | grep -c DOTENV)" 0
    rm -f .env.keys
    run sh "$MOVING/from-dotenvx.sh" .env.production other -e prod
    ok 'dotenvx: what cannot be decrypted makes no secret' test "$status" -ne 0
    is 'dotenvx: none' "$(vault list -e prod | grep -c other)" 0
    cd ..
else
    skip 'dotenvx' 'there is no dotenvx'
fi

done_testing
