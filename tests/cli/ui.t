#!/bin/sh
# The dashboard on a real terminal: that it gives the terminal back however it ends, and what it
# leaves behind. What it shows is tested in tests/unit/ui.c.
. "$(dirname "$0")/scene.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'
export TERM=xterm LC_ALL=C.UTF-8
unset NO_COLOR

given vault init -e dev,prod
given vault set "db/PASSWORD=$MARKER-1"
given vault set --open app/LEVEL=info

# Runs it between two `stty -a`, with its process ID in the file pid.
cat >around <<'END'
exec 2>messages
trap : INT
settings() {
    stty -a | sed 's/ rows [0-9]*; columns [0-9]*;//'
}
settings >before
sh -c 'echo $$ >pid; exec "$BIN" ui "$@"' - "$@"
echo $? >status
settings >after
END
here=$PWD

ui() { # STEP… -- OPTION…
    rm -f pid before after status
    count=$#
    seen=
    while [ "$count" -gt 0 ]; do # puts what runs it behind the steps
        word=$1
        shift
        count=$((count - 1))
        set -- "$@" "$word"
        if [ "$word" = -- ] && [ -z "$seen" ]; then
            seen=1
            set -- "$@" sh "$here/around"
        fi
    done
    run pty "$@"
    status_is 0 'the dialogue goes as told'
}

ended() { # STATUS WHAT
    is "$2: its exit status" "$(cat status)" "$1"
    ok "$2: stty -a is as before" cmp -s before after
    stdout_has "$(printf '\033[?1049l')" "$2: it leaves the alternate screen"
    stdout_has "$(printf '\033[?25h')" "$2: the cursor is shown again"
    stdout_has "$(printf '\033[?2004l')" "$2: pastes are not marked any more"
    is "$2: the last thing is to leave the screen" \
        "$(tail -c 8 "$STDOUT")" "$(printf '\033[?1049l')"
    stdout_lacks "$MARKER" "$2: it shows no value"
}

# ---- every way out

ui --expect 'q quit' --send 'q\c' --
ended 0 q
stdout_has "$(printf '\033[?1049h')" 'it is on the alternate screen'
stdout_has PASSWORD 'names are shown'
ui --expect 'q quit' --send '\x03\c' --
ended 0 Ctrl-C
for signal in TERM:143 HUP:129 QUIT:131 SEGV:139 ABRT:134 BUS:135; do
    ui --expect 'q quit' --run "kill -${signal%:*} \$(cat pid)" --
    ended "${signal#*:}" "SIG${signal%:*}"
done
ui --expect 'q quit' --send 's\x0c\c' --expect 'value of' --send "half\\x0c\\c" --run 'kill -TERM $(cat pid)' --
ended 143 'SIGTERM in a question'
run pty --expect '\$ ' --send 'stty -a >before; "$BIN" ui' --expect 'q quit' --send '\x1a\c' --expect 'Stopped' \
    --expect '\$ ' --send 'stty -a >stopped; fg' --expect 'q quit' --send 'q\c' --expect '\$ ' \
    --send 'stty -a >after; exit 7' -- env PS1='$ ' bash --norc -i
status_is 7 'Ctrl-Z stops it, and fg continues it'
ok 'Ctrl-Z: a shell has its terminal' cmp -s before stopped
ok 'Ctrl-Z: and again at the end' cmp -s before after

# ---- what it is refused

run pty -- env TERM=dumb "$BIN" ui
status_is 2 'TERM=dumb is refused'
stdout_has 'hint: ' 'with a hint'
stdout_lacks "$(printf '\033')" 'and without an escape sequence'
refuses 2 'must be a terminal' 'list' vault ui
run pty -- "$BIN" ui --max-age soon
status_is 2 'a time that is none'
run pty -- "$BIN" ui -f none.toml
status_is 4 'a file that is not there'
stdout_lacks "$(printf '\033')" 'is said before the screen'
run pty -- "$BIN" ui -e prdo
status_is 4 'an environment that is not there'
stdout_has prod 'with the one that is near'

