#!/bin/sh
# Draws the README's picture: runs a session on a terminal, in a temporary folder with its own HOME,
# and writes the screen as SVG.
# usage: build-aux/session.sh PROGRAM >examples/session.svg
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
program=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
for variable in $(env | sed -n 's/^\([A-Z_]*\)=.*/\1/p'); do
    case $variable in
    VAULT_* | GIT_* | XDG_*) unset "$variable" ;;
    esac
done
export HOME="$folder/home" USER=alice TERM=dumb LC_ALL=C PATH="$folder/bin:$PATH"
export GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
mkdir "$HOME" "$folder/bin" "$folder/project"
ln -s "$program" "$folder/bin/vault"
git config --global user.name alice
git config --global user.email alice@example.org
cd "$folder/project"
git init -q .
cat >server <<'END'
#!/bin/sh
echo "server: listening, with the key ${API_KEY%????????}..."
END
chmod +x server

comment() { # TEXT
    printf 'comment\t# %s\n' "$1"
}

# The screen, without the name of the temporary folder.
run() { # COMMAND [HOW pty.py ANSWERS]…
    command=$1
    shift
    printf 'command\t$ %s\n' "$command"
    "$top/tests/pty.py" "$@" -- sh -c "$command" >"$folder/said" || :
    awk -v home="$HOME" '
        { sub(/ *$/, ""); at = index($0, home)
          if (at) $0 = substr($0, 1, at - 1) "~" substr($0, at + length(home)) }
        /^(note|hint): / { print "aside\t" $0; next }
        /^vault: / { print "refusal\t" $0; next }
        /^\+/ { print "added\t" $0; next }
        /^-/ { print "removed\t" $0; next }
        { print "output\t" $0 }' "$folder/said"
}

quietly() { # COMMAND…
    "$@" >"$folder/said" 2>&1
}

session() {
    comment 'one file, two environments, each with a key of its own'
    run 'vault init -e dev,prod'
    run 'vault set stripe/API_KEY -e prod' --expect 'API_KEY: ' --secret sk_live_8vR2qT4mZx
    comment 'the program gets its secrets in its environment'
    run 'vault exec stripe -e prod -- ./server'
    comment 'names can be read, values are sealed'
    run 'tail -n 2 vault.toml'
    quietly git add -A
    quietly git commit -m 'a vault'
    comment 'a change is one line of the file, and told by name'
    quietly vault set stripe/API_KEY=sk_live_Jk7wQ2hTnB -e prod
    run 'git diff -U0 | grep "^[-+]API"'
    run 'vault diff'
    comment 'whoever tampers with the file gets nothing started'
    run 'sed -i s/API_KEY/WEBHOOK_KEY/ vault.toml'
    run 'vault exec -e prod -- ./server'
}

session >"$folder/session"
awk -F '\t' '
    function plain(text) {
        gsub(/[[:cntrl:]]/, "", text); gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text)
        return text
    }
    BEGIN { columns = 84; line = 20; left = 20; top = 34 }
    function draw(kind, text) {
        text = plain(text)
        if (kind == "command") text = "<tspan class=\"prompt\">$</tspan>" substr(text, 2)
        rows = rows sprintf("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", kind, left, top + y, text)
        y += line
    }
    {
        text = substr($0, index($0, "\t") + 1)
        if ($1 == "comment" && NR > 1) y += line / 2
        while (length(text) > columns && $1 ~ /aside|refusal/) { # a sentence goes on in the next line
            for (end = columns; substr(text, end + 1, 1) != " "; end--);
            draw($1, substr(text, 1, end))
            text = substr(text, end + 2)
        }
        if (length(text) > columns) text = substr(text, 1, columns - 1) "\342\200\246"
        draw($1, text)
    }
    END {
        width = 2 * left + columns * 8.43; height = top + y
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" xml:space=\"preserve\" role=\"img\">\n", width, height, width, height
        print "<title>A session with vault</title>"
        print "<style>"
        print "text { font: 14px ui-monospace, \"SFMono-Regular\", Menlo, Consolas, \"DejaVu Sans Mono\", monospace;"
        print "  fill: #c9d1d9; white-space: pre }"
        print ".command { fill: #ffffff; font-weight: bold } .prompt { fill: #7ee787 }"
        print ".comment { fill: #8b98a5; font-style: italic } .aside { fill: #9fb3c8 }"
        print ".refusal, .removed { fill: #ff9492 } .added { fill: #7ee787 }"
        print "</style>"
        printf "<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#0d1117\" stroke=\"#6e7681\"/>\n", width - 1, height - 1
        printf "%s</svg>\n", rows
    }' "$folder/session"
