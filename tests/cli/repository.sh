# A git repository in the folder of the test, with a vault that alice and others read. Each has an
# identity file in $TMP/keys and is asked for by name: `as bob vault get KEY`.
# shellcheck shell=sh disable=SC2034 # the tests read $head
. "$(dirname "$0")/scene.sh"

command -v git >/dev/null || skip_all 'there is no git'

mkdir "$TMP/keys"

# person NAME…: makes their keys. The first one's is where vault finds it.
person() {
    for name; do
        vault keygen -o "$TMP/keys/$name" >"$TMP/keys/$name.pub" 2>/dev/null
        [ -e "$IDENTITY" ] ||
            { mkdir -p "$(dirname "$IDENTITY")" && cp -p "$TMP/keys/$name" "$IDENTITY"; }
    done
}

public() { # NAME
    cat "$TMP/keys/$1.pub"
}

as() { # NAME COMMAND…
    name=$1
    shift
    VAULT_IDENTITY_FILE=$TMP/keys/$name "$@"
}

# quietly COMMAND…: it succeeds and its words are of no interest.
quietly() {
    "$@" >"$TMP/quiet" 2>&1 || { cat "$TMP/quiet" && exit 1; }
}

clock=1700000000
commit() { # MESSAGE: of all that is there; its id is then in $head
    clock=$((clock + 60))
    quietly git add -A
    GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" quietly git commit -qm "$1"
    head=$(git rev-parse HEAD)
}

merge() { # [OPTION…] BRANCH
    clock=$((clock + 60))
    GIT_COMMITTER_DATE="$clock +0000" quietly git merge -q --no-ff -m merge "$@"
    head=$(git rev-parse HEAD)
}

# spoil START <FILE: with another character in the first string of each line that starts so.
spoil() {
    awk -v start="$1" 'index($0, start) == 1 {
        at = index($0, "\"")
        with = substr($0, at + 1, 1) == "A" ? "B" : "A"
        $0 = substr($0, 1, at) with substr($0, at + 2)
    } { print }'
}

quietly git init -q .
