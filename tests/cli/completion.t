#!/bin/sh
# Completion: what is offered, from the table and from the file's names, and how each shell takes it.
. "$(dirname "$0")/../lib.sh"

# The shells are to find the program by its name. It tells what it was called with.
mkdir "$TMP/bin"
cat >"$TMP/bin/vault" <<'END'
#!/bin/sh
echo "$*" >>"$TMP/called"
exec "$BIN" "$@"
END
chmod +x "$TMP/bin/vault"
PATH=$TMP/bin:$PATH
unset -f vault

vault init -e dev,prod 2>/dev/null
vault create stripe API_KEY=1 WEBHOOK_KEY=2
vault create db PASSWORD=3 -e dev
vault create web PORT=4 API_URL=5 -e prod
vault grant bob "$(vault keygen -o "$TMP/bob" 2>/dev/null)" -e prod 2>/dev/null
vault init -e other -f elsewhere.toml 2>/dev/null
vault create far AWAY=6 -e other -f elsewhere.toml
rm -r "$XDG_CONFIG_HOME/vault" "$XDG_STATE_HOME/vault"

# What can stand in the place of the last word, on one line, without the meanings.
offered() {
    printf '%s\0' vault "$@" | "$BIN" completion words | cut -f 1 | tr '\n' ' ' | sed 's/ $//'
}

# offers EXPECTED WORD…
offers() {
    expected=$1
    shift
    is "vault $*|" "$(offered "$@")" "words${expected:+ $expected}"
}

# ---- from the table

verbs_in_help() {
    vault help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p' | tr '\n' ' ' | sed 's/ $//'
}

options_in() { # the lines of help on stdin
    sed -n 's/^  [- ][a-z ][, ] \(--[a-z-]*\).*/\1/p'
}

# Its own, and then those of every verb, of which --env is among its own in help.
options_in_help() { # VERB
    vault "$1" -h | options_in >"$TMP/own"
    {
        grep -vx -e --env "$TMP/own" || :
        vault help options | options_in | if grep -qx -e --env "$TMP/own"; then cat; else grep -vx -e --env; fi
    } | tr '\n' ' ' | sed 's/ $//'
}

verbs=$(verbs_in_help)
is 'the test reads the verbs out of help' "$(echo "$verbs" | grep -c 'init.*exec.*help')" 1
offers "$verbs" ''
offers "$verbs exit-status keys environment options kinds templates formats dangerous" help ''
offers 'exit-status' help exi
offers 'exec' -e prod exe
for verb in $verbs; do
    options=$(options_in_help "$verb")
    is "$verb: the test reads the options out of help" \
        "$(echo "$options" | grep -c -e '--file \(--env \)\{0,1\}--identity .*--help$')" 1
    [ "$verb" != exec ] || options="$options --"
    offers "$options" "$verb" -
done
offers '--file --env --identity --passphrase-file --work-factor --pin --no-plugins --quiet --help' --
offers '--no-override --no-plugins' exec -e dev --no
offers 'stripe stripe/API_KEY stripe/WEBHOOK_KEY' log st
offers 'bash zsh fish' completion ''
offers 'dotenv node python ruby compose godotenv sh fish docker systemd github k8s json yaml toml tfvars example' \
    export --format ''
offers '--format=toml --format=tfvars' export --format=t
offers 'list default create delete rename copy' env ''
offers 'slack' create s --kind sl
offers '--kind=openai' update s --kind=o
offers 'python' update s --from-dotenv .env --dialect p
offers '--generate=hex:32' set K --generate=hex
offers '--generate=hex:32 --generate=base64:32 --generate=password:24 --generate=uuid' \
    set K --generate=
offers '' grant team --passphrase --generate=
offers '' init --passphrase --generate=h
printf 'vault\0ge\0' >words
run sh -c '"$BIN" completion words <words'
stdout_is "words${newline}get	print one value" 'what a word means stands behind it'

# ---- from the file, without a key

