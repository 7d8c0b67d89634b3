#!/bin/sh
# What a bad night brings: nowhere to write to, words that are no words, folders that are shut.
. "$(dirname "$0")/scene.sh"

given vault init
given vault set "A=$MARKER" s/B=2
cp "$IDENTITY" own.key

# ---- standard output: whoever prints says what it could not print, and never that all is well

full=/dev/full
there_is $full 'stdout is full' || full=
for words in 'get A' list 'list s' 'list --json' env 'env --json' help 'help keys' 'exec -h' version \
    'completion bash' doctor 'keygen -o made.key'; do
    rm -f made.key
    # shellcheck disable=SC2016
    run sh -c '"$BIN" '"$words"' >&-'
    status_is 1 "stdout is closed: $words"
    stderr_has 'vault: cannot write to standard output: ' "which says so: $words"
    rm -f made.key
    if [ -n "$full" ]; then
        run sh -c '"$BIN" '"$words"' >/dev/full'
        status_is 1 "stdout is full: $words"
        run sh -c 'rm -f made.key; "$BIN" '"$words"' >/dev/full 2>&-'
        status_is 1 "and stderr is closed: $words"
    fi
    rm -f made.key
    # Nobody reads: as with any program, the signal, or an error where it is ignored.
    : >ended
    sh -c '"$BIN" '"$words"'; echo $? >ended' 2>/dev/null | :
    while [ ! -s ended ]; do sleep 0.01; done
    ok "nobody reads: $words" matches "$(cat ended)" '[01]*'
done
rm -f made.key ended

# ---- words

# odd STATUS COMMAND…: with this status, and a message.
odd() {
    expected=$1
    shift
    run alone "$BIN" "$@"
    printf '%s' "$tap_text" >>"$TMP/odd"
    ok "$expected: $shown: $(named "$@")" or_tell refused
}
shown='odd words'
named() { # WORD…: what is in $word is not shown again
    for each; do
        case $each in
        *"$word"*) printf '… ' ;;
        *) printf '%s ' "$each" ;;
        esac
    done
}
text='' hint=''
watch_files
long=$(head -c 100000 /dev/zero | tr '\0' a)
for word in "$long" "$(printf 'a\033[31m\rb\007')" "$(printf 'a\377b')" 'a b' "a${newline}b" '-' ','; do
    shown=$(printf '%s' "$word" | LC_ALL=C tr -c ' -~' '?' | cut -c 1-50)
    odd 2 "$word"
    odd 2 -e "$word" get A
    odd 2 get "$word"
    odd 2 get "$word/A"
    odd 2 get "s/1$word"
    odd 2 set "1$word=1"
    odd 2 create "$word" A=1
    odd 2 create q "1$word=1"
    odd 2 update s "1$word"
    odd 2 list "$word"
    odd 2 delete -y "$word"
    odd 2 rename s "$word"
    odd 2 rename "$word" t
    odd 2 copy s --to "$word"
    odd 125 exec "$word" -- touch started
    odd 125 exec --only "$word" -- touch started
    odd 125 exec --require "$word" -- touch started
    odd 125 exec --prefix "1$word" -- touch started
    odd 2 grant "$word" age1
    odd 2 grant b "$word"
    odd 2 env "$word"
    odd 2 env create "$word"
    odd 2 env delete "$word"
    odd 2 env rename dev "$word"
    odd 2 env create n --like "$word"
    odd 2 env create n --reader "$word"
    odd 2 --pin "$word" get A
    odd 2 --pin "dev=$word" get A
    odd 2 list --max "$word"
    odd 2 list --created-before "$word"
    odd 2 set A "--generate=$word"
    odd 2 help "$word"
    odd 2 completion "$word"
    odd 2 "--x$word" list
done
shown='odd words' word='a b'
odd 2 edit 'a b'
word=$long
odd 2 edit "$long"
odd 127 exec -- ''
for word in "$long" "$(printf 'a\033[31m\rb\007')" "$(printf 'a\377b')"; do
    shown=$(printf '%s' "$word" | LC_ALL=C tr -c ' -~' '?' | cut -c 1-50)
    odd 3 --identity "$word" get A
    odd 3 --passphrase-file "$word" get A
    odd 4 create q --from-env "$word"
