#!/bin/sh
# undo: the last change that was made here and is not committed, by name; never a key, never a reader.
. "$(dirname "$0")/repository.sh"

# undoes NAME TEXT: the file is as it was in before.toml, and what was taken back is said.
undoes() {
    run vault undo
    status_is 0 "$1"
    unchanged "$1: byte for byte" vault.toml before.toml
    stderr_has "$2" "$1: says what"
    stdout_is '' "$1: nothing on stdout"
}

person alice bob
quietly vault init
refuses 4 'nothing to undo' 'vault diff' vault undo
quietly vault set app/KEY="$MARKER-1" app/OTHER=x
rm -rf "$XDG_STATE_HOME/vault"/undo-*
refuses 4 'nothing to undo' 'vault diff' vault undo
commit one

keep() {
    cp vault.toml before.toml
}

keep
quietly vault set app/KEY="$MARKER-2" app/NEW=y
undoes 'set' 'dev: app/KEY is as it was before'
stderr_has 'dev: app/NEW is gone again' 'all that it did'
is 'the value is back' "$(vault get KEY)" "$MARKER-1"
ok 'git sees no change' git diff --quiet
refuses 4 'nothing to undo' '' vault undo

quietly vault delete app/OTHER -y
undoes 'delete' 'dev: app/OTHER is there again'
quietly vault env create prod
undoes 'env create' 'prod'
quietly vault env create prod
commit 'with prod'
keep
quietly vault set -e dev,prod app/TWO=2
undoes 'set in two environments' 'prod: app/TWO is gone again'
quietly vault env delete prod -y
undoes 'env delete' 'prod: '
ok 'and it opens' vault verify -e prod
quietly vault env rename prod live
undoes 'env rename' 'prod'
quietly vault set app/KEY="$MARKER-3"
mv "$IDENTITY" "$TMP/kept"
undoes 'without a key' 'app/KEY'
mv "$TMP/kept" "$IDENTITY"
quietly vault set app/KEY="$MARKER-3"
keep
quietly vault set app/KEY="$MARKER-3"
quietly vault set app/KEY="$MARKER-4"
undoes 'only the last of them' 'app/KEY'
refuses 4 'nothing to undo' '' vault undo

# ---- refusals

quietly vault set app/KEY="$MARKER-5"
commit two
refuses 4 'as it is committed' 'vault restore' vault undo
quietly vault set app/KEY="$MARKER-6"
echo '# by hand' >>vault.toml
refuses 6 'has changed since' 'vault diff' vault undo
git checkout -q vault.toml
refuses 6 'has changed since' '' vault undo
quietly vault rotate
refuses 6 'new key' 'vault trust dev' vault undo
quietly vault grant bob "$(public bob)"
keep
quietly vault revoke bob
refuses 6 'let bob read dev again' 'vault grant bob -e dev' vault undo
cp before.toml vault.toml
commit 'bob stays'
rm -rf "$XDG_STATE_HOME/vault"
keep
quietly vault grant eve "$(vault keygen -o "$TMP/eve")"
undoes 'grant' 'dev: reader eve is gone again'
stderr_has 'the key stays' 'and says that they may have seen the key'
stderr_has 'hint: if anybody else has had the file: vault rotate' 'with what to do'

# A record that is damaged is none.
quietly vault set app/KEY="$MARKER-7"
for record in "$XDG_STATE_HOME/vault"/undo-*; do
    ok 'a record is private' test "$(stat -c %a "$record" 2>/dev/null || stat -f %Lp "$record")" = 600
    ok 'and has no value' not has_text "$MARKER" "$record"
    sed 's/^KEY = /KEZ = /' "$record" >"$TMP/damaged" && cp "$TMP/damaged" "$record"
done
refuses 6 'has changed since' '' vault undo

# Without git, and in a folder where nothing can be remembered.
mkdir "$TMP/plain"
cd "$TMP/plain" || exit
quietly env GIT_CEILING_DIRECTORIES="$TMP" "$BIN" init
quietly vault set app/KEY="$MARKER-1"
keep
quietly vault set app/KEY="$MARKER-2"
undoes 'without a repository' 'app/KEY'
quietly env HOME=/proc/nonexistent XDG_STATE_HOME=/proc/nonexistent "$BIN" set app/KEY="$MARKER-8" --identity "$IDENTITY"
is 'a change without a place for its record is made' "$(vault get KEY)" "$MARKER-8"
refuses 4 'nothing to undo' '' vault undo
ln -s "$TMP/plain/vault.toml" "$TMP/link.toml"
keep
quietly vault set -f "$TMP/link.toml" app/KEY="$MARKER-9"
undoes 'a file that was changed through a symlink' 'app/KEY'
cd "$WORK" || exit
refuses 2 '' '' vault undo -e dev
finish