offers 'dev prod' get -e ''
offers 'prod' get -e p
offers '--env=prod' get --env=p
offers 'dev,dev dev,prod' grant -e dev,
offers '' get -e dev,
offers 'dev prod' -e ''
offers 'dev prod' env create staging --like ''
offers 'dev prod' copy stripe --to ''
offers 'dev prod' env delete ''
offers 'me bob' revoke ''
offers 'bob' revoke -e prod b
offers 'me bob' grant ''
offers 'dev prod' trust ''
offers 'me bob' exposed ''
offers 'db stripe' exec ''
offers 'db stripe' export --format sh ''
offers 'API_KEY' export stripe --only A
offers 'stripe' exec db s
offers 'web' -e prod list ''
offers 'web' list -eprod ''
offers 'web' exec --env=prod --clean ''
offers 'db/PASSWORD stripe/API_KEY stripe/WEBHOOK_KEY' get ''
offers 'stripe/API_KEY stripe/WEBHOOK_KEY' get st
offers 'API_KEY' get A
offers 'web/API_URL' get -e prod web/A
offers 'db db/PASSWORD' delete db
offers 'API_KEY= WEBHOOK_KEY=' update stripe ''
offers 'API_KEY,PASSWORD' exec --only API_KEY,P
offers '--require=API_KEY,WEBHOOK_KEY' exec --require=API_KEY,W
offers 'other' -f elsewhere.toml -e ''
offers 'far/AWAY' get -f elsewhere.toml -e other ''
cp elsewhere.toml "$HOME"
# shellcheck disable=SC2088 # no shell expands it before the word is complete
offers 'far' exec -f '~/elsewhere.toml' -e other ''
offers '' get stripe/API_KEY ''
offers '' get -e nowhere ''
offers '' set API_KEY=v
offers '' --pin ''
offers '' --no-such-option ''
offers '' no-such-verb ''
offers '' get -- ''
for variable in VAULT_ENV=prod VAULT_FILE=elsewhere.toml; do
    export "${variable?}"
    case $variable in
    VAULT_ENV*) offers 'web' list '' ;;
    VAULT_FILE*) offers 'far' list -e other '' ;;
    esac
    unset "${variable%%=*}"
done
export VAULT_IDENTITY='no key at all'
offers 'db/PASSWORD' get d
unset VAULT_IDENTITY

offers_kind() { # EXPECTED WORD…
    expected=$1
    shift
    is "vault $*|" "$(offered "$@")" "$expected"
}
for option in -f --file= --identity= --passphrase-file=; do
    case $option in
    *=) offers_kind files get "$option" ;;
    *) offers_kind files get "$option" '' ;;
    esac
done
offers_kind files create s --from-dotenv ''
offers_kind files export -o ''
offers_kind files scan ''
offers_kind files grant bob ''
offers_kind files create s --from-json=x
offers_kind 'command 4' exec stripe -- ''
offers_kind 'command 4' exec stripe -- env -

# A file that is damaged, or holds what is no name, or none at all: nothing, and nothing is run.
mkdir damaged none
printf '[vault]\nformat = 1\n[dev."$(touch ran)"]\n' >damaged/vault.toml
sed 's/^\[dev.stripe\]/[dev.str\x1bipe]/' vault.toml >damaged/names.toml
(cd damaged && offered get '') >"$TMP/out" 2>/dev/null
is 'a damaged file: nothing is offered' "$(cat "$TMP/out")" words
(cd damaged && offered get -f names.toml '') >"$TMP/out" 2>/dev/null
is 'names that are none: nothing is offered' "$(cat "$TMP/out")" words
is 'no file: nothing is offered' "$(cd none && mkdir .git && offered get '' 2>/dev/null)" words
is 'no file: the options are' "$(cd none && offered get --h 2>/dev/null)" 'words --help'

# ---- the verb itself

for shell in ksh '' BASH; do
    run vault completion "$shell"
    status_is 2
    stdout_is ''
    stderr_has 'bash, zsh and fish'
