#!/bin/sh
# Promise 30: A hostile file takes bounded time and memory.
# Mallory fills the file to its limit of 64 MiB with cheap text: short entries, copies of Alice's
# entry, empty lines, one long line.
. "$(dirname "$0")/people.sh"

bounded() { # COMMAND…: with 10 s of CPU time and 300 MB
    # shellcheck disable=SC3045 # not POSIX, but every common sh has it
    (ulimit -t 10 && ulimit -v 307200 && "$@")
}

fill() { # BYTES FORMAT: prints lines in that format, with a number for %d
    awk -v bytes="$1" -v format="$2" 'BEGIN {
        for (i = 1; bytes > 0; i++) { line = sprintf(format, i); bytes -= length(line); printf "%s", line }
    }'
}

# hostile NAME TABLE: adds the lines on stdin below that header of the honest file.
hostile() {
    cat >filling
    awk -v table="$1" '{ print } $0 == table { while ((getline line <"filling") > 0) print line }' \
        honest.toml >vault.toml
}

people alice
given as alice vault init -e dev
given as alice vault set db/PASSWORD=honest
cp vault.toml honest.toml
MOST=66000000
SEAL=AAAAAAAAAAAAAAAAAAAAAA

fill $MOST '"s/K%d" = ""\n' | hostile '[vault.env.dev.inbox]'
attack 1 'more entries than a file of this length can hold' '' bounded as alice vault get db/PASSWORD
fill $MOST 'K%d = ["",\n  "'$SEAL'"]\n' | hostile '[dev.db]'
attack 1 'more entries than a file of this length can hold' '' bounded as alice vault get db/PASSWORD
fill $MOST "K%d = [\"$(printf '%0140d' 0)\",\\n  \"$SEAL\"]\\n" | hostile '[dev.db]'
attack 5 'was changed by somebody who cannot open it' '' bounded as alice vault get db/PASSWORD

entry=$(sed -n '/^\[vault.env.dev.readers\]/,/^$/p' honest.toml | sed '1d;/^$/d; s/^[^ ]*//' |
    sed ':a; N; $!ba; s/\n/\\n/g')
fill $MOST "r%d$entry\\n" | hostile '[vault.env.dev.readers]'
ok 'copies of an entry: the honest value' sh -c \
    '[ "$1" = honest ]' sh "$(bounded as alice vault get db/PASSWORD 2>"$TMP/said")"
attack 5 'finding' '' bounded as alice vault verify

{ cat honest.toml && head -c $MOST /dev/zero | tr '\0' '\n'; } >vault.toml
ok 'empty lines: the honest value' sh -c \
    '[ "$1" = honest ]' sh "$(bounded as alice vault get db/PASSWORD 2>"$TMP/said")"
{ cat honest.toml && head -c $MOST /dev/zero | tr '\0' '['; } >vault.toml
attack 1 'vault.toml: line' '' bounded as alice vault get db/PASSWORD
head -c $MOST /dev/zero >vault.toml
attack 1 'line 1' '' bounded as alice vault get db/PASSWORD
done_testing
