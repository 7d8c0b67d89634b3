#!/bin/sh
# Open values: set, shown with and without a key, kept by every verb, and never made by accident.
. "$(dirname "$0")/scene.sh"

command -v git >/dev/null || skip_all 'there is no git'

# ---- set

given vault init
given vault set --open LEVEL=info "KEY=sealed-value-1"
is '--open is for all that are set' "$(grep -c '= \["' vault.toml)" 3
given vault set --sealed KEY=sealed-value-1
given vault set "PASS=$MARKER"
ok 'an open value is in the file' grep -q '^LEVEL = \["info",$' vault.toml
ok 'a sealed one is not' not grep -q "sealed-value-1\|$MARKER" vault.toml
is 'get gives it' "$(vault get LEVEL)" info

refuses 2 'app/LEVEL is open' '--open keeps it open, --sealed seals it' alone "$BIN" set LEVEL=debug
refuses 2 'contradict' '' vault set --open --sealed LEVEL=debug
given vault set --open LEVEL=debug
is 'it is another one' "$(vault get LEVEL)" debug
given vault set --sealed LEVEL=warn
stderr_has 'until dev is rotated' 'what sealing does not undo is said'
ok 'it is sealed' not grep -q warn vault.toml
given vault set LEVEL=error
stderr_lacks rotated 'which is said once'
given vault set --open LEVEL=info PORT=8080

if command -v python3 >/dev/null; then
    given pty --expect 'Keep it open\? \[y/N\] ' --send y -- "$BIN" set PORT=8081
    ok 'asked: it stays open' grep -q '^PORT = \["8081",$' vault.toml
    given pty --expect 'Keep it open\? \[y/N\] ' --send n -- "$BIN" set PORT=8082
    ok 'or is sealed' not grep -q '808[0-9]' vault.toml
    given vault set --open PORT=8080
fi

for text in "ghp_$MARKER" "postgres://app:$MARKER@db/app" 0123456789abcdef0123456789abcdef; do
    refuses 1 'KEY looks like a secret' '--force' vault set --open "KEY=$text"
done
given vault set --open --force URL=http://me:me@localhost/
given vault delete app/URL -y
refuses 2 'KEY cannot be open' '' sh -c "printf '\\377' | \"\$BIN\" set --open KEY"

# ---- shown

given vault list app
stdout_has 'open "info"'
stdout_lacks "$MARKER"
given vault list app --json
is 'json: the kind' "$(grep -c '"kind": "open", "value": "info", "verified": true' "$STDOUT")" 1
is 'and of a sealed one' "$(grep -c '"kind": "sealed", "verified": true' "$STDOUT")" 2

nobody() { # COMMAND…: without any key
    env XDG_CONFIG_HOME="$TMP/nowhere" XDG_STATE_HOME="$TMP/nowhere" HOME="$TMP/nowhere" setsid -w "$@"
}
mkdir "$TMP/nowhere"
run nobody "$BIN" list app
status_is 0 'without a key'
stdout_has 'unverified, open "info"'
stdout_has 'unverified, sealed'
stderr_has 'unverified'
run nobody "$BIN" list app --json
is 'json: unverified' "$(grep -c '"kind": "open", "value": "info", "verified": false' "$STDOUT")" 1
refuses 3 'no key was given' '' nobody "$BIN" get LEVEL
run nobody "$BIN" get LEVEL --unverified
is 'get --unverified' "$(cat "$STDOUT")" info
refuses 3 'app/PASS is sealed' '' nobody "$BIN" get PASS --unverified
refuses 3 'no key was given' '' nobody "$BIN" export
run nobody "$BIN" export --unverified
is 'export --unverified has what is open' "$(cat "$STDOUT")" "LEVEL=info
PORT=8080"
refuses 125 'no key was given' '' nobody "$BIN" exec -- env
run nobody "$BIN" export --format=example
is 'an example, too' "$(cat "$STDOUT")" '# unverified: no key was used
KEY=
LEVEL=info
PASS=
PORT=8080'
is 'which is verified with a key' "$(vault export --format=example | head -n 1)" KEY=
refuses 5 'not the one that was asked for' '' nobody env VAULT_PIN=dev=AAAAAAAAAAAAAAAAAAAAAA "$BIN" get LEVEL --unverified

# ---- forged: with a key it is refused, without one it is shown as unverified

