#!/bin/sh
# Help and tables fit a terminal of 60 columns: no line is longer, unless it is one word or a command
# to be copied. Elsewhere lines stay as they are.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3'

# too_long FILE: the lines of it that could have been broken.
too_long() {
    sed 's/[[:space:]]*$//' "$1" | LC_ALL=C sed 's/[\x80-\xBF]//g' | awk 'length($0) > 60' |
        grep -v -e '^ *[^ ]*$' -e '^ *[^ ]*  [^ ]*$' -e '^  *vault [a-z]' -e '^ *(.*)$'
}
fits() { # COMMAND…
    run pty --size 60x24 -- "$BIN" "$@"
    ok "60 columns: $*" is_narrow
}
is_narrow() {
    [ -s "$STDOUT" ] && ! too_long "$STDOUT"
}

printf '%s\n' 'a line that is longer than sixty columns, and has spaces in it, is seen' >long
ok 'a line that is too long is seen' too_long long

given vault init -e dev,production
given vault set payments-service/DATABASE_URL=1 B=1 -e dev,production
fits help
for word in $(vault help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p'); do
    fits "$word" -h
done
for topic in $(vault help | sed -n '$p' | tr -d ,); do
    fits help "$topic"
done
for words in readers whoami doctor 'list --all' 'list --names --all' 'list app' 'check --max-age 1d'; do
    # shellcheck disable=SC2086
    fits $words
done
# At any width the words are the same, and nothing but spaces changes.
words_of() {
    tr -d '\r' <"$1" | tr -s ' ' '\n' | grep .
}
vault grant -h >plain
run pty --size 60x24 -- "$BIN" grant -h
words_of plain >one
words_of "$STDOUT" >other
ok 'the words are those of a pipe' cmp one other
run pty --size 200x24 -- "$BIN" readers
tr -d '\r' <"$STDOUT" >wide
vault readers >plain
ok 'what fits is left alone' cmp plain wide
vault readers --json >plain
run pty --size 60x24 -- "$BIN" readers --json
tr -d '\r' <"$STDOUT" >narrow
ok 'and so is JSON' cmp plain narrow

finish