# ---- the size

ui --size 39x10 --expect 'needs 40' --send 'd\x0c\c' --resize 40x10 --expect 'q quit' --resize 200x60 \
    --expect 'clipboard|keys' --send 'q\c' --
ended 0 'another size'

# ---- values, in the stream only when asked for

before=$(cksum <vault.toml)
ui --expect 'q quit' --send 'j\x0c\c' --expect 'PASSWORD in dev' --send 'v\c' --expect "$MARKER-1" --send 'q\c' \
    --expect 'q quit' --send 'q\c' --
is 'v shows a value, and the next key hides it' "$(cat status)" 0
ui --expect 'q quit' --send 'j\x0c\c' --expect 'PASSWORD in dev' --send 'c\x0c\c' --expect 'OSC 52' --send 'q\c' --
copied=$(printf '\033]52;c;%s\007' "$(printf %s "$MARKER-1" | base64)")
stdout_has "$copied" 'c sends it to the clipboard'
stdout_has "$(printf '\033]52;c;\007')" 'which is cleared at the end'
stdout_lacks "$MARKER" 'and does not show it'
ui --expect 'q quit' --send 'j\x0c\c' --expect 'PASSWORD in dev' --send 'c\x0c\c' --expect 'no-clipboard' --send 'q\c' \
    -- --no-clipboard
stdout_lacks "$(printf '\033]52;')" '--no-clipboard'
for key in v c e; do
    VAULT_AGENT=guard ui --expect 'q quit' --send 'j\x0c\c' --expect 'PASSWORD in dev' --send "$key\\x0c\\c" \
        --expect 'coding agent' --send 'q\c' --
    stdout_lacks "$MARKER" "a coding agent gets nothing from $key"
done
is 'none of this writes' "$(cksum <vault.toml)" "$before"

# ---- changes

ui --expect 'q quit' --send 'jls\x0c\c' --expect 'value of db/PASSWORD in prod' \
    --send "\\x1b[200~$MARKER\\n\\t2\\n\\x1b[201~\\r\\x0c\\c" --expect '1 unsaved' --send 'w\x0c\c' --expect 'Save 1 change' \
    --send 'y\x0c\c' --expect 'saved 1 change' --send 'q\c' --
stdout_lacks "$MARKER" 'what is pasted is not shown'
given vault get db/PASSWORD -e prod --bytes
printf '%s\n\t2\n' "$MARKER" >wanted
ok 'a paste of several lines is taken whole' cmp "$STDOUT" wanted
before=$(cksum <vault.toml)
ui --expect 'q quit' --send 'jd\x0c\c' --expect '1 unsaved' --send 'q\c' --expect 'without saving' --send 'n\x0c\c' \
    --expect 'q quit' --send 'w\x0c\c' --expect 'Save' --send 'n\x0c\c' --expect 'nothing was saved' --send 'q\c' \
    --expect 'without saving' --send 'y\x0c\c' --
is 'leaving asks' "$(cat status)" 0
is 'what was not confirmed is not saved' "$(cksum <vault.toml)" "$before"
ui --expect 'q quit' --send 'js\x0c\c' --expect 'read-only' --send 'q\c' -- --read-only
is '--read-only' "$(cksum <vault.toml)" "$before"

cat >editor <<'END'
#!/bin/sh
[ "$(cat "$1")" = "$(cat old)" ] && printf '%s\n' "$(cat new)" >"$1"
END
chmod +x editor
echo "$MARKER-1" >old
echo "$MARKER-edited" >new
export EDITOR="$PWD/editor"
ui --expect 'q quit' --send 'je\x0c\c' --expect '1 unsaved' --send 'w\x0c\c' --expect 'Save 1' --send 'y\x0c\c' \
    --expect 'saved 1' --send 'q\c' --