done
run vault completion
status_is 2
for words in '' 'vault' 'vault\0' 'vault\0get'; do
    printf '%b' "$words" >words
    run sh -c '"$BIN" completion words <words'
    status_is 2 "'$words' are no words: exit status 2"
    stdout_is '' "'$words' are no words: nothing on stdout"
done
# Installed under another name, it completes that one, and starts it.
ln -s "$BIN" "$TMP/bin/my-safe"
for shell in bash zsh fish; do
    vault completion $shell | sed 's/vault/my-safe/g' >"$TMP/expected"
    run "$TMP/bin/my-safe" completion $shell
    ok "$shell: another name" cmp "$TMP/expected" "$STDOUT"
done
if there_is bash 'bash: another name'; then
    is 'bash: another name, completed' "$(bash --norc -c '
        eval "$(my-safe completion bash)"
        COMP_LINE="my-safe ge" COMP_POINT=10 COMP_WORDS=(my-safe ge) COMP_CWORD=1
        _my-safe my-safe ge ""
        printf "%s\n" "${COMPREPLY[@]}" "$(complete -p my-safe)"' | tr '\n' ' ')" \
        'get complete -F _my-safe my-safe '
fi
for name in 'a b' '$(touch ran)' '-x'; do
    ln -s "$BIN" "$TMP/bin/$name"
    run sh -c '"$TMP/bin/$1" completion bash' - "$name"
    stdout_has 'complete -F _vault vault' "a name that a shell would read otherwise is none: $name"
done

if there_is /dev/full 'disk full'; then
    run sh -c '"$BIN" completion bash >/dev/full'
    status_is 1 'disk full: exit status 1'
    stderr_has 'cannot write to standard output' 'disk full: said so'
fi

# ---- the shells

script_of() { # SHELL: false where it cannot be tried
    vault completion "$1" >"$TMP/completion.$1"
    if command -v "$1" >/dev/null; then
        ok "$1 accepts its script" "$1" -n "$TMP/completion.$1"
    else
        skip "$1 accepts its script" "there is no $1" && false
    fi
}

# A Tab behind ./vault starts the vault of PATH; what is in the folder may be anybody's.
printf '#!/bin/sh\ntouch "$TMP/ran"\n' >./vault
chmod +x ./vault
: >"$TMP/called"

