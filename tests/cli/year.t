#!/bin/sh
# A team's year: who comes, who leaves, what is lost. After each event a reader that was written from
# the format's text alone opens the vault as each of them, and finds what they should find, no more.
. "$(dirname "$0")/scene.sh"

for tool in python3 age git ssh-keygen; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool: make deps-test"
done
PEOPLE='ann bob carl dora eve finn'
export PYTHONDONTWRITEBYTECODE=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null

at() { # PERSON: at their desk from here on
    export HOME="$TMP/$1" XDG_CONFIG_HOME="$TMP/$1/config" XDG_STATE_HOME="$TMP/$1/state"
    mkdir -p "$HOME"
}
with_key() { # PERSON COMMAND…: at their desk, with what they open things with
    at "$1"
    key="--identity $TMP/$1/key"
    [ ! -f "$TMP/$1/passphrase" ] || key="--passphrase-file $TMP/$1/passphrase"
    shift
    # shellcheck disable=SC2086 # an option and its value
    given "$@" $key
}
commits() { # MESSAGE
    git -c user.name=team -c user.email=team@example.org commit -qam "$1"
}

# What each of them opens is asked here, of the vault and the keys as they are then. One run of the
# independent reader answers everything at the end.
mkdir "$TMP/asked"
events=0
event() { # the vault and the keys are kept as they are now
    events=$((events + 1))
    # shellcheck disable=SC2046 # names without a space
    (cd "$TMP" && tar -cf "asked/$events.tar" work/vault.toml $(ls ./*/key ./*/passphrase 2>/dev/null))
}
sees() { # NAME PERSON WHAT EXPECTED: WHAT is their environments, or what is in one: dev, dev=
    echo "$1|$events|$2|$3|$4" >>"$TMP/asked/questions"
}
found() { # EVENT PERSON=ENVS…: which environments each of them opens
    event=$1
    shift
    event
    for person in $PEOPLE; do
        envs=
        for reads in "$@"; do
            [ "${reads%%=*}" = "$person" ] && envs=${reads#*=}
        done
        sees "$event: $person opens ${envs:-nothing}" "$person" environments "$envs"
    done
}
cat >"$TMP/answer.py" <<'END'
import functools, io, os, sys, tarfile

sys.path.insert(0, os.path.join(os.environ["TOP"], "tests", "independent"))
import vaultfmt

@functools.lru_cache(maxsize=None)
def opened(number, person):
    """{environment: [KEY=VALUE]}, of those that this person opens, each verified."""
    with tarfile.open(f"{number}.tar") as tar:
        files = {os.path.normpath(m.name): tar.extractfile(m).read() for m in tar.getmembers()}
    vault = vaultfmt.parse(files["work/vault.toml"])
    passphrases = [files[f"{person}/passphrase"].decode().rstrip("\r\n")] if f"{person}/passphrase" in files else []
    identities = [files[f"{person}/key"].decode()] if f"{person}/key" in files and not passphrases else []
    found = {}
    for name in sorted(vault.environments):
        try:
            env = vaultfmt.unlock(vault, name, identities, passphrases)
        except vaultfmt.LockedError:
            continue
        env.verify()
        found[name] = [f"{key}={value.data.decode()}" for secret in env.values().values()
                       for key, value in sorted(secret.items())]
    return found

for question in open("questions", encoding="utf-8"):
    _, number, person, what, _ = question.split("|")
    envs = opened(number, person)
    if what == "environments":
        print(",".join(envs))
    elif what.endswith("="):
        print(" ".join(envs[what[:-1]]))
    else:
        print(",".join(value.partition("=")[0] for value in envs[what]))
END
ask_all() {
    (cd "$TMP/asked" && python3 "$TMP/answer.py") >"$TMP/answers"
}
new_key() { # PERSON [ssh]: a key of theirs; its public half is what they hand over
    mkdir -p "$TMP/$1"
    rm -f "$TMP/$1/key" "$TMP/$1/key.pub"
    if [ "${2:-}" = ssh ]; then
        ssh-keygen -q -t ed25519 -N '' -C "$1@desk" -f "$TMP/$1/key"
    else
        vault keygen -o "$TMP/$1/key" >"$TMP/$1/key.pub" 2>>"$SAID"
    fi
}

git init -q .

# ---- January: two of them begin

at ann
new_key ann
new_key bob ssh
given vault init --reader "ann=$(cat "$TMP/ann/key.pub")" -e dev,staging,prod
for env in dev staging prod; do
    with_key ann vault set "$env/KEY=$MARKER-$env" -e "$env"
done
with_key ann vault grant bob "$TMP/bob/key.pub" -e dev,staging
git add vault.toml
commits 'ann and bob'
found January ann=dev,prod,staging bob=dev,staging

# ---- March: carl, and dora who has a passphrase

new_key carl
with_key bob vault grant carl "$TMP/carl/key.pub" -e dev
with_key ann vault grant dora --passphrase --generate -e dev,prod
(umask 077 && mkdir -p "$TMP/dora" && cp "$STDOUT" "$TMP/dora/passphrase")
commits 'carl and dora'
found March ann=dev,prod,staging bob=dev,staging carl=dev dora=dev,prod

# ---- April: who may not, cannot

at carl
refuses 3 'none of the keys' 'ask a reader' vault get KEY -e prod --identity "$TMP/carl/key"
refuses 3 'none of the keys' 'ask a reader' vault grant carl "$TMP/carl/key.pub" -e prod --identity "$TMP/carl/key"
refuses 3 'you cannot open staging' 'ask a reader' vault revoke bob --identity "$TMP/carl/key"
refuses 3 'none of the keys' 'ask a reader' vault rotate -e prod --identity "$TMP/carl/key"

# ---- May: bob leaves; what he knew is changed

sees 'what he has checked out, he still opens' bob environments dev,staging
with_key ann vault revoke bob
stderr_has 'note: bob could read 1 value in staging'
with_key ann vault set "staging/KEY=$MARKER-new" -e staging
commits 'bob leaves'
found May ann=dev,prod,staging carl=dev dora=dev,prod

# ---- June: eve and finn come; carl loses his laptop

new_key eve ssh
new_key finn
with_key dora vault grant eve "$TMP/eve/key.pub" -e prod
with_key carl vault grant finn "$TMP/finn/key.pub" -e dev
with_key ann vault grant eve "$TMP/eve/key.pub" -e dev,staging
commits 'eve and finn'
found June ann=dev,prod,staging carl=dev dora=dev,prod eve=dev,prod,staging finn=dev
cp "$TMP/carl/key" "$TMP/stolen" && chmod 600 "$TMP/stolen"
new_key carl
at finn
refuses 1 'carl reads dev with another key' '--replace' \
    vault grant carl "$TMP/carl/key.pub" -e dev --identity "$TMP/finn/key"
with_key finn vault grant carl "$TMP/carl/key.pub" --replace -e dev
commits 'carl has another laptop'
at carl
refuses 3 'none of the keys' 'ask a reader' vault get KEY --identity "$TMP/stolen"
found 'a lost laptop' ann=dev,prod,staging carl=dev dora=dev,prod eve=dev,prod,staging finn=dev

# ---- August: dora has forgotten her passphrase

cp "$TMP/dora/passphrase" "$TMP/forgotten" && chmod 600 "$TMP/forgotten"
with_key ann vault grant dora --passphrase --generate --replace -e dev
sed 1q "$STDOUT" >"$TMP/dora/passphrase"
commits 'dora has another passphrase'
at dora
refuses 3 'none of the keys' 'ask a reader' vault get KEY --passphrase-file "$TMP/forgotten"
refuses 3 'none of the keys' 'ask a reader' vault get KEY -e prod --passphrase-file "$TMP/forgotten"
found 'a forgotten passphrase' ann=dev,prod,staging carl=dev dora=dev,prod eve=dev,prod,staging finn=dev

# ---- October: prod is rotated on a branch, while others go on in dev

git checkout -q -b rotation
with_key eve vault rotate -e prod
commits 'rotate prod'
git checkout -q -
with_key carl vault set "dev/OTHER=$MARKER-other"
commits 'carl goes on'
with_key finn vault set dev/ANOTHER=1
commits 'finn too'
ok 'git merges it' git -c user.name=team -c user.email=team@example.org merge -q rotation -m merged
found 'a rotation is merged' ann=dev,prod,staging carl=dev dora=dev,prod eve=dev,prod,staging finn=dev
sees 'with the values of both' eve dev= "ANOTHER=1 KEY=$MARKER-dev OTHER=$MARKER-other"
with_key ann vault verify -e prod
stderr_has 'prod verifies'

# ---- November: with the merge driver: what honest people are asked where a key was rotated

git config merge.vault.driver "'$BIN' merge %O %A %B --marker-size %L --path %P"
git config merge.vault.recursive binary
echo '*.toml merge=vault' >.git/info/attributes
main=$(git symbolic-ref --short HEAD)

merges() { # PERSON GIT…: as their git runs the driver
    at "$1"
    shift
    merged=yes
    VAULT_IDENTITY_FILE=$HOME/key git -c user.name=team -c user.email=team@example.org "$@" \
        >"$TMP/said-by-git" 2>&1 || merged=no
}
answers() { # PERSON QUESTIONS PTY…: the end of that merge, and how often they were asked
    at "$1"
    expected=$2
    shift 2
    run env VAULT_IDENTITY_FILE="$HOME/key" "$TOP/tests/pty.py" "$@" -- "$BIN" merge
    status_is 0 'vault merge asks, and is answered'
    is 'in so many questions' "$(grep -c 'take \[' "$STDOUT")" "$expected"
    commits merged
}

git tag before-november
git checkout -q -b feature
for key in F1 F2 F3; do
    with_key carl vault set "dev/$key=1"
    commits "carl sets $key"
done
git checkout -q "$main"
with_key ann vault rotate -e dev
commits 'rotate dev'
git checkout -q feature
merges carl merge -q "$main" -m merged
ok 'values on a branch, and a rotation: git stops' test "$merged" = no
answers carl 1 --expect 'dev/F1: ours' --expect 'for all 3' --send o
git checkout -q "$main"
git merge -q feature
event
sees 'one answer for all of them' finn dev ANOTHER,F1,F2,F3,KEY,OTHER

git checkout -q -b other-rotation
with_key carl vault rotate -e dev
with_key carl vault set dev/E=1 -e dev
commits 'carl rotates dev'
git checkout -q "$main"
with_key finn vault rotate -e dev
commits 'finn rotates dev'
merges finn merge -q other-rotation -m merged
ok 'two rotations: git stops' test "$merged" = no
ok 'and says why' grep -q 'dev was rotated on both sides' "$TMP/said-by-git"
answers finn 2 --expect 'dev was rotated on both sides' --expect 'b.oth' --send b \
    --expect 'dev/E: theirs' --expect 'heirs' --send t
found 'concurrent rotations' ann=dev,prod,staging carl=dev dora=dev,prod eve=dev,prod,staging finn=dev
sees 'they become one' carl dev ANOTHER,E,F1,F2,F3,KEY,OTHER
for person in ann carl; do # whatever key they knew, it is in the past of this one
    with_key "$person" vault verify -e dev
    stderr_has 'dev verifies' "$person finds it whole"
done

git checkout -q -b release before-november
at carl
export XDG_STATE_HOME="$TMP/carl/another" # a laptop that has seen no rotation
given vault set dev/OF_RELEASE=1 --identity "$TMP/carl/key"
commits 'a value of the release'
git checkout -q "$main"
with_key ann vault set dev/FIX=1 -e dev
commits 'a fix'
git checkout -q release
merges ann cherry-pick "$main"
ok 'a backport over the rotations: git stops' test "$merged" = no
answers ann 1 --expect 'dev/OF_RELEASE: ours' --expect 'for all 5' --send o
event
sees 'one answer leaves the release as it is, with the fix' carl dev \
    ANOTHER,FIX,KEY,OF_RELEASE,OTHER
git checkout -q "$main"

# ---- December: dora leaves, ann hands over and goes

at eve
refuses 5 'dev: this machine knows the vault, but not this environment' '-e dev' \
    vault revoke dora --identity "$TMP/eve/key"
with_key eve vault revoke dora -e dev,prod
found 'dora leaves' ann=dev,prod,staging carl=dev eve=dev,prod,staging finn=dev
ok 'of passphrases none is left' not grep -q '^\[vault.passphrases\]' vault.toml
at ann
refuses 1 'ann is you' '--force' vault revoke ann --identity "$TMP/ann/key"
with_key eve vault revoke ann -e dev,prod,staging
commits 'ann goes'
found 'ann goes' carl=dev eve=dev,prod,staging finn=dev
at eve
refuses 2 'eve is the last reader of' 'vault env delete' vault revoke eve -e prod --force --identity "$TMP/eve/key"
is 'what was set in January is there' "$(vault get prod/KEY -e prod --identity "$TMP/eve/key" 2>>"$SAID")" "$MARKER-prod"

# ---- what they saw, all year

ok 'the independent reader answers' ask_all
answered=0
while IFS='|' read -r name _ _ _ expected answer; do
    answered=$((answered + 1))
    is "$name" "$answer" "$expected"
done <<END
$(paste -d '|' "$TMP/asked/questions" "$TMP/answers")
END
is 'every question was answered' "$answered" 65
finish
