#!/bin/sh
# Templates: made on request alone, resolved wherever a value is handed out, and kept as text by
# every verb that lists, changes or moves values.
. "$(dirname "$0")/scene.sh"

given vault init -e dev,prod
given vault create db "PASSWORD=p@ss $MARKER" USER=me
given vault set --open app/HOST=localhost
TEXT='postgres://{{ db/USER | url }}:{{ db/PASSWORD | url }}@{{ HOST }}/app'
RESULT="postgres://me:p%40ss%20$MARKER@localhost/app"

# ---- set

given vault set --template "app/URL=$TEXT"
is 'get gives the result' "$(vault get app/URL)" "$RESULT"
given vault set "db/PASSWORD=q@ss $MARKER"
RESULT="postgres://me:q%40ss%20$MARKER@localhost/app"
is 'which follows its sources' "$(vault get app/URL)" "$RESULT"
given vault set --template "app/BOTH={{ URL | json }} {{ NEW }}" app/NEW=n
is 'a source set at once; a template in a template' "$(vault get app/BOTH)" "\"$RESULT\" n"
given vault set --sealed app/NEW=n
given vault delete app/BOTH -y

refuses 2 contradict '' vault set --template --open X=1
refuses 2 X '{{{{' vault set --template 'app/X={{ A | hex }}'
refuses 2 X '{{{{' vault set --template 'app/X={{'
refuses 4 'app/X -> app/NOT' 'vault set app/NOT -e dev' vault set --template 'app/X={{ NOT }}'
refuses 2 'app/X -> app/X' '' vault set --template 'app/X={{ X }}'
refuses 2 'app/HOST -> app/URL -> app/HOST' '' vault set --template 'app/HOST={{ URL }}'

# ---- handed out

given vault exec app -- printenv URL
stdout_is "$RESULT" 'exec'
given vault exec app --only URL -- env
stdout_has "URL=$RESULT" '--only leaves the sources out, and they are used'
stdout_lacks 'HOST=localhost'
given vault exec app --only URL --redact -- sh -c 'echo "$URL"; echo "q@ss '"$MARKER"' q%40ss%20'"$MARKER"'"'
stdout_is "[app/URL]${newline}[db/PASSWORD] [db/PASSWORD]" 'exec masks the result, and the sources and their filtered forms'
given vault export app --format=json
stdout_has "\"URL\": \"$RESULT\"" 'export'
printf '{{ URL }} {{ URL | base64 }}' >template
given vault render template
is 'render' "$(cat "$STDOUT")" "$RESULT $(printf %s "$RESULT" | base64 | tr -d '\n')"
rm template
printf 'a %s b %s c\n' "$RESULT" "$(printf %s "$RESULT" | base64 | tr -d '\n')" >log
with "$(cat log)" run vault redact
is 'redact' "$(cat "$STDOUT")" 'a [app/URL] b [app/URL] c'
given vault set --template "app/SH={{ db/PASSWORD | shell }} {{ QUOTE | shell }}" "app/QUOTE=it's $MARKER"
with "$(printf '%s' "x 'it'\\''s $MARKER' y")" run vault redact
is 'redact: quoted for a shell' "$(cat "$STDOUT")" "x '[app/QUOTE]' y"
given vault delete app/SH app/QUOTE -y
run vault scan log
status_is 7 'scan finds the result'
stdout_has app/URL
rm log

# ---- as text

given vault list app
is 'list marks it, and no other' "$(grep -c 'template$' "$STDOUT")" 1
given vault list app --json
is 'json' "$(grep -c '"kind": "template"' "$STDOUT")" 1
EDITOR="cat" given vault edit app
stdout_has "URL = \"$TEXT\" # template" 'edit shows the text and marks it'
cat >editor <<'END'
#!/bin/sh
sed 's,/app" # template,/web" # template,; s,^NEW = .*,NEW = "{{ HOST }}",' "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"
END
chmod +x editor
EDITOR=$PWD/editor given vault edit app
is 'an edited template stays one' "$(vault get app/URL)" "postgres://me:q%40ss%20$MARKER@localhost/web"
is 'braces that are typed make none' "$(vault get app/NEW)" '{{ HOST }}'
printf 'IN={{ HOST }}\n' >in.env
given vault create in --from-dotenv in.env
is 'import makes none' "$(vault get in/IN)" '{{ HOST }}'
rm editor in.env
given vault copy app/URL app/URL2
is 'a copy in the environment is a template' "$(vault list app --json | grep -c '"kind": "template"')" 2
given vault set app/URL2=plain
stderr_has 'was a template'
given vault delete app/URL2 -y
given vault rotate
is 'a rotation keeps it' "$(vault get app/URL)" "postgres://me:q%40ss%20$MARKER@localhost/web"