in_bash() { # EXPECTED LINE WORD…, as bash splits the line
    expected=$1 line=$2
    shift 2
    is "bash: $line|" "$(bash --norc -c '
        . "$TMP/completion.bash"
        COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
        word=${!#}
        _vault vault "${word#[=:]}" ""
        printf "%s\n" "${COMPREPLY[@]}"' - "$line" "$@" 2>&1 | tr '\n' ' ' | sed 's/ $//')" "$expected"
}

if script_of bash; then
    in_bash 'get' 'vault ge' vault ge
    in_bash '--allow-existing' 'vault create --allow-e' vault create --allow-e
    in_bash 'dev prod' 'vault get -e ' vault get -e ''
    in_bash 'dev prod' 'vault get --env=' vault get --env =
    in_bash 'prod' 'vault get --env=p' vault get --env = p
    in_bash '32' 'vault set K --generate=hex:' vault set K --generate = hex :
    in_bash 'db stripe' 'vault exec  ' vault exec ''
    in_bash 'stripe/API_KEY stripe/WEBHOOK_KEY' 'vault get stripe/' vault get stripe/
    in_bash 'dev prod' './vault set MARK= -e ' ./vault set MARK = -e ''
    in_bash 'prod' 'vault set A=marker-value -e p' vault set A = marker-value -e p
    in_bash '' 'vault frobnicate ' vault frobnicate ''
    echo '_command_offset() { COMPREPLY=("from word $1"); }' >>"$TMP/completion.bash"
    in_bash 'from word 6' 'vault exec --only=A -- l' vault exec --only = A -- l
    vault completion bash >"$TMP/completion.bash"
fi

if script_of fish; then
    in_fish() { # EXPECTED LINE
        is "fish: $2|" "$(fish --no-config -c '
            source $TMP/completion.fish
            complete -C $argv[1]' "$2" 2>&1 | cut -f 1 | sort | tr '\n' ' ' | sed 's/ $//')" "$1"
    }
    in_fish 'get' 'vault ge'
    in_fish '--allow-existing' 'vault create --allow-e'
    in_fish 'dev prod' 'vault get -e '
    in_fish '--env=dev --env=prod' 'vault get --env='
    in_fish 'stripe/API_KEY stripe/WEBHOOK_KEY' 'vault get st'
    in_fish 'db stripe' 'vault exec '
    in_fish 'elsewhere.toml' 'vault -f else'
    in_fish '--file=elsewhere.toml' 'vault --file=else'
    in_fish 'elsewhere.toml' 'vault exec db -- cat else'
    in_fish 'prod' 'vault set A=marker-value -e p'
    in_fish 'prod' './vault get -e p'
    in_fish '' 'vault frobnicate '
    run fish --no-config -c 'source $TMP/completion.fish; complete -C "vault frobnicate "'
    stdout_is '' 'fish: where nothing can stand there is not even an empty word'
    run fish --no-config -c 'source $TMP/completion.fish; complete -C "vault versio"'
    stdout_is 'version	print the versions of vault and libsodium' 'fish: a verb has its summary'
fi

# On a terminal, where the shell itself splits the line: each piece that is sent ends in a Tab, and
# what must then stand there is what is expected. ^U takes it away again.
on_terminal() { # SHELL COMMAND…
    shell=$1
    shift
    run "$TOP/tests/pty.py" --expect 'READY> $' \
        --send 'vault vers\t\c' --expect 'vault version' \
        --send '\x15vault get --env=p\t\c' --expect 'vault get --env=prod' \
        --send '\x15vault get stripe/W\t\c' --expect 'vault get stripe/WEBHOOK_KEY' \
        --send '\x15vault set A=marker-value -e p\t\c' --expect 'marker-value -e prod' \
        --send '\x15vault update stripe A\t\c' --expect 'vault update stripe API_KEY=' \
        --send '\x15vault exec db -- cat elsew\t\c' --expect 'vault exec db -- cat elsewhere.toml' \
        --send '\x15vault -f elsew\t\c' --expect 'vault -f elsewhere.toml' \
        --send '\x15vault --file=elsew\t\c' --expect 'vault --file=elsewhere.toml' \
        --send '\x15./vault vers\t\c' --expect '/vault version' \
        --send '\x15exit 0' -- "$@"
    status_is 0 "$shell completes what is typed on a terminal"
}

if ! command -v python3 >/dev/null; then
    skip 'what is typed on a terminal' 'there is no python3'
else
    if there_is bash 'bash: on a terminal'; then
        {
            echo '. "$TMP/completion.bash"'
            echo "PS1='READY> '; bind 'set enable-bracketed-paste off'"
        } >"$TMP/bashrc"
        on_terminal bash bash --rcfile "$TMP/bashrc" -i
    fi
    if script_of zsh; then
        mkdir "$TMP/zsh"
        {
            echo "autoload -Uz compinit && compinit -D -u; PS1='READY> '; RPS1=; unset PROMPT_SP"
            echo 'unsetopt prompt_sp prompt_cr; unset zle_bracketed_paste'
            echo '. "$TMP/completion.zsh"'
        } >"$TMP/zsh/.zshrc"
        on_terminal zsh env ZDOTDIR="$TMP/zsh" zsh -d -i
    fi
fi

ok 'the shells have called the program' has_text 'completion words' "$TMP/called"
ok 'no word that was typed stood in argv' not has_text marker-value "$TMP/called"
ok 'a program in the folder was not run' not test -e "$TMP/ran"

done_testing