cp vault.toml good.toml
sed 's/^LEVEL = \["info"/LEVEL = ["a\\u001B[31mb\\u202Ec"/' good.toml >vault.toml
refuses 5 'app/LEVEL' '' vault get LEVEL
refuses 125 'app/LEVEL' '' vault exec -- true
refuses 5 'app/LEVEL' '' vault list app
run nobody "$BIN" list app
stdout_has 'open "a\x1b[31mb\u{202e}c"' 'escaped'
mv good.toml vault.toml

# ---- carried

given vault copy app/LEVEL web/LEVEL
ok 'a copy is open' grep -q '^LEVEL = \["info",$' vault.toml
given vault rename web/LEVEL web/LOG
ok 'and after a rename' grep -q '^LOG = \["info",$' vault.toml
given vault copy web site
given vault rotate
is 'a rotation keeps all of them' "$(grep -c ' = \["info",$' vault.toml)" 3
printf 'LEVEL=trace\nNEW=plain\n' >some.env
given vault update app --from-dotenv some.env
stderr_has 'still open, for everybody to read in the file: LEVEL'
ok 'import keeps what is open' grep -q '^LEVEL = \["trace",$' vault.toml
ok 'and seals what is new' not grep -q plain vault.toml
given vault update app --from-dotenv some.env --open-names NEW
ok '--open-names' grep -q '^NEW = \["plain",$' vault.toml
refuses 4 'MISSING is not among the values' '' vault update app A=1 --open-names MISSING
printf 'LEVEL=%s\n' "glpat-$MARKER" >some.env
refuses 1 'LEVEL looks like a secret' '--force' vault update app --from-dotenv some.env
given vault create app --from-dotenv some.env --force
stderr_lacks "$MARKER"

# ---- edit

given vault delete app -y
given vault set --open LEVEL=info
given vault set PASS="$MARKER"
printf '#!/bin/sh\ngrep -c "^LEVEL = \\"info\\" # open" "$1" >"$OUT"\nsed -i "$EDIT" "$1"\n' >editor
chmod +x editor
export EDITOR="$WORK/editor" OUT="$TMP/marked"
EDIT='s/"info"/"warn"/; s/^PASS = .*/PASS = "another"/' given vault edit app
is 'edit marks what is open' "$(cat "$TMP/marked")" 1
ok 'keeps it open' grep -q '^LEVEL = \["warn",$' vault.toml
ok 'and what is sealed sealed' not grep -q another vault.toml
export EDIT="s/\"warn\"/\"ghp_$MARKER\"/"
run vault edit app
status_is 1 'a text that looks like a secret'
stderr_has 'LEVEL looks like a secret'
ok 'is not published' not grep -q ghp_ vault.toml
file=$(sed -n 's/^note: your text is kept in //p' "$STDERR")
[ -z "$file" ] || rm -r "${file%/*}"

# ---- left alone by what looks for secrets

given vault set --open PLACE=a-place-that-is-no-secret
echo 'a-place-that-is-no-secret' >notes.txt
given git init -q
run vault scan notes.txt
status_is 0 'scan leaves an open value alone'
is 'and so does redact' "$(vault exec --redact -- sh -c 'echo "$PLACE"')" a-place-that-is-no-secret
run env GITHUB_ENV="$TMP/github" "$BIN" export --format=github
stdout_lacks '::add-mask::a-place' 'and the masks of GitHub'
stdout_has '::add-mask::another' 'which are there for the others'
given vault set ALSO=a-place-that-is-no-secret
run vault scan notes.txt
status_is 7 'unless it is a sealed value, too'
is 'redact masks it then' "$(vault exec --redact -- sh -c 'echo "$PLACE"')" '[app/ALSO]'

# ---- git

given vault delete app/ALSO -y
given vault git-setup
given git add -A
given git -c user.name=x -c user.email=x@example.com commit -qm one
given vault set --open LEVEL=error
run vault diff
stdout_has '- "warn"'
stdout_has '+ "error"'
run nobody "$BIN" diff
stdout_has '+ "error" unverified'
run nobody "$BIN" diff --json
is 'json: unverified' "$(grep -c '"verified": false, "before": "warn", "after": "error"' "$STDOUT")" 1
run git diff --no-textconv -U0
ok 'a hunk names its table' grep -q '^@@.*@@ \[dev\.app\]$' "$STDOUT"
run git diff
ok 'git diff shows what is open' grep -q '^+dev app/LEVEL .* open "error"$' "$STDOUT"
given git -c user.name=x -c user.email=x@example.com commit -qam two
run vault log LEVEL
stdout_has '+ "error"'

finish
