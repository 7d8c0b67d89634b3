#!/bin/sh
# What is no verb, option or word of a verb; that nothing that was typed for a value is repeated.
. "$(dirname "$0")/scene.sh"

NOT_SET=
given vault init
with "$MARKER" given vault set KEY
given vault keygen -o other.key
verbs=$(vault help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p')
is 'the test reads the verbs out of help' "$(echo "$verbs" | grep -c -x -e init -e exec -e version)" 3

# ---- the library says what is wrong, and the program what to type

# The literals of the library's C files. What it writes into the vault file may name the program.
literals() { # FILE…
    grep -hvE '^ *(/?\*|#define)' "$@" | grep -oE '"([^"\\]|\\.)*"' |
        grep -vF -e 'Change it with `vault set` or `vault edit`' -e 'until a person has answered: vault merge'
}
commands() { # on stdin: those that name a verb of ours, an option, or another program's command
    grep -E "vault ($(echo "$verbs" | paste -sd '|' -))([^a-z]|\$)|(^\"|[ (])--?[a-z]|git (log|pull|checkout)|chmod|fuser"
}
literals "$TOP/vault.c" "$TOP"/lib/*/*.c "$TOP"/lib/text/dotenv/*.c >said-by-lib
ok 'the library has literals' test "$(wc -l <said-by-lib)" -gt 300
is 'and none names a verb, an option or a command' "$(commands <said-by-lib)" ''
is 'which is seen where it does' "$(printf '%s\n' '"name it: -e %s"' '"give it: vault grant NAME"' \
    '"git pull"' '"--pin ENV"' '"a vault that was not found"' | commands | wc -l)" 4

# ---- messages, hints and help name the program as it was called

calls() { # on stdin: those that call the program "vault"
    grep -E "(^|[^a-z./=-])vault ($(echo "$verbs" | paste -sd '|' -)|VERB)([^a-z-]|\$)"
}
set -- "$TOP"/cli/*.c "$TOP"/cli/*/*.c
for file; do
    case $file in
    */table.c | */help.c | */options.c | */completion.c | */hook.c) ;; # help, scripts, what a hook says of its maker
    *) set -- "$@" "$file" ;;
    esac
    shift
done
literals "$@" >said-by-cli
ok 'the program has literals' test "$(wc -l <said-by-cli)" -gt 1000
is 'and no message calls it vault' "$(calls <said-by-cli)" ''
is 'which is seen where one does' "$(printf '%s\n' '"vault grant %s"' '"mended: vault merge"' \
    '"the vault has a passphrase"' | calls | wc -l)" 2
ln -s "$BIN" safe
while read -r words; do
    # shellcheck disable=SC2086
    ./safe $words 2>&1 || :
    # shellcheck disable=SC2086
    ./safe ${words%% *} -h 2>&1 || :
done >said-by-safe <<END
exec
exec NO_SUCH_SECRET -- env
export --format nothing
get NO_SUCH_KEY
get KEY --identity other.key
set =
init
env nothing
check
check --require NO_SUCH_KEY
diff NO_SUCH_REVISION
log NO_SUCH_KEY
verify a..b
verify --history
grant bob
grant bob age1
revoke bob
readers -e nowhere
exposed
doctor
unlock --for=never
merge a
render no-such-file
update app
update no-such-secret
copy NO_SUCH_KEY OTHER
keygen -o other.key
completion csh
no-such-verb
help
help keys
help environment
END
is 'called safe, it says safe' "$(calls <said-by-safe)" ''
ok 'in messages' grep -q '^safe: ' said-by-safe
ok 'in none of them vault' not grep -q '^vault: ' said-by-safe
ok 'in hints' grep -q '^hint: ask a reader: safe grant NAME age1[0-9a-z]* -e dev$' said-by-safe
ok 'in help' grep -q '^usage: safe exec ' said-by-safe
ok 'and in its examples' grep -q '^  safe exec -- npm start' said-by-safe
rm safe said-by-*

# ---- verbs

