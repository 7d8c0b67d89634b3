#!/bin/sh
# Promise 29: What you type in the editor is saved, or it is kept and the message says where.
# The vault, the environment, the key or the lock disappears while the editor is open, or the editor
# is killed.
. "$(dirname "$0")/people.sh"

people alice
given as alice vault init -e dev,prod
given as alice vault set api/TOKEN=before
given git init -q
given git commit -q --allow-empty -m empty
given git branch old
given git add vault.toml
given git commit -q -m vault
cp vault.toml whole.toml

# loses NAME SCRIPT: the editor runs SCRIPT after an hour's work was typed
loses() {
    printf '#!/bin/sh\nsed -i "s/before/an hour of work/" "$1"\n%s\n' "$2" >editor
    chmod +x editor
    run as alice env EDITOR="$WORK/editor" "$BIN" edit
    ok "$1: an error" or_tell test "$status" -ne 0
    file=$(sed -n 's/^note: your text is kept in //p' "$STDERR")
    ok "$1: the text is there" or_tell grep -q 'TOKEN = "an hour of work"' "${file:-/dev/null}"
    stderr_has "hint: rm -r ${file%/*}" "$1: with what to type"
    ok "$1: for alice alone" test "$(stat -c %a "${file%/*}" 2>/dev/null || stat -f %Lp "${file%/*}")" = 700
    rm -r "${file%/*}"
    rm -rf vault.toml
    git checkout -q -f main
    cp whole.toml vault.toml
}
loses 'another branch, without the vault' 'git checkout -q old'
loses 'the vault is moved away' 'mv vault.toml elsewhere'
loses 'another environment name' '"$BIN" env rename dev devel'
loses 'alice is taken out of the readers' 'sed -i "/^alice = /,/\]/d" vault.toml'
loses 'a conflict in the file' 'echo "<<<<<<< ours" >>vault.toml'
loses 'a folder in place of the vault' 'rm vault.toml && mkdir vault.toml'
loses 'a mistake that is never mended' 'echo "[[[" >>"$1"'
loses 'the editor is killed' 'kill -KILL $$'
loses 'the editor fails' 'exit 1'

printf '#!/bin/sh\nsed -i "s/before/after/" "$1"\n' >editor
run as alice env EDITOR="$WORK/editor" "$BIN" edit
status_is 0 'control: otherwise it is saved'
stderr_lacks 'kept in' 'control: and not kept'
is 'control: as it was typed' "$(as alice vault get TOKEN)" after
done_testing
