#!/bin/sh
# Each verb that parses the vault gives up the network, other programs and other files first.
. "$(dirname "$0")/scene.sh"

command -v git >/dev/null || skip_all 'there is no git'
command -v strace >/dev/null || skip_all 'there is no strace'
strace -f -o "$TMP/trace" true 2>/dev/null || skip_all 'strace may not trace here'

given vault init -e dev,prod
given vault set A=1
given vault keygen -o bob.key
given vault grant bob "$(cat "$STDOUT")" -e prod
git init -q . && git add vault.toml && git commit -qm one
echo 'A={{ A }}' >template
cp vault.toml base.toml && cp vault.toml theirs.toml

given vault doctor
for limit in 'limit which files' 'limit which system calls'; do
    ! has_text "does not $limit" "$STDOUT" || skip_all "this kernel does not $limit"
done
alone_verbs=$(sed -n 's/.*other programs or other files: //p; s/.*once the editor has ended: //p' "$STDOUT")
git_verbs=$(sed -n 's/.*and with git: //p' "$STDOUT")

# The first prctl makes the program unreadable for strace: it is answered and not done.
traced() { # COMMAND…
    strace -f -o "$TMP/trace" -e inject=prctl:retval=0:when=1 \
        -e trace=landlock_restrict_self,seccomp,openat,execve,prctl,/^rename "$@" </dev/null >/dev/null 2>&1 || :
}

traced_on_terminal() { # ANSWERS -- COMMAND…
    TERM=xterm traced "$TOP/tests/pty.py" "$@"
}

line_of() { # PATTERN: the first line that it is in
    grep -n -m 1 -e "$1" "$TMP/trace" | cut -d : -f 1
}

limited_before_the_vault() { # FILE
    vault_line=$(line_of "openat(.*$1\".*O_RDONLY.*O_NONBLOCK")
    [ "${vault_line:-0}" -gt 0 ] || { echo 'the vault was not opened' && return 1; }
    for call in 'landlock_restrict_self(.*= 0' 'seccomp(.*= 0'; do
        [ "$(line_of "$call" || echo 0)" -lt "$vault_line" ] || { echo "not before: $call" && return 1; }
    done
}

calls_limited() {
    [ -n "$(line_of 'seccomp(.*= 0')" ]
}

starts_nothing() {
    [ "$(grep -c 'execve(' "$TMP/trace")" -eq 1 ]
}

words() { # VERB: how it is called
    case $1 in
    env) echo env list ;;
    create) echo create web B=1 ;;
    update) echo update app A=2 ;;
    set) echo set A=3 ;;
    get) echo get A ;;
    delete) echo delete -y web ;;
    rename) echo rename app/A app/Z ;;
    copy) echo copy app/Z app/A ;;
    edit) echo edit - ;;
    render) echo render template ;;
    check) echo check --require A ;;
    grant) echo grant bob bob.pub -e dev ;;
    trust) echo trust dev -y ;;
    revoke) echo revoke bob -e prod ;;
    restore) echo restore A ;;
    merge) echo merge base.toml vault.toml theirs.toml ;;
    *) echo "$1" ;;
    esac
}

for verb in $alone_verbs; do
    # shellcheck disable=SC2046 # words
    traced "$BIN" $(words "$verb")
    ok "$verb: is limited before it reads the vault" limited_before_the_vault vault.toml
    ok "$verb: starts nothing" starts_nothing
done
for verb in $git_verbs; do
    # shellcheck disable=SC2046 # words
    if [ "$verb" = ui ]; then
        traced_on_terminal --expect 'q quit' --send 'q\c' -- "$BIN" ui
    else
        traced "$BIN" $(words "$verb")
    fi
    ok "$verb: is limited before it reads the vault" limited_before_the_vault vault.toml
done
is 'all of them were tried' "$(echo "$alone_verbs $git_verbs" | wc -w | tr -d ' ')" 32
traced "$BIN" export -o .env --force
ok 'export -o: is limited before it reads the vault' limited_before_the_vault vault.toml
traced "$BIN" verify --history
ok 'verify --history: is limited before it reads the vault' limited_before_the_vault vault.toml
# The end of a merge is staged from inside, also where .git is a file that leads to the repository.
echo 'vault.toml -merge' >.git/info/attributes
git add -A && git commit -qm two
git worktree add -q -b side "$TMP/tree"
(
    cd "$TMP/tree"
    given vault set web/SIDE=1
    git commit -qam side
    git checkout -q -b other main
    given vault set web/OTHER=1
    git commit -qam other
    git merge -q side 2>/dev/null || :
    traced "$BIN" merge
)
ok 'merge: its end is limited' calls_limited
is 'merge: and staged' "$(git -C "$TMP/tree" diff --name-only --diff-filter=U) $(git -C "$TMP/tree" diff --cached --name-only)" \
    ' vault.toml'
is 'merge: with both sides' "$(cd "$TMP/tree" && vault list web 2>/dev/null | grep -c -e SIDE -e OTHER)" 2

# An editor is not limited, and runs twice here: the first text is malformed.
cat >editor <<'END'
#!/bin/sh
if [ -e edited ]; then sed '/^#/d; s/\[\[//; s/3/edited/' "$1" >new; else echo '[[' | cat "$1" - >new; fi
cat new >"$1"
: >edited
END
chmod +x editor
rm -f edited
given vault set A=3
EDITOR=./editor
export EDITOR
traced "$BIN" edit
is 'edit: what was edited is saved' "$(vault get A)" edited
last_editor=$(grep -n 'execve("./editor".*= 0' "$TMP/trace" | cut -d : -f 1 | sed -n '$p')
renamed=$(line_of 'rename.*"[^"]*vault.toml".*= 0')
is 'edit: the editor was opened twice' "$(grep -c 'execve("./editor".*= 0' "$TMP/trace")" 2
for call in 'landlock_restrict_self(.*= 0' 'seccomp(.*= 0'; do
    at=$(line_of "$call" || echo 0)
    ok "edit: is limited after the last editor, before it writes the vault: ${call%%(*}" \
        test "$last_editor" -lt "$at" -a "$at" -lt "$renamed"
done
is 'edit: its private folder is gone' "$(ls "$XDG_RUNTIME_DIR")" ''
traced "$BIN" exec -- true
ok 'exec hands its process on, and is not limited' not calls_limited
finish
