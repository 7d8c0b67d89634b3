# What the tests of the program share: refusals that must leave everything as it was, and all that
# was said on stderr, where a value must never stand.
# shellcheck shell=sh disable=SC2034 # the tests read what is set here
. "$(dirname "$0")/../lib.sh"

MARKER=zwiebel-4711-marker # a value: it may stand on stdout, and nowhere else
SHIPPED=$BIN
BIN=$BUILD/check/vault # the same, but for the cost of a passphrase (see the Makefile)
SAID=$TMP/said
IDENTITY=$XDG_CONFIG_HOME/vault/identity
: >"$SAID"

run() {
    ran=$*
    status=0
    "$@" >"$STDOUT" 2>"$STDERR" || status=$?
    read_text "$STDERR"
    printf '%s' "$tap_text" >>"$SAID"
}

# Runs a command that a test needs to have succeeded.
given() {
    run "$@"
    [ "$status" -eq 0 ] || { or_tell false && false; } || exit 1
}

# with TEXT COMMAND…: TEXT is its stdin, without a newline behind it.
with() {
    printf '%s' "$1" >"$TMP/stdin"
    shift
    "$@" <"$TMP/stdin"
}

# alone COMMAND…: without a terminal, and not for ever.
alone() {
    timeout 300 setsid -w "$@"
}

pty() {
    "$TOP/tests/pty.py" "$@"
}

# state FILE: keeps there all files, with what is in them, their modes and times.
state() {
    tar -cf "$1" "$WORK" "$XDG_CONFIG_HOME" "$TMPDIR" 2>/dev/null || [ -s "$1" ]
}

# refuses STATUS TEXT HINT COMMAND…: it does, says both, prints nothing, and writes nothing.
refuses() {
    expected=$1 text=$2 hint=$3
    shift 3
    [ -n "$watched" ] || state "$TMP/before"
    run "$@"
    ok "$expected, nothing written: $*" or_tell refused
}

refused() {
    [ "$status" -eq "$expected" ] || { echo "expected: exit status $expected" && return 1; }
    read_text "$STDERR"
    said=$newline$tap_text
    contains "$said" "${newline}vault: " || { echo 'no message' && return 1; }
    contains "$said" "$text" || { echo "unsaid: $text" && return 1; }
    hinted || { echo "no hint: $hint" && return 1; }
    [ ! -s "$STDOUT" ] || { echo 'something on stdout' && return 1; }
    [ -n "$watched" ] || nothing_written
}

# hinted: a hint in $STDERR matches the basic regular expression $hint. Most are plain words, perhaps
# with $ behind them, which need no grep.
hinted() {
    plain=${hint%\$}
    case $plain in
    '') return ;;
    *[][.*^\\$]*)
        grep -q "^hint: .*$hint" "$STDERR"
        return
        ;;
    esac
    while IFS= read -r tap_line; do
        case $tap_line in
        "hint: "*"$plain") return ;;
        "hint: "*"$plain"*) [ "$plain" = "$hint" ] && return ;;
        esac
    done <"$STDERR"
    false
}

nothing_written() {
    state "$TMP/after"
    cmp -s "$TMP/before" "$TMP/after" || { echo 'something was written' && return 1; }
}

# Many refusals in a row are compared with one state, which they must leave as it was: between
# watch_files and files_unchanged nothing else may write.
watched=
watch_files() {
    state "$TMP/before"
    watched=yes
}
files_unchanged() {
    ok 'none of these has written anything' nothing_written
    watched=
}

# unchanged NAME FILE COPY
unchanged() {
    ok "$1" cmp "$2" "$3"
}

# Each line is a message of ours, lowercase and without a full stop.
well_spoken() {
    ! grep -v -E '^(vault|hint|note): [^A-Z.]|^(vault|hint|note): [A-Z][A-Z_]*[ :]' "$SAID" &&
        ! grep -E '[^.]\.$' "$SAID"
}

finish() {
    ok 'messages were collected' test -s "$SAID"
    ok 'no message holds the value' not has_text "$MARKER" "$SAID"
    ok 'messages: lowercase, no full stop' well_spoken
    done_testing
}