ended 0 'after the editor'
is 'the editor gets the value, and what it saves is set' "$(vault get db/PASSWORD)" "$MARKER-edited"
echo 'exit 3' >editor
ui --expect 'q quit' --send 'je\x0c\c' --expect 'editor failed' --send 'q\c' --
is 'an editor that fails changes nothing' "$(vault get db/PASSWORD)" "$MARKER-edited"
cat >editor <<'END'
trap : TSTP
kill -TSTP 0
kill -INT 0
END
run pty --expect '\$ ' --send '"$BIN" ui' --expect 'q quit' --send 'je\c' --expect 'Stopped' --expect '\$ ' \
    --send 'stty -a >stopped; fg' --expect 'q quit' --send 'q\c' --expect '\$ ' --send 'exit 7' -- \
    env PS1='$ ' bash --norc -i
status_is 7 'Ctrl-Z in the editor stops it all, and fg continues it; Ctrl-C there is for the editor'

# ---- the file changes underneath

ui --expect 'q quit' --send 'jd\x0c\c' --expect '1 unsaved' --run '"$BIN" set app/NEW=1 2>/dev/null' --expect 'read again' \
    --send 'w\x0c\c' --expect 'Save 1 change' --send 'y\x0c\c' --expect 'saved 1' --send 'q\c' --
is 'both changes are there' "$(vault list --names | tr '\n' ' ')" 'app/LEVEL app/NEW '
given vault set "db/PASSWORD=$MARKER-1"
ui --expect 'q quit' --send 'jjd\x0c\c' --expect '1 unsaved' --run '"$BIN" set db/PASSWORD=theirs 2>/dev/null' \
    --expect 'read again' --send 'w\x0c\c' --expect 'meanwhile' --send 't\x0c\c' --expect 'nothing left' --send 'q\c' --
is 'a conflict is asked about: theirs' "$(vault get db/PASSWORD)" theirs
ui --expect 'q quit' --send 'jjd\x0c\c' --expect '1 unsaved' --run '"$BIN" set db/PASSWORD=again 2>/dev/null' \
    --expect 'read again' --send 'w\x0c\c' --expect 'meanwhile' --send 'm\x0c\c' --expect 'Save 1' --send 'y\x0c\c' \
    --expect 'saved' --send 'q\c' --
ok 'or mine' sh -c '! "$BIN" get db/PASSWORD 2>/dev/null'

# ---- history, from git

if command -v git >/dev/null; then
    mkdir past && cd past || exit 1
    git init -q .
    git config user.name alice
    git config user.email alice@example.org
    given vault init
    given vault keygen -o "$TMP/bob.key"
    given vault grant bob "$(cat "$STDOUT")"
    given vault set "db/PASSWORD=$MARKER-old"
    git add -A && git commit -qm old
    given vault set "db/PASSWORD=$MARKER-new"
    given vault set "db/OTHER=$MARKER-other"
    git commit -qam new
    ui --expect 'q quit' --send 'j\r\x0c\c' --expect 'changed.*alice@example' --send 'j\r\x0c\c' --expect '1 unsaved' \
        --send 'w\x0c\c' --expect 'Save 1' --send 'y\x0c\c' --expect 'saved 1' --send 'q\c' --
    is 'Enter shows the history, and restores' "$(vault get db/PASSWORD)" "$MARKER-old"
    stdout_lacks "$MARKER" 'without showing a value'
    given vault revoke bob
    git commit -qam revoked
    ui --expect 'q quit' --send 'x\x0c\c' --expect 'db/PASSWORD  known to bob' --send 'q\x0c\c' --expect '!' \
        --send 'q\c' --
    stdout_lacks "$MARKER" 'x shows what former readers know, by name'
    given vault get db/PASSWORD
    VAULT_IDENTITY_FILE="$TMP/bob.key" VAULT_AUTHOR=bob given vault set --propose "db/PASSWORD=$MARKER-proposed" \
        --pin "$(vault verify --print-pin)"
    ui --expect 'q quit' --send 'i\x0c\c' --expect 'db/PASSWORD/.*claimed' --send 'a\x0c\c' --expect '1 unsaved' \
        --send 'w\x0c\c' --expect 'accepted' --send 'y\x0c\c' --expect 'saved 1' --send 'q\c' --
    is 'a accepts a proposal' "$(vault get db/PASSWORD)" "$MARKER-proposed"
    stdout_lacks "$MARKER" 'without showing it'
    cd .. || exit 1