# ---- what a template uses is not removed from under it

refuses 2 'app/URL of dev' 'vault edit -e dev' vault delete db/PASSWORD -y
refuses 2 'app/URL of dev' 'vault edit -e dev' vault delete db -y
refuses 2 'app/URL of dev' '' vault rename db data
refuses 2 'app/URL of dev' '' vault rename db/USER db/LOGIN
refuses 2 'app/URL of dev' '' vault rename db/USER --to prod
refuses 2 'app/URL of dev' '' vault create db OTHER=1 --force
given vault rename app web
is 'a bare name follows its secret' "$(vault get web/URL)" "postgres://me:q%40ss%20$MARKER@localhost/web"
given vault rename web app
given vault create db "PASSWORD=q@ss $MARKER" USER=me MORE=1 --force
given vault delete db/MORE in app/NEW -y
given vault delete app db -y
given vault create db "PASSWORD=q@ss $MARKER" USER=me
given vault set --open app/HOST=localhost
given vault set --template "app/URL=$TEXT"

# ---- a merge: each side is sound, and together they would leave a template without its variable

given vault set --open web/PORT=1 web/KEEP=1
cp vault.toml base.toml
given vault set --template 'new/ADDRESS={{ web/PORT }}'
cp vault.toml template.toml
cp base.toml vault.toml
given vault delete web/PORT -y
cp vault.toml deleted.toml
cp base.toml vault.toml
given vault delete web -y
cp vault.toml gone.toml
cp base.toml vault.toml
given vault set --template 'new/ADDRESS={{ web/KEEP }}'
cp vault.toml other.toml

merged() { # STATUS OURS THEIRS WHAT
    cp "$2.toml" vault.toml
    cp "$2.toml" ours.toml
    run vault merge base.toml ours.toml "$3.toml"
    status_is "$1" "$4"
}
merged 6 template deleted 'theirs removes what a template of ours uses: a conflict'
stderr_has 'web/PORT'
merged 6 deleted template 'theirs has a template that uses what ours removed: a conflict'
stderr_has 'new'
merged 6 template gone 'theirs removes the whole secret'
merged 6 gone template 'ours removed the whole secret'
merged 0 other deleted 'a template that uses another variable is none'
merged 0 deleted other 'nor the other way round'
cp base.toml vault.toml
rm -f ./*.toml.* base.toml template.toml deleted.toml gone.toml other.toml ours.toml
given vault delete web -y

# ---- into another environment

given vault create db PASSWORD=prod-password-1 USER=prod -e prod
given vault set app/HOST=prod-host -e prod
refuses 1 'template' 'terminal' alone "$BIN" copy app/URL --to prod --yes
refuses 1 'template' 'terminal' alone "$BIN" copy app web --to prod --yes
if command -v python3 >/dev/null; then
    run pty --expect 'app/URL = "postgres://\{\{ db/USER \| url \}\}[^\n]*\n[^?]*\? \[y/N\] ' --send n -- "$BIN" copy app/URL --to prod
    status_is 1 'declined'
    run vault get app/URL -e prod
    status_is 4 'nothing was copied'
    given pty --expect 'Copy it\? \[y/N\] ' --send y -- "$BIN" copy app/URL --to prod
    is 'it takes its values there' "$(vault get app/URL -e prod)" 'postgres://prod:prod-password-1@prod-host/app'
    given vault delete app/URL -e prod -y
else
    skip 'the question' 'there is no python3'
fi

finish
