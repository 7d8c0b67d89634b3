# Shared by the attacks on merges: a repository with vault as git's merge driver, in which each
# person has a separate HOME, and the commits before and after bob's revocation from prod.
# shellcheck shell=sh
. "$(dirname "$0")/people.sh"

people alice bob carol mallory

repository() { # FOLDER: alice makes it, with prod and a first password
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

# Runs a command as on another machine of the same person, with separate pins.
elsewhere() { # COMMAND…
    XDG_STATE_HOME=$TMP/elsewhere "$@"
}

commit() { # PERSON MESSAGE
    as "$1" git commit -qam "$2"
}

branch() { # NAME AT
    git checkout -q -b "$1" "$2"
}

# Tags: "before" is without bob, and in "with-bob" he reads prod. On main he was revoked and the
# password was changed.
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

# The branch smuggle: its first commit takes bob's entry out, its second puts it back.
smuggle_bob() {
    branch smuggle with-bob
    git checkout -q before -- vault.toml
    commit mallory one
    git checkout -q with-bob -- vault.toml
    commit mallory two
}

# The branch back restores the lines of the file at a tag, and main goes on.
bring_back() { # TAG
    branch back main
    git checkout -q "$1" -- vault.toml
    commit mallory 'some values'
    git checkout -q main
    given as alice vault set db/HOST=a -e prod
    commit alice 'a host'
}

# The password is dropped; the branch back brings its old lines back.
bring_password_back() {
    git tag there
    given as alice vault delete db/PASSWORD -y -e prod
    commit alice dropped
    bring_back there
}

# For the controls: the branch honest, which sets a user, beside a main that goes on.
honest_branch() { # USER
    branch honest main
    given as alice vault set "db/USER=$1" -e prod
    commit alice 'another user'
    git checkout -q main
    given as alice vault set db/PORT=1 -e prod
    commit alice 'a port'
}

# stops TEXT COMMAND…: git stops with a conflict, and the message has TEXT.
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

# Without a terminal, merge lists the open conflicts and writes nothing.
waits() { # TEXT
    cp vault.toml "$TMP/waiting"
    attack 6 "$1" 'vault merge asks' as alice setsid -w "$BIN" merge -e prod
    ok 'nothing was written' cmp "$TMP/waiting" vault.toml
}

# Runs the command on each vault that results from cutting out conflict markers and sides.
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

is_out() { # PERSON FILE: cannot read the password set after bob left
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

reads() { # PERSON FILE: is named as a reader in it
    sed -n '/^\[vault.env.prod.readers\]/,/^\[vault.env.prod.[^r]/p' "$2" | grep -q "^$1 = "
}

is_whole() {
    as alice vault verify -e prod
}

# Aborts whatever is in progress, and returns to main.
again() {
    git merge --abort 2>/dev/null || git cherry-pick --abort 2>/dev/null ||
        git rebase --abort 2>/dev/null || git revert --abort 2>/dev/null || :
    git reset -q --hard
    git checkout -q main
}
