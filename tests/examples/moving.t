#!/bin/sh
# The examples that move secrets from and to other programs: the values are the same after.
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

# --- HashiCorp's vault, versions 1 and 2 of its kv, and the bare object
if command -v python3 >/dev/null; then
    mkdir hashicorp
    cd hashicorp
    quiet vault init -e prod
    values=$(printf '{"PASSWORD": "%s", "PORT": 5432}' "$(printf %s "$password" | sed 's/"/\\"/')")
    for answer in "{\"data\": {\"data\": $values, \"metadata\": {\"version\": 3}}, \"lease_id\": \"\"}" \
        "{\"data\": $values, \"lease_duration\": 1}" "$values"; do
        printf '%s' "$answer" >kv.json
        run sh -c 'sh "$1" app -e prod <kv.json' - "$MOVING/from-hashicorp.sh"
        status_is 0 'HashiCorp: done'
        ok 'HashiCorp: the values' has_the_values -e prod
        is 'HashiCorp: nothing else' "$(vault list app -e prod | grep -c .)" 2
        quiet vault delete -y app -e prod
    done
    run sh -c 'echo "No value found at secret/app" | sh "$1" app -e prod' - "$MOVING/from-hashicorp.sh"
    ok 'HashiCorp: an error makes no secret' test "$status" -ne 0
    is 'HashiCorp: none' "$(vault list -e prod | grep -c app)" 0
    cd ..

    # --- Modal, with a stand-in for its client that calls the function as its containers do: the
    # module is imported again, and is not local.
    mkdir modal
    cd modal
    cat >modal.py <<'EOF'
import importlib.util, os, sys

class Secret:
    def __init__(self, name):
        self.name = name
    @classmethod
    def from_name(cls, name):
        return cls(name)

def is_local():
    return "REMOTE" not in os.environ

class App:
    def __init__(self, name):
        self.name = name
    def function(self, secrets=()):
        def decorate(call):
            def remote(*arguments):
                assert [s.name for s in secrets] == ["my-secret"]
                os.environ.update(PASSWORD=open("password").read(), PORT="5432", REMOTE="1")
                del os.environ["SECRET"]
                return getattr(load(), call.__name__)(*arguments)
            call.remote = remote
            return call
        return decorate
    def local_entrypoint(self):
        return lambda call: call

def load():
    spec = importlib.util.spec_from_file_location("example", sys.argv[1])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

if __name__ == "__main__":
    sys.modules["modal"] = sys.modules["__main__"]
    load().main(sys.argv[3])
EOF
    printf %s "$password" >password
    modal() { # run -q FILE --names NAMES
        PYTHONDONTWRITEBYTECODE=1 python3 modal.py "$3" "$4" "$5"
    }
    quiet vault init -e prod
    # What its comment says to type.
    command=$(sed -n 's/^    SECRET=my-secret \(modal run .*\)/\1/p' "$MOVING/from-modal.py" |
        sed 's/API_KEY,DB_PASSWORD/PASSWORD,PORT/')
    cp "$MOVING/from-modal.py" .
    export SECRET=my-secret
    run eval "$command -e prod"
    unset SECRET
    status_is 0 'Modal: done'
    ok 'Modal: the values' has_the_values -e prod
    cd ..
else
    skip "HashiCorp's vault and Modal" 'there is no python3'
fi

# --- away from vault
LEAVING=$TOP/examples/leaving
mkdir leaving
cd leaving
git init -q
quiet vault init -e dev,prod
printf '%s' "$password" | quiet vault set app/PASSWORD
quiet vault set app/PORT=5432 db/OTHER=x
printf 'one\ntwo' | quiet vault set tls/KEY -e prod
run sh "$LEAVING/to-dotenv.sh" plain
status_is 0 'plain files: done'
is 'plain files: each secret of each environment' "$(find plain -name '*.env' | LC_ALL=C sort | tr '\n' ' ')" \
    'plain/dev/app.env plain/dev/db.env plain/prod/tls.env '
git add -A
is 'plain files: git does not take them' "$(git ls-files)" vault.toml
is 'plain files: nobody else can read them' "$(find plain -name '*.env' -perm /077)" ''
quiet vault create again --from-dotenv plain/dev/app.env
is 'plain files: the values' "$(vault get again/PASSWORD)" "$password"
quiet vault create again --from-dotenv plain/prod/tls.env -e prod
is 'plain files: one of several lines' "$(vault get again/KEY -e prod)" "$(printf 'one\ntwo')"
quiet vault delete -y again
quiet vault delete -y again -e prod
printf '%s' "'\"\\" | quiet vault set app/ODD
run sh "$LEAVING/to-dotenv.sh" plain2
ok 'plain files: what dotenv cannot hold is an error' test "$status" -ne 0
stderr_has ODD 'plain files: which names it'
run sh "$LEAVING/to-dotenv.sh" plain2 json
status_is 0 'plain files: JSON holds it'
quiet vault delete -y app/ODD

# To sops: whom it is told to encrypt to, and what, with a stand-in for it.
quiet vault keygen -o ../bob.key >../bob.pub
quiet vault grant bob ../bob.pub -e prod
mkdir ../stand-in
printf '#!/bin/sh\necho "$3"\ncat\n' >../stand-in/sops
chmod +x ../stand-in/sops
run env PATH="$WORK/stand-in:$PATH" sh "$LEAVING/to-sops.sh" told
status_is 0 'to sops: it is called'
me=$(vault whoami | sed -n 's/^\(age1[^ ]*\).*/\1/p')
is 'to sops: for the readers of dev' "$(sed -n 1p told/dev/app.enc.yaml)" "$me"
is 'to sops: and for those of prod' "$(sed -n 1p told/prod/tls.enc.yaml | tr , '\n' | sort)" \
    "$(printf '%s\n' "$me" "$(cat ../bob.pub)" | sort)"
ok 'to sops: with the values' grep -q '"PORT": "5432"' told/dev/app.enc.yaml
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
    cd ../leaving
    run sh "$LEAVING/to-sops.sh" sealed
    status_is 0 'to sops: done'
    is 'to sops: each secret of each environment' "$(find sealed -type f | LC_ALL=C sort | tr '\n' ' ')" \
        'sealed/dev/app.enc.yaml sealed/dev/db.enc.yaml sealed/prod/tls.enc.yaml '
    ok 'to sops: nothing in plain text' not grep -rqF 'p"w' sealed
    SOPS_AGE_KEY_FILE=$XDG_CONFIG_HOME/vault/identity
    is 'to sops: a reader has the values' \
        "$(sops decrypt --extract '["PASSWORD"]' sealed/dev/app.enc.yaml)" "$password"
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
