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

# ---- no verb makes one that dangles

refuses 4 'web/URL -> web/HOST' 'vault set web/HOST' vault rename app/URL web/URL
refuses 4 'web/URL -> web/HOST' 'vault set web/HOST' vault copy app/URL web/URL
given vault set web/HOST=other
given vault copy app/URL web/URL
given vault rename app/URL web/URL2
is 'with its variables there it moves' "$(vault get web/URL2)" "postgres://me:q%40ss%20$MARKER@other/app"
given vault rename web/URL2 app/URL
given vault delete web -y
printf '#!/bin/sh\nsed "/^USER = /d" "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"\n' >editor
chmod +x editor
EDITOR=$PWD/editor refuses 2 'app/URL of dev' '' vault edit db
printf '#!/bin/sh\nsed "s/^USER/LOGIN/" "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"\n' >editor
EDITOR=$PWD/editor refuses 2 'app/URL of dev' '' vault edit db
printf '#!/bin/sh\nsed "s,db/USER,db/LOGIN," "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"\n' >editor
EDITOR=$PWD/editor refuses 4 'app/URL -> db/LOGIN' '' vault edit app
printf '#!/bin/sh\nsed "s,db/USER,URL," "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"\n' >editor
EDITOR=$PWD/editor refuses 2 'app/URL -> app/URL' '' vault edit app
rm editor
printf 'PASSWORD=x\n' >in.env
refuses 2 'app/URL of dev' '' vault create db --from-dotenv in.env --force
rm in.env
refuses 2 'app/URL of dev' '' vault rename app/HOST app/HOST2
given vault set --propose db/USER=them
# shellcheck disable=SC2046 # one
given vault inbox --accept -y $(vault inbox | cut -d ' ' -f 1)
is 'an accepted proposal is a source like any' "$(vault get app/URL)" "postgres://them:q%40ss%20$MARKER@localhost/app"
given vault set --propose 'app/URL={{ NONE }}'
# shellcheck disable=SC2046 # one
given vault inbox --accept -y $(vault inbox | cut -d ' ' -f 1)
is 'braces that were proposed make none' "$(vault get app/URL)" '{{ NONE }}'
given vault set --template "app/URL=$TEXT" db/USER=me
given vault env rename dev dev2
is 'an environment keeps them under another name' "$(vault get app/URL -e dev2)" "postgres://me:q%40ss%20$MARKER@localhost/app"
given vault env rename dev2 dev

# ---- restore

if command -v git >/dev/null; then
    given git init -q .
    git config user.name me
    git config user.email me@example.org
    git add vault.toml
    git commit -qm template
    given vault set app/URL=plain
    git commit -qam plain
    given vault set db/USER=later
    given vault restore app/URL
    is 'restore brings the template back, and not what it made' "$(vault get app/URL)" "postgres://later:q%40ss%20$MARKER@localhost/app"
    given vault set app/URL=plain2
    is 'get --rev gives what it made' "$(vault get app/URL --rev HEAD~1)" "$RESULT"
    given vault delete db/USER -y
    refuses 4 'app/URL -> db/USER' '' vault restore app/URL HEAD~1
    given vault set db/USER=me
    given vault restore app/URL HEAD~1
    rm -rf .git
fi

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

# Answers too: one that would leave a template without its variable is taken back.
cp base.toml vault.toml
given vault set --open web/PORT=2
given vault set --template 'web/AT={{ PORT }}'
cp vault.toml changed.toml

answered() { # STATUS OPTION OURS THEIRS WHAT
    cp "$3.toml" vault.toml
    cp "$3.toml" ours.toml
    run vault merge "$2" base.toml ours.toml "$4.toml"
    status_is "$1" "$5"
}
answered 6 --theirs changed deleted 'theirs removes it, by an answer'
stderr_has 'web/PORT' 'which is said'
stderr_has 'theirs removes what a template uses'
answered 0 --ours changed deleted 'the other answer is taken'
is 'and the template works' "$(cp ours.toml vault.toml && vault get web/AT)" 2
answered 6 --theirs template deleted 'the answer to that very question'
answered 0 --ours template deleted 'the template stays, with its variable'
answered 0 --ours deleted changed 'ours stays removed, and the template that uses it does not come'
answered 0 --theirs deleted changed 'both come'
if command -v python3 >/dev/null && command -v git >/dev/null; then
    # in_git OURS THEIRS: an unfinished merge of the two.
    in_git() {
        rm -rf repo
        git init -q repo
        for name in base "$1" "$2"; do
            cp "$name.toml" repo/vault.toml
            git -C repo add vault.toml
            git -C repo write-tree >"$TMP/tree"
            [ "$name" = base ] && base=$(git -C repo commit-tree -m "$name" "$(cat "$TMP/tree")")
            [ "$name" = base ] || git -C repo branch "$name" "$(git -C repo commit-tree -p "$base" -m "$name" "$(cat "$TMP/tree")")"
        done
        git -C repo config merge.vault.driver false
        echo 'vault.toml merge=vault' >repo/.git/info/attributes
        git -C repo checkout -q -f "$1"
        ! git -C repo merge -q "$2" >"$TMP/merge" 2>&1 || exit 1
    }
    merges_in_git() { (cd repo && pty "$@" -- "$BIN" merge); }
    in_git changed deleted
    run merges_in_git --expect web/PORT --expect heirs --send t --expect 'removes what a template uses' --expect heirs --send o
    status_is 0 'it is asked once more'
    is 'and then merged' "$(vault get web/AT -f repo/vault.toml)" 2
    in_git changed deleted
    run merges_in_git --expect web/PORT --expect heirs --send t --expect 'removes what a template uses' --expect heirs --send t
    status_is 6 'the same answer again leaves the conflict'
    in_git changed deleted
    run merges_in_git --expect web/PORT --expect heirs --send t --expect 'removes what a template uses' --expect heirs --send n --expect 'new value' --send new-port
    status_is 0 'a new value is one too'
    is 'and the template uses it' "$(vault get web/AT -f repo/vault.toml)" new-port
    rm -rf repo
fi
cp base.toml vault.toml
rm -f changed.toml
rm -f ./*.toml.* base.toml template.toml deleted.toml gone.toml other.toml ours.toml
given vault delete web -y

# ---- into another environment

given vault create db PASSWORD=prod-password-1 USER=prod -e prod
given vault set app/HOST=prod-host -e prod
refuses 1 'template' 'terminal' alone "$BIN" copy app/URL --to prod --yes
refuses 1 'template' 'terminal' alone "$BIN" copy app web --to prod --yes
refuses 1 'template' 'terminal' alone "$BIN" env copy dev twin --yes
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