watch_files
meant() { # WORD VERB
    refuses 2 "unknown verb $1" "vault $2\( .*\)\{0,1\}\$" vault "$1"
}
meant gett get
meant lst list
meant exce exec
meant intt init
meant creat create
meant udpate update
meant cmopletion completion
meant verison version
meant run exec
meant ls list
meant rm delete
meant import 'create SECRET --from-dotenv FILE'
meant encrypt 'create SECRET --from-dotenv FILE'
meant add set
meant show get
meant mv rename
meant cp copy
meant share grant
meant decrypt export
meant cat get
meant print get
meant find list
meant search list
meant history log
meant status doctor
meant users readers
meant login unlock
meant updatekeys grant
meant rekey rotate
meant load help # not lock
meant revok revoke
meant reboke revoke
meant rebuke help # nearer to revoke than to anything, but two letters off
meant restored restore
meant quite-other help
refuses 2 'unknown verb kv' 'vault get \[SECRET' vault kv get app/A
refuses 2 'unknown verb secret' 'vault create SECRET' vault secret create app
refuses 2 'unknown verb run' 'vault exec' vault help run
refuses 2 'no verb given' 'vault help' vault -e dev
refuses 2 'unknown verb a\x1b[31mb' '' vault "$(printf 'a\033[31mb')"

# ---- options: the value of one that is wrong may be a secret

refuses 2 'unknown option --evn' '--env$' vault list --evn "$MARKER"
refuses 2 'unknown option --environment' '--env$' vault list "--environment=$MARKER"
refuses 2 'unknown option --fromat' '--format$' vault export "--fromat=$MARKER"
refuses 2 'unknown option --reval' 'vault list -h' vault list --reval # not an option of list

for verb in $verbs; do
    wrong=2
    [ "$verb" != exec ] || wrong=125
    refuses $wrong 'unknown option --frob' "vault $verb -h" vault "$verb" "--frob=$MARKER"
    refuses $wrong 'unknown option -x' "vault $verb -h" vault "$verb" "-x$MARKER"
    refuses $wrong '--help takes no value' "vault $verb -h" vault "$verb" "--help=$MARKER"
    refuses $wrong '--env needs a value' "vault $verb -h" vault "$verb" --env
done
for verb in keygen lock git-setup completion help version; do
    refuses 2 'this verb does not take --env' "vault $verb -h" vault "$verb" -e dev
    run vault "$verb" -h
    stdout_lacks --env "$verb -h"
done
refuses 2 'unknown option --frob' 'vault help' vault "--frob=$MARKER" list
refuses 2 'this verb does not take --max' 'vault get -h' vault get KEY --max "$MARKER"
refuses 2 'this verb does not take --max' 'vault get -h' vault "--max=$MARKER" get KEY
refuses 2 'only exec takes a command after --' 'vault get -h' vault get KEY -- "$MARKER"
refuses 2 'too many operands' 'vault get -h' vault get KEY "$MARKER"
refuses 2 '--yes takes no value' '' vault delete app "--yes=$MARKER"
refuses 125 'unknown option -p' 'vault exec -h' vault exec "-p$MARKER" -- env
refuses 125 '--clean takes no value' '' vault exec "--clean=$MARKER" -- env

# A variable in a script that is not set must not change what is meant.
for verb in $verbs; do
    wrong=2
    [ "$verb" != exec ] || wrong=125
    for option in $(vault "$verb" -h | sed -n 's/^  [- ][a-z ][, ] \(--[a-z-]*\)[ [][=A-Z[].*/\1/p'); do
        refuses $wrong "$option has an empty value" "vault $verb -h" vault "$verb" "$option="
    done
done
ok 'the test reads the options out of help' test "$(vault set -h | grep -c ' --generate\[=')" = 1
refuses 2 '--env has an empty value' '' vault list -e ''
refuses 2 '--file has an empty value' '' vault list -f "$NOT_SET"
files_unchanged

