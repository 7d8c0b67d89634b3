# The frame of the tests in sh: a folder and a home of their own, what a command did, TAP on stdout.
#
#   . "$(dirname "$0")/../lib.sh"
#   run vault help
#   status_is 0
#   stdout_has 'usage: vault'
#   done_testing
#
# A test starts in the empty folder $WORK, below $TMP, which goes away with it. $TOP is the top of
# the tree, $BIN the program, $BUILD the folder of the test programs, $VECTORS outside data.
# shellcheck shell=sh
set -eu

TOP=$(CDPATH='' cd -- "$(dirname -- "$0")" &&
    while [ ! -e vault.h ] && [ "$PWD" != / ]; do cd ..; done && pwd)
BUILD=${BUILD:-$TOP/build}
BIN=${BIN:-$TOP/vault}
VECTORS=${VECTORS:-$TOP/../shared/vectors}

TMP=$(mktemp -d)
trap 'chmod -R u+rwx "$TMP"; rm -rf "$TMP"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
WORK=$TMP/work
mkdir "$WORK" "$TMP/home" "$TMP/tmp" "$TMP/run"
chmod 700 "$TMP/run"

# No one's settings: not of vault, git, ssh, age or make (nor what it was told on its command line, which
# it exports), and none of the terminal.
for variable in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
    case $variable in
    VAULT_* | GIT_* | XDG_* | SSH_* | AGE* | MAKE* | MFLAGS | GNUMAKEFLAGS) unset "$variable" ;;
    ONLY | V | PROGRAM | PREFIX | DESTDIR | FUZZ_* | SOAK_SECONDS) unset "$variable" ;;
    EDITOR | VISUAL | PAGER | LESS | NO_COLOR | CDPATH | COLUMNS | LINES) unset "$variable" ;;
    LC_* | LANG | LANGUAGE) unset "$variable" ;;
    esac
done
export TOP BUILD BIN VECTORS TMP WORK
export HOME="$TMP/home" TMPDIR="$TMP/tmp" XDG_CONFIG_HOME="$TMP/home/.config"
export XDG_RUNTIME_DIR="$TMP/run" XDG_DATA_HOME="$TMP/home/.local/share"
export XDG_STATE_HOME="$TMP/home/.local/state" XDG_CACHE_HOME="$TMP/home/.cache"
export GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES="$TMP" LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
cat >"$HOME/.gitconfig" <<'END'
[user]
    name = Test
    email = test@example.org
[init]
    defaultBranch = main
END
unset USER LOGNAME
umask 022
cd "$WORK"
exec </dev/null

vault() {
    "$BIN" "$@"
}

newline='
'
tap_tests=0
tap_failures=0
ran='nothing'
status=0
STDOUT=$TMP/stdout
STDERR=$TMP/stderr
touch "$STDOUT" "$STDERR"

# Runs a command or a function; what it did is then in $status, $STDOUT and $STDERR.
run() {
    ran=$*
    status=0
    "$@" >"$STDOUT" 2>"$STDERR" || status=$?
}

# ok NAME COMMAND…: the command succeeds. What it prints is shown if it does not.
ok() {
    tap_name=$1
    case $1 in
    *"$newline"*) tap_name="${1%%"$newline"*} …" ;;
    esac
    shift
    tap_tests=$((tap_tests + 1))
    if "$@" >"$TMP/why" 2>&1; then
        printf 'ok %d - %s\n' "$tap_tests" "$tap_name"
    else
        tap_failures=$((tap_failures + 1))
        printf 'not ok %d - %s\n' "$tap_tests" "$tap_name"
        { printf 'failed: %s\n' "$*" && cat "$TMP/why"; } | head -n 40 | sed 's/^/# /'
    fi
}

not() {
    ! "$@"
}

matches() { # TEXT PATTERN, as the shell matches
    # shellcheck disable=SC2254
    case $1 in
    $2) ;;
    *) printf 'it is: %s\n' "$1" && false ;;
    esac
}

# is NAME ACTUAL EXPECTED
is() {
    ok "$1" or_say "it is: $2" test "$2" = "$3"
}

# Of the last command. Each takes a NAME as second argument, where the usual one will not do.
status_is() {
    ok "${2:-$ran: exit status $1}" or_tell test "$status" -eq "$1"
}
stdout_is() {
    ok "${2:-$ran: stdout is \"$1\"}" or_tell same_text "$1" "$STDOUT"
}
stderr_is() {
    ok "${2:-$ran: stderr is \"$1\"}" or_tell same_text "$1" "$STDERR"
}
stdout_has() {
    ok "${2:-$ran: stdout has \"$1\"}" or_tell has_text "$1" "$STDOUT"
}
stderr_has() {
    ok "${2:-$ran: stderr has \"$1\"}" or_tell has_text "$1" "$STDERR"
}
stdout_lacks() {
    ok "${2:-$ran: stdout lacks \"$1\"}" or_tell not has_text "$1" "$STDOUT"
}
stderr_lacks() {
    ok "${2:-$ran: stderr lacks \"$1\"}" or_tell not has_text "$1" "$STDERR"
}

skip() { # NAME REASON
    tap_tests=$((tap_tests + 1))
    echo "ok $tap_tests - $1 # SKIP $2"
}

# there_is PROGRAM-OR-FILE NAME: if not, the test NAME is skipped.
there_is() {
    case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac || { skip "$2" "there is no $1" && false; }
}

# is_ordinary NAME: somebody whom a file's mode keeps out; if not, the test NAME is skipped.
is_ordinary() {
    [ "$(id -u)" -ne 0 ] || { skip "$1" 'no mode keeps root out' && false; }
}

skip_all() { # REASON
    echo "1..0 # SKIP $1"
    exit 0
}

done_testing() {
    echo "1..$tap_tests"
    exit $((tap_failures > 0))
}

same_text() { # TEXT FILE: the text and a newline; nothing if the text is empty
    if [ -n "$1" ]; then
        cmp -s - "$2" <<END
$1
END
    else
        [ ! -s "$2" ]
    fi
}

contains() { # TEXT PART
    case $1 in
    *"$2"*) ;;
    *) false ;;
    esac
}

has_text() { # TEXT FILE
    read_text "$2"
    contains "$tap_text" "$1"
}

# read_text FILE: its text is then in $tap_text. The shell reads a short file in less time than it
# takes to start cat.
read_text() {
    tap_text='' tap_lines=0
    while IFS= read -r tap_line; do
        tap_text=$tap_text$tap_line$newline
        tap_lines=$((tap_lines + 1))
        [ "$tap_lines" -lt 50 ] || break
    done <"$1"
    tap_text=$tap_text$tap_line
    [ "$tap_lines" -lt 50 ] || tap_text=$(cat "$1")
}

or_say() { # TEXT COMMAND…
    tap_complaint=$1
    shift
    "$@" || { printf '%s\n' "$tap_complaint" && false; }
}

or_tell() { # COMMAND…
    "$@" && return
    printf 'ran: %s\nexit status: %d\n' "$ran" "$status"
    sed 's/^/stdout: /' "$STDOUT"
    sed 's/^/stderr: /' "$STDERR"
    false
}