done
word=nothing
ok 'nothing was started' not test -e started
odd 1 --file . list
odd 1 --file / set A=1
odd 1 --file /dev/null list
odd 4 --file nowhere/vault.toml list
odd 4 --file vault.toml/x list
files_unchanged
raw=$(printf '[\001-\010\013-\037\177]')
ok 'all of it was refused in lines' test "$(grep -c '^vault: ' "$TMP/odd")" -gt 240
ok 'of which none acts on a terminal' not env LC_ALL=C grep "$raw" "$TMP/odd"
ok 'and each has an end' not grep -E '.{1000}.{401}' "$TMP/odd"

# A value that was typed without its key is not repeated, base64 with its = and all.
refuses 2 'expected NAME=VALUE' '' vault create q "$MARKER=="
refuses 2 'expected NAME=VALUE' '' vault update s "$MARKER="

# ---- folders

run env -u HOME -u XDG_CONFIG_HOME -u XDG_STATE_HOME "$BIN" get A --identity own.key
is 'no HOME: what is given is enough' "$(cat "$STDOUT")" "$MARKER"
run env -u HOME -u XDG_CONFIG_HOME "$BIN" keygen
status_is 1 'no HOME: there is no place for a key'
stderr_has 'HOME is not set: give -o FILE'
run env -u HOME -u XDG_CONFIG_HOME "$BIN" init -f other.toml
stderr_has 'hint: --reader KEY and --passphrase need no identity' 'no HOME: init says what does without'
ok 'nothing was made' not test -e other.toml

# As somebody who may not do everything, but come here.
folder=$TMP
while [ -O "$folder" ] && [ "$folder" != / ]; do
    case ${folder##*/} in
    tmp.* | tmp | *.t) chmod a+x "$folder" ;;
    *) break ;;
    esac
    folder=${folder%/*}
done
chmod -R a+rX "$WORK"
chmod 777 "$WORK"
mkdir -m 777 "$TMP/they" "$TMP/they/home"
if [ "$(id -u)" -ne 0 ]; then
    they() { "$@"; }
elif command -v setpriv >/dev/null && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$BIN" -a -r "$WORK/vault.toml"; then
    they() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    cp own.key "$TMP/they/own.key"
    chown 65534 "$TMP/they/own.key"
else
    they() { false; }
fi
[ -e "$TMP/they/own.key" ] || cp own.key "$TMP/they/own.key"
if they true; then
    chmod 600 "$TMP/they/own.key"
    export HOME="$TMP/they/home" XDG_CONFIG_HOME="$TMP/they/home/config" XDG_STATE_HOME="$TMP/they/home/state"
    key=$TMP/they/own.key
    they mkdir -p "$XDG_STATE_HOME/vault"
    they chmod 500 "$XDG_STATE_HOME/vault"
    run they "$BIN" get A --identity "$key"
    is 'a state folder that cannot be written is no error' "$(cat "$STDOUT")" "$MARKER"
    stderr_has 'for the first time'
    run they "$BIN" get A --identity "$key"
    stderr_has 'for the first time' 'the next run says the same again'
    they chmod 000 "$XDG_STATE_HOME/vault"
    refuses 1 'vault/defaults: Permission denied' '' they "$BIN" get A --identity "$key"
    refuses 1 'vault/pins: Permission denied' 'pin ENV=FINGERPRINT' they "$BIN" get A --identity "$key" -e dev
    they chmod 755 "$XDG_STATE_HOME/vault"
    they mkdir -p "$XDG_CONFIG_HOME/vault"
    they chmod 000 "$XDG_CONFIG_HOME"
    refuses 3 'no key was given' 'vault keygen' they "$BIN" get A
    ok 'what could not be looked for is said' has_text "note: cannot look for $XDG_CONFIG_HOME/vault/identity: " "$STDERR"
    they chmod 755 "$XDG_CONFIG_HOME"
    chmod 555 "$WORK"
    refuses 1 'nothing was changed' '' they "$BIN" set A=1 --identity "$key"
    run they "$BIN" get A --identity "$key"
    is 'a folder that cannot be written can be read' "$(cat "$STDOUT")" "$MARKER"
    chmod 755 "$WORK"
    chmod 000 vault.toml
    refuses 1 'vault.toml: Permission denied' '' they "$BIN" list
    chmod 600 vault.toml
else
    skip 'folders that are shut' 'root is shut out of none'
fi

finish
