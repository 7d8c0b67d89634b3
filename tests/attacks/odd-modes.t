#!/bin/sh
# Promise 26: An identity that others can read is refused. Vaults, identities and pins are created private.
# An administrator has made the vault read-only, so vault must not replace it. Or a shell profile
# sets an unusual umask.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

umasks() {
    for mask in 777 277 177 077 000; do
        mkdir "$1/$mask" && cd "$1/$mask" || return 1
        (
            umask "$mask"
            env -i HOME="$1/$mask/home" PATH="$PATH" "$BIN" init && env -i HOME="$1/$mask/home" "$BIN" set A=1
        ) || return 1
        stat -c %a vault.toml home/.config home/.config/vault/identity home/.local/state/vault/pins | tr '\n' ' '
        echo
    done
}
read_only() {
    cd "$1" || return 1
    env -i HOME="$1/home" "$BIN" init && chmod 444 vault.toml || return 1
    cp vault.toml before
    env -i HOME="$1/home" "$BIN" set A=1 2>refused && return 1
    cmp before vault.toml && cat refused || return 1
    chmod u+w vault.toml && env -i HOME="$1/home" "$BIN" set A=1
}

# File modes do not stop root, so this runs as an ordinary user.
ordinary() { # FUNCTION
    folder=$(mktemp -d /tmp/vault-modes.XXXXXX)
    cp "$BIN" "$folder/vault"
    {
        sed -n '/^umasks()/,/^}/p; /^read_only()/,/^}/p' "$TOP/tests/attacks/odd-modes.t"
        echo "BIN=$folder/vault; $1 $folder/work"
    } >"$folder/script"
    mkdir "$folder/work"
    if [ "$(id -u)" = 0 ]; then
        chmod 755 "$folder" "$folder/vault"
        chown 65534 "$folder/work"
        run setpriv --reuid 65534 --clear-groups sh "$folder/script"
    else
        run sh "$folder/script"
    fi
    chmod -R u+rwx "$folder"
    rm -rf "$folder"
}
if [ "$(id -u)" = 0 ] && ! setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
    skip_all 'one cannot be another user than root here'
fi
ordinary umasks
status_is 0 'init and set under each umask'
is 'all is its owner'"'"'s alone' "$(sort -u "$STDOUT")" '600 700 600 600 '
ordinary read_only
status_is 0 'a read-only vault'
stdout_has 'vault.toml is read-only: nothing was changed' 'is not replaced'
stdout_has 'hint: chmod u+w ' 'until it is made writable'

people alice
given as alice vault init
ln vault.toml linked.toml
run as alice vault set A=1
stderr_has "vault.toml had another hard link, which still leads to what it was before" 'a hard link that is cut off is told'
run as alice vault set A=2
stderr_lacks 'hard link' 'once'
done_testing
