# Shared by the attacks: people with separate HOMEs, and so with separate identities, pins and git
# settings. An attack runs the program as installed. Its first comment repeats the promise in
# SECURITY.md that it tries to break, "# Promise NUMBER: SENTENCE", and then says what the attacker
# does.
#
#   people alice bob
#   as alice vault init
#   as alice vault grant bob "$(key_of bob)"
#   attack 5 'the message' 'the hint' as bob vault get db/PASSWORD
# shellcheck shell=sh
. "$(dirname "$0")/../lib.sh"

command -v git >/dev/null || skip_all 'there is no git'
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME

people() { # NAME…
    for person; do
        mkdir -p "$TMP/people/$person"
        cat >"$TMP/people/$person/.gitconfig" <<END
[user]
    name = $person
    email = $person@example.org
[init]
    defaultBranch = main
END
        as "$person" vault keygen >"$TMP/people/$person/key.pub" 2>/dev/null
    done
}

as() { # NAME COMMAND…
    (
        HOME=$TMP/people/$1 USER=$1
        export HOME USER
        shift
        "$@"
    )
}

key_of() { # NAME
    cat "$TMP/people/$1/key.pub"
}

# Runs a command that must succeed for the attack to make sense.
given() {
    run "$@"
    [ "$status" -eq 0 ] || { or_tell false && false; } || exit 1
}

# attack STATUS TEXT HINT COMMAND…: the command is refused with that status, the message has TEXT,
# the hint has HINT, and stdout is empty.
attack() {
    expected=$1 text=$2 hint=$3
    shift 3
    run "$@"
    ok "refused with $expected: $*" or_tell is_refused
}

is_refused() {
    [ "$status" -eq "$expected" ] || { echo "expected: exit status $expected" && return 1; }
    has_text "$text" "$STDERR" || { echo "missing in the message: $text" && return 1; }
    [ -z "$hint" ] || grep -q "^hint: .*$hint" "$STDERR" || { echo "no hint: $hint" && return 1; }
    [ ! -s "$STDOUT" ] || { echo 'something on stdout' && return 1; }
}