fi

# ---- the whole story in another terminal, which keeps what scrolls away

if command -v tmux >/dev/null; then
    export TMUX_TMPDIR="$TMP"
    shown() { # REGEX: waits until the screen has it
        tries=0
        until tmux capture-pane -p | grep -q -e "$1"; do
            tries=$((tries + 1))
            [ "$tries" -lt 1500 ] || { echo "it never showed: $1" && tmux capture-pane -p && return 1; }
            sleep 0.1
        done
    }
    mkdir story && cd story || exit 1
    given vault init -e dev,prod
    given vault set "db/PASSWORD=$MARKER-1" -e dev
    given vault set --open "app/LEVEL=info" -e dev,prod
    tmux -u -f /dev/null new-session -d -x 80 -y 24 "sh -c 'echo before; \"$BIN\" ui; echo after; exec sleep 1000'"
    ok 'tmux: it begins' shown 'q quit'
    tmux send-keys j
    ok 'the cursor moves' shown '^> PASSWORD'
    tmux send-keys v
    ok 'v shows the value' shown "^$MARKER-1"
    tmux send-keys Escape
    ok 'a key hides it' shown 'q quit'
    tmux send-keys l s
    ok 's asks' shown 'value of db/PASSWORD in prod'
    tmux send-keys "$MARKER-2" Enter
    ok 'it is marked' shown '+≠'
    tmux resize-window -x 40 -y 10
    ok 'the size changes' shown '^q quit.*…$'
    tmux resize-window -x 200 -y 60
    ok 'and again' shown 'c copy$'
    tmux capture-pane -p | sed 's/20[0-9-]* by/DATE by/; s|  /.*vault.toml|  PATH|; s/ *$//; 13,57d' >screen
    cat >wanted <<'END'
vault  PATH  [1 unsaved]
            dev                       prod
            me                        me
app
  LEVEL      ○ info                    ○ info
db
> PASSWORD   ●                        +≠





PASSWORD in prod: set, not saved, differs from dev
set PASSWORD: w saves, u takes it back
q quit  ? keys  / search  s set  w save  u undo  Enter history  v show  c copy
END
    ok 'the screen is as wanted' diff wanted screen
    tmux send-keys w y
    ok 'it is saved' shown 'saved 1 change'
    tmux send-keys q
    ok 'it ends' shown '^after'
    is 'the screen is as before' "$(tmux capture-pane -p -S - | grep -v '^$' | tr '\n' ' ')" 'before after '
    tmux kill-server
    is 'what was set is there' "$(vault get db/PASSWORD -e prod)" "$MARKER-2"
    cd .. || exit 1
fi

# ---- a passphrase

mkdir locked && cd locked || exit 1
run pty --expect 'assphrase' --secret 'correct horse battery' --expect 'again' --secret 'correct horse battery' -- \
    "$BIN" init --passphrase
VAULT_PASSPHRASE='correct horse battery' vault set "A=$MARKER" >/dev/null 2>&1
ui --expect 'passphrase of' --send 'correct horse battery\r\x0c\c' --expect 'A in dev: 2' --send 'q\c' --
stdout_lacks 'correct' 'a passphrase is asked for inside, and not shown'
ui --expect 'passphrase of' --send '\x1b\c' --expect 'unverified' --send 'q\c' --
stdout_has A 'without it names are shown'
cd .. || exit 1

finish
