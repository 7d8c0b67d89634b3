#!/bin/sh
# vault(1) against the program: its verbs and their options, the variables that are read, and the
# exit statuses. What the page has too much is as wrong as what it lacks.
. "$(dirname "$0")/../lib.sh"

PAGE=$TOP/man/vault.1

one_line() {
    sort | tr '\n' ' ' | sed 's/ $//'
}

section() { # HEADING
    sed -n "/^\.Sh $1\$/,/^\.Sh /p" "$PAGE" | sed '1d;$d'
}

subsection() { # HEADING
    section DESCRIPTION | sed -n "/^\.Ss $1\$/,/^\.Ss /p" | sed '1d'
}

# The head of a verb's entry: what stands between .It Xo and .Xc, below .Ic VERB.
heads() {
    section DESCRIPTION | sed -n '/^\.It Xo$/,/^\.Xc$/p'
}

head_of() { # VERB
    heads | sed -n "/^\.Ic $1\$/,/^\.Xc\$/p"
}

# "--name", for each option in mdoc on stdin; of "Fl y , -yes" the long one.
options_in_mdoc() {
    grep -o 'Fl \(. , \)\{0,1\}-[a-z-]*' | sed 's/^Fl \(. , \)\{0,1\}/-/'
}

options_in_help() { # VERB
    vault "$1" -h | sed -n 's/^  [- ][a-z ][, ] \(--[a-z-]*\).*/\1/p'
}

# ---- verbs and options

verbs=$(vault help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p' | one_line)
ok 'the test reads the verbs out of help' matches "$verbs" '*exec*help*init*'
is 'the verbs of the page are those of the program' \
    "$(heads | sed -n 's/^\.Ic //p' | one_line)" "$verbs"

everywhere=$(subsection Options | sed '/^\.El/,$d' | sed -n 's/^\.It //p' | options_in_mdoc | one_line)
ok 'the test reads the options out of the page' matches "$everywhere" '*--env*--help*'
is 'the options of each verb are those of help options' \
    "$everywhere" "$(vault help options | sed -n 's/^  [- ][a-z ][, ] \(--[a-z-]*\).*/\1/p' | one_line)"

heads >"$TMP/heads"
sed -n '/^\.Sh DESCRIPTION$/,/^\.Sh EXIT/p' "$PAGE" | sed '/^\.It Xo$/,/^\.Xc$/d' >"$TMP/told"
for verb in $verbs; do
    options=$(head_of "$verb" | options_in_mdoc | one_line)
    is "$verb: its options" "$options" \
        "$(options_in_help "$verb" | grep -vxF -e "$(echo "$everywhere" | tr ' ' '\n')" | one_line)"
    for option in $options; do
        ok "$verb: $option is told of" grep -q -- "Fl \(. , \)\{0,1\}${option#-}\( \|\$\)" "$TMP/told"
    done
    for letter in $(vault "$verb" -h | sed -n 's/^  -\(.\), .*/\1/p'); do
        name=$(vault "$verb" -h | sed -n "s/^  -$letter, -\(-[a-z-]*\).*/\1/p")
        ok "$verb: -$letter is -$name" grep -q -- "Fl $letter , $name" "$PAGE"
    done
done

# Whether an option takes a value, and what it is called.
{
    for verb in $verbs; do
        vault "$verb" -h
    done
    vault help options
} | sed -n 's/^  [- ][a-z ][, ] \(--[^ ]*\( [A-Z[][^ ]*\)\{0,1\}\)  *[^ ].*/\1/p' | sort -u >"$TMP/forms"
ok 'the test reads the forms of the options' grep -qx -- '--env ENV' "$TMP/forms"
if command -v mandoc >/dev/null; then
    mandoc -Tascii "$PAGE" | col -bx | sed 's/-\{1,\}  *//; s/\[-., \(--\)/[\1/g' | tr '\n' ' ' |
        tr -s ' ' >"$TMP/page"
    while read -r form; do
        ascii=$(printf '%s' "$form" | sed 's/,…/,.../')
        ok "the page has $form" has_text "$ascii" "$TMP/page"
    done <"$TMP/forms"
    run mandoc -Tlint -Wwarning "$PAGE"
    status_is 0 'mandoc has nothing to say against it'
    stdout_is '' 'mandoc says nothing at all'
else
    skip 'the forms of the options; lint' 'there is no mandoc'
fi

several=$(for verb in $verbs; do
    vault "$verb" -h | grep -q -e '--env ENV,…' && echo "$verb"
done | one_line)
is 'the verbs of the page that take several environments are those of the program' \
    "$(subsection Options | sed -n '/^\.It Fl e /,/take several/p' | grep -v '^\.Ev' |
        sed -n 's/^\.Ic //p' | tr ',' ' ' | tr -s ' ' '\n' | one_line)" "$several"

without=$(for verb in $verbs; do
    vault "$verb" -h | grep -q -e --env || echo "$verb"
done | one_line)
is 'so are those that take no environment' \
    "$(subsection Options | sed -n '/seen before/,/do not take it/p' |
        sed -n 's/^\.Ic //p' | tr ',' ' ' | tr -s ' ' '\n' | one_line)" "$without"

# ---- variables

# Those that the program asks for by name. What exec sets or passes on is none of them.
read_by_program() {
    grep -ho 'getenv("[A-Z_]*"' "$TOP"/cli/*.c "$TOP"/cli/*/*.c "$TOP/lib/open/variables.c" |
        sed 's/.*("//; s/"//'
}
variables=$(read_by_program | sort -u | one_line)
ok 'the test reads the variables out of the source' \
    matches "$variables" '*EDITOR*HOME*VAULT_ENV*VAULT_PASSPHRASE_FILE*XDG_CONFIG_HOME*'
is 'the variables of the page are those that are read' \
    "$(section ENVIRONMENT | sed -n 's/^\.It Ev //p' | one_line)" "$variables"
own=$(echo "$variables" | tr ' ' '\n' | grep '^VAULT_' | one_line)
is 'help environment has all of our own' \
    "$(vault help environment | sed -n 's/^\(VAULT_[A-Z_]*\) .*/\1/p' | one_line)" "$own"

# ---- exit statuses

# "N word" each, the word in lower case and without what follows it.
statuses_of_page() {
    section 'EXIT STATUS' | awk '/^\.It [0-9]/ { n = $2; getline; print n, $0 }'
}
in_short() {
    tr '[:upper:]' '[:lower:]' | sed 's/[.:].*//'
}
is 'the exit statuses are those of help' \
    "$(statuses_of_page | sed -n '/^.[^0-9]/p' | in_short)" \
    "$(vault help exit-status | sed -n 's/^\([0-9]\)  */\1 /p' | in_short)"
is 'and so are those of exec' \
    "$(statuses_of_page | sed -n 's/^\(1[0-9][0-9]\) .*/\1/p' | one_line)" \
    "$(vault help exit-status | grep -ow '1[0-9][0-9]' | one_line)"

# ---- the topics of help

topics=$(vault help | sed -n '$p' | sed 's/, / /g')
sed -n '/^\.Ic help$/,/^\.It /p' "$PAGE" >"$TMP/help"
for topic in $topics; do
    ok "help $topic is told of" grep -qw -e "$topic" "$TMP/help"
done
is 'the test reads the topics out of help' "$(echo "$topics" | grep -c -w exit-status)" 1

done_testing
