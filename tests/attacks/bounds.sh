# What the attacks on time and memory share: a repository with an honest vault, and every verb that
# reads one, on a file that Mallory has filled. Whatever a verb says of such a file, it says so in
# 10 s of processor time and 300 MB of memory. TOOK names a file for what each of them took. The verbs
# that need most are run, and with EVERY_VERB, as in the soak, all of them.
# shellcheck shell=sh
. "$(dirname "$0")/people.sh"

command -v python3 >/dev/null || skip_all 'there is no python3'
export EDITOR=true

people alice bob
git init -q .
git config core.compression 0
given as alice vault init -e dev
given as alice vault set db/PASSWORD=honest
given as alice vault grant bob "$(key_of bob)"
cp vault.toml honest.toml
git add vault.toml
given as alice git commit -qm honest
git tag honest
cp -R "$TMP/people/alice/.local/state" "$TMP/pins"

fill() { # FILE KIND COUNT [MARK]
    filled=$1
    shift
    "$TOP/tests/attacks/fill.py" "$@" <honest.toml >"$filled"
}

bounded() { # ARGUMENTS…: of vault, run by alice
    as alice "$TOP/tests/attacks/measured.py" 10 300 "${TOOK:-$TMP/took}" "$BIN" "$@"
}

words_of() {
    printf '%s\0' vault "$@" '' | bounded completion words
}

# What a verb before has pinned is forgotten.
put() { # FILE: it is the vault
    cp "$1" vault.toml
    rm -r "$TMP/people/alice/.local/state"
    cp -R "$TMP/pins" "$TMP/people/alice/.local/state"
}

holds() { # FILE ARGUMENTS…
    put "$1"
    shift
    ok "$what: $*" bounded "$@"
}

merges() { # BASE OURS THEIRS
    cp "$2" ours
    ok "$what: merge" bounded merge "$1" ours "$3" --path vault.toml
}

is_honest() {
    put hostile
    [ "$(as alice vault get db/PASSWORD)" = honest ]
}

every_verb() { # KIND COUNT [COUNT-OF-A-MERGE]
    what="$2 $1"
    fill hostile "$1" "$2"
    for verb in readers 'get db/PASSWORD' 'revoke bob' 'diff --textconv vault.toml'; do
        # shellcheck disable=SC2086 # words
        holds hostile $verb
    done
    merges honest.toml honest.toml hostile
    [ -z "${EVERY_VERB:-}" ] || other_verbs "$@"
}

other_verbs() { # KIND COUNT [COUNT-OF-A-MERGE]
    fill other "$1" "$2" o
    git reset -q --hard honest
    put hostile
    as alice git commit -qam "$what"
    for verb in list 'list --all' 'readers --json' doctor 'exec -- true' 'export --format=json' \
        'check --max-age 9d' verify 'verify --history' exposed log 'scan honest.toml' edit \
        'set db/PASSWORD=other' 'env copy dev copied' "grant carol $(key_of bob)" 'revoke bob' rotate \
        unlock 'diff HEAD~1'; do
        # shellcheck disable=SC2086 # words
        holds hostile $verb
    done
    ok "$what: completion of names" words_of get
    ok "$what: completion of readers" words_of revoke
    holds other diff
    holds other diff --json
    merges hostile other honest.toml
    if [ $# -gt 2 ]; then
        what="3 times $3 $1"
        fill hostile "$1" "$3"
        fill other "$1" "$3" o
        fill third "$1" "$3" t
        merges hostile other third
    fi
}
