#!/bin/sh
# Promise 20: vault runs nothing that a repository names.
# The repository's git configuration names a pager, and there is a program called less in it, in a folder
# that PATH has by a relative name. And a pager that the user has chosen looks for the identity.
. "$(dirname "$0")/people.sh"

people alice
given git init -q
given as alice vault init
for number in 1 2 3 4 5 6 7 8 9; do
    given as alice vault set "app/NAME$number=value-$number"
done
mkdir bin
printf '#!/bin/sh\nenv >"%s/ran"\ncat\n' "$PWD" >bin/less
chmod +x bin/less
mkdir "$TMP/safe"
printf '#!/bin/sh\n: >"%s/safe/ran"\ncat\n' "$TMP" >"$TMP/safe/less"
chmod +x "$TMP/safe/less"
git config core.pager "$PWD/bin/less"
git config pager.log "$PWD/bin/less"
git add vault.toml && git commit -q -m one
given as alice vault set new/A=1 new/B=2 new/C=3 new/D=4 new/E=5 new/F=6
unset PAGER VAULT_PAGER GIT_PAGER
export TERM=xterm

# on_terminal COMMAND…: with five rows
on_terminal() {
    # shellcheck disable=SC2016
    run as alice "$TOP/tests/pty.py" -- sh -c 'stty rows 5 cols 80; exec "$@"' sh "$@"
}
for words in 'list --names' log 'diff HEAD'; do
    # shellcheck disable=SC2086
    on_terminal env PATH="bin:.:$TMP/safe:$PATH" "$BIN" $words
    ok "$words: nothing of the repository ran" test ! -e ran
    ok "$words: control: a less of this machine does" test -e "$TMP/safe/ran"
    rm -f "$TMP/safe/ran"
done
on_terminal env VAULT_PAGER="$PWD/bin/less" VAULT_PASSPHRASE=hidden-1 VAULT_IDENTITY="$(cat "$TMP/people/alice/.config/vault/identity")" \
    "$BIN" list --names
ok 'control: the pager that alice chose runs' test -s ran
ok 'and gets neither identity nor passphrase' not grep -q -e AGE-SECRET -e hidden-1 ran
done_testing
