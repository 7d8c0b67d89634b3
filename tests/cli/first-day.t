#!/bin/sh
# A team's first day, in tmux at 60, 80 and 120 columns: each screen has the words that it should have,
# and no line of a list or of help is broken by the terminal.
. "$(dirname "$0")/scene.sh"

for tool in tmux git; do
    command -v $tool >/dev/null || skip_all "there is no $tool"
done
mkdir "$TMP/bin" "$TMP/bob"
ln -s "$BIN" "$TMP/bin/vault"
export PATH="$TMP/bin:$PATH" GIT_PAGER=cat TERM=screen USER=alice

tm() {
    (cd "$TMP" && tmux -S tmux -f /dev/null "$@")
}

trap 'tm kill-server 2>/dev/null || :; chmod -R u+rwx "$TMP"; rm -rf "$TMP"' EXIT

# A pattern that the screen must match, and what is typed.
cat >"$TMP/day" <<'END'
made vault.toml|vault init -e dev,prod
stripe/WEBHOOK_KEY in dev|vault set stripe/API_KEY=sk_test_4eC39H stripe/WEBHOOK_KEY=whsec_9fK2
value of .*PASSWORD|vault set db/PASSWORD -e prod
2 |vault list
db .*1 |vault list --all
API_KEY.*alice|vault list stripe
\.gitattributes|vault git-setup
exit 0|git add . && git commit -qm vault
exit 0|HOME=$TMP/bob XDG_CONFIG_HOME= vault keygen >../bob.pub
bob can read prod|vault grant bob ../bob.pub -e dev,prod
bob .*X25519|vault readers
age1[0-9a-z]*|vault whoami
exit 0|git commit -qam "bob reads"
added .*reader bob|vault log -n 1
API_KEY|vault get stripe/API_KEI
could read 2 values in dev|vault revoke bob
exit 0|git commit -qam "bob has left"
bob .*prod .*db/PASSWORD|vault exposed
exit 5|sed -i s/WEBHOOK/OTHER/ vault.toml && vault verify
exit 125|vault exec -- true
usage: vault set|vault help set
revoke .*reader|vault help
END
# Types them, each after the line "$ …" that a person would see; then says how it ended.
cat >"$TMP/replay" <<'END'
cd "$1" || exit
while IFS='|' read -r words command <&3; do
    printf '$ %s\n' "$command"
    eval "$command" 3<&-
    printf 'exit %s\n' "$?"
done 3<"$TMP/day"
END

for columns in 60 80 120; do
    rm -rf "$WORK/team" "$HOME/.config" "$HOME/.local" "$TMP/bob/.config"
    git init -q team
    tm new-session -d -x $columns -y 24 -s "day$columns" cat
    tm set-option -g history-limit 5000
    # In a window with that history. The terminal stays until the screen was read.
    tm new-window -d -t "day$columns:9" "sh '$TMP/replay' '$WORK/team'; tmux wait-for -S over; cat"
    until tm capture-pane -p -t "day$columns:9" -S - | grep -q '^value of .*PASSWORD'; do
        tm has-session -t "day$columns"
        sleep 0.05
    done
    tm send-keys -t "day$columns:9" correct-horse Enter
    tm wait-for over
    tm capture-pane -pJ -t "day$columns:9" -S - >"$TMP/screen"
    is "$columns columns: the terminal has them" "$(tm display-message -p -t "day$columns:9" '#{pane_width}')" $columns
    tm kill-server

    while IFS='|' read -r words command; do
        awk -v command="\$ $command" '
            $0 == command { inside = 1; print; next }
            /^\$ / { inside = 0 }
            inside { print }' "$TMP/screen" >"$TMP/part"
        ok "$columns columns: $command: $words" grep -q -e "$words" "$TMP/part"
    done <"$TMP/day"
    ok "$columns columns: what was typed hidden is not to be seen" not grep -q correct-horse "$TMP/screen"

    # A public key, a commit and a path have no place to break at, a message is prose, and help is
    # written for 100 columns.
    awk -v columns=$columns '
        /^\$ / { help = /help/; next }
        length <= columns || /age1/ || match($0, /[0-9a-f]+$/) && RLENGTH == 40 || /^(note|hint|vault): / || index($0, "/tmp/") { next }
        help && columns < 100 { next }
        { print }' "$TMP/screen" >"$TMP/broken"
    is "$columns columns: no line is broken" "$(cat "$TMP/broken")" ''
done

done_testing