run vault -e dev get KEY
stdout_has "$MARKER" 'options stand before the verb'
run vault get -e dev KEY -f vault.toml
stdout_has "$MARKER" 'or behind it'
run vault get KEY -edev --file=vault.toml
stdout_has "$MARKER" 'their values stand close, too'
run vault get KEY -e nowhere --env dev
status_is 2 'two are one too many'

# ---- help

for verb in $verbs; do
    run vault "$verb" -h
    status_is 0 "$verb -h"
    stdout_has "usage: vault $verb" "$verb -h: usage"
    help=$(cat "$STDOUT")
    is "help $verb is the same" "$(vault help "$verb" 2>&1)" "$help"
    is "$verb: --help helps, whatever else is there" "$(vault "$verb" too many words here --help 2>&1)" "$help"
    [ "$verb" = version ] || stdout_has "  vault $verb" "$verb -h: an example"
done
for topic in exit-status keys environment options kinds templates formats dangerous; do
    run vault help $topic
    status_is 0
    ok "help $topic: no line is too long" or_tell not grep -q -E '^.{101}' "$STDOUT"
done
run vault help exit-status
for code in 0 1 2 3 4 5 6 125 126 127; do
    ok "help exit-status: $code" or_tell grep -q -E "(^| )$code( |,|$)" "$STDOUT"
done
run vault help environment
read_by_us=$(sed -n 's/^[^"]*getenv("\([A-Z_]*\)".*/\1/p' "$TOP"/cli/*.c "$TOP"/cli/*/*.c "$TOP/lib/open/variables.c")
is 'the test reads the variables out of the source' "$(echo "$read_by_us" | grep -c -x -e HOME -e EDITOR -e VAULT_ENV -e XDG_STATE_HOME | sed -E 's/^([4-9]|[1-9][0-9]+)$/some/')" some
for variable in $read_by_us VAULT_IDENTITY VAULT_IDENTITY_FILE VAULT_PASSPHRASE VAULT_PASSPHRASE_FILE; do
    ok "help environment: $variable" or_tell grep -q -E "^([A-Z_]+, )?${variable}[ ,]" "$STDOUT"
done

# A character is a column, however many bytes it has.
vault exec -h | grep -E '^  (-.,|   ) --' | sed 's/…/./g' >"$TMP/options"
is 'help: its columns are straight' "$(cut -c 33,34 "$TMP/options" | grep -c '^ [^ ]$')" \
    "$(grep -c . "$TMP/options")"
refuses 2 'unknown verb' '' vault help no-such-topic

# ---- nothing is coloured that is no terminal, and nothing on one that asks for that

printed() {
    vault help
    vault list
    vault get NO_SUCH_KEY || :
    vault no-such-verb || :
}
run printed
ok 'no escapes in a pipe' not grep -q "$(printf '\033')" "$STDOUT" "$STDERR"
if command -v python3 >/dev/null; then
    export NO_COLOR=1
    for words in help list 'get NO_SUCH_KEY' no-such-verb; do
        # shellcheck disable=SC2086
        run pty -- "$BIN" $words
        ok "NO_COLOR: no escapes: $words" not grep -q "$(printf '\033')" "$STDOUT"
    done
    unset NO_COLOR
else
    skip 'NO_COLOR' 'there is no python3'
fi

# ---- what a file's names hold does not act on a terminal

mkdir "$(printf 'a\033]0;b')"
cd "$(printf 'a\033]0;b')"
: >vault.toml
run vault list
status_is 1
ok 'a folder with an escape in its name is shown escaped' not grep -q "$(printf '\033')" "$STDERR"
cd ..

# ---- no message at all gets through: the exit status still does

run sh -c '"$BIN" get NO_SUCH_KEY 2>&-'
status_is 4 'stderr is closed'
if there_is /dev/full 'stderr is full'; then
    run sh -c '"$BIN" get NO_SUCH_KEY 2>/dev/full'
    status_is 4 'stderr is full'
fi
run sh -c '"$BIN" set KEY=1 2>&-'
status_is 0 'stderr is closed, and all is well'
is 'it was done' "$(vault get KEY)" 1

finish
