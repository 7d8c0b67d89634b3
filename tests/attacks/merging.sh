# What the attacks on merges share: a repository with vault as git's merge driver, in which each
# person works under a home of their own; and the moment from which bob is out of prod.
# shellcheck shell=sh
. "$(dirname "$0")/people.sh"

people alice bob carol mallory

repository() { # FOLDER: made by alice, with prod and its first password
    git init -q "$1"
    cd "$1"
    git config merge.vault.name 'by environment, secret and key'
    git config merge.vault.driver "'$BIN' merge %O %A %B --marker-size %L --path %P"
    git config merge.vault.recursive binary
    echo '*.toml merge=vault' >.git/info/attributes
    given as alice vault init -e prod
    given as alice vault create db PASSWORD=first USER=app -e prod
    git add vault.toml
    commit alice made
}

# Another machine of the same person, which knows only what it sees there.
elsewhere() { # COMMAND…
    XDG_STATE_HOME=$TMP/elsewhere "$@"
}

commit() { # PERSON MESSAGE
    as "$1" git commit -qam "$2"
}

branch() { # NAME AT
    git checkout -q -b "$1" "$2"
}

# before: without bob; with-bob: he reads prod; main: he was revoked, and the password is another.
revoke_bob() {
    git tag before
    given as alice vault grant bob "$(key_of bob)" -e prod
    commit alice 'bob comes'
    git tag with-bob
    given as bob vault get db/PASSWORD -e prod
    given as alice vault revoke bob -e prod
    given as alice vault set db/PASSWORD=after-bob-left -e prod
    commit alice 'bob leaves'
}

# stops TEXT COMMAND…: git ends with a conflict, and says TEXT of it.
stops() {
    text=$1
    shift
    run "$@"
    ok "git stops: $*" or_tell has_stopped
}
has_stopped() {
    [ "$status" -ne 0 ] || { echo 'git went on' && return 1; }
    has_text "$text" "$STDERR" || { echo "missing in the message: $text" && return 1; }
    [ -n "$(git ls-files -u)" ] || { echo 'nothing waits for a person' && return 1; }
}

# What waits for a person in a merge is listed, without a terminal, and nothing is written.
waits() { # TEXT
    cp vault.toml "$TMP/waiting"
    attack 6 "$1" 'vault merge asks' as alice setsid -w "$BIN" merge -e prod
    ok 'nothing was written' cmp "$TMP/waiting" vault.toml
}

# Each vault that the file can be taken for, however its conflict markers are cut out.
each_cut() { # COMMAND…: with a file as its last argument
    for cut in p '/^<<<<<<< /,/^>>>>>>> /!p' '/^<<<<<<< /,/^=======$/!{/^>>>>>>> /!p}' \
        '/^=======$/,/^>>>>>>> /!{/^<<<<<<< /!p}'; do
        sed -n "$cut" vault.toml >"$TMP/cut.toml"
        "$@" "$TMP/cut.toml" || return 1
    done
}

opens() { # PERSON FILE
    as "$1" vault get db/PASSWORD -e prod -f "$2" >"$TMP/opened" 2>&1
}

is_out() { # PERSON FILE: does not get what was set after bob had left
    opens "$1" "$2" || return 0
    not has_text after-bob-left "$TMP/opened"
}

shut_out() { # PERSON…
    for person; do
        ok "$person opens nothing of it" each_cut is_out "$person"
    done
}

password_is() { # TEXT
    is 'the password' "$(as alice vault get db/PASSWORD -e prod 2>/dev/null)" "$1"
}

reads() { # PERSON FILE, by the names in it
    sed -n '/^\[vault.env.prod.readers\]/,/^\[vault.env.prod.[^r]/p' "$2" | grep -q "^$1 = "
}

is_whole() {
    as alice vault verify -e prod
}

# Back to where main stands, whatever was begun.
again() {
    git merge --abort 2>/dev/null || git cherry-pick --abort 2>/dev/null ||
        git rebase --abort 2>/dev/null || git revert --abort 2>/dev/null || :
    git reset -q --hard
    git checkout -q main
}
