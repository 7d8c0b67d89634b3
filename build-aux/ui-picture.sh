#!/bin/sh
# Draws the picture of the dashboard: runs it on a terminal, in a temporary folder with its own HOME,
# and writes its screen as SVG.
# usage: build-aux/ui-picture.sh PROGRAM >examples/ui.svg
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
program=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
for variable in $(env | sed -n 's/^\([A-Z_]*\)=.*/\1/p'); do
    case $variable in
    VAULT_* | GIT_* | XDG_* | NO_COLOR) unset "$variable" ;;
    esac
done
export HOME="$folder/home" USER=alice TERM=xterm LC_ALL=C.UTF-8 VAULT_AGENT=off
mkdir "$HOME" "$folder/shop"
cd "$folder/shop"
ln -s "$program" vault

quietly() { # COMMAND…
    "$@" >"$folder/said" 2>&1
}

set_value() { # ENVIRONMENTS NAME VALUE OPTION…
    envs=$1
    pair=$2=$3
    shift 3
    quietly ./vault set "$pair" -e "$envs" "$@"
}

quietly ./vault init -e dev,prod,staging
quietly ./vault keygen -o "$folder/bob"
quietly ./vault grant bob "$(sed -n '/^age1/p' "$folder/said")" -e dev,staging
set_value dev,staging app/LOG_LEVEL debug --open
set_value prod app/LOG_LEVEL info --open
set_value dev,staging app/SESSION_KEY 3f9a77c1e0d2b864
set_value prod app/SESSION_KEY 9bd10c55ae3f7712
set_value dev,staging,prod db/HOST db.internal
set_value dev db/PASSWORD correct-horse
set_value staging db/PASSWORD battery-staple
set_value prod db/PASSWORD tr0ub4dor-and-3
quietly ./vault set --template 'db/URL=postgres://app:{{ PASSWORD | url }}@{{ HOST }}' -e dev
set_value dev mail/SMTP_PASSWORD hunter2hunter2
set_value dev,staging stripe/API_KEY test-4eC39HqLyjWDarjtT1
set_value prod stripe/API_KEY live-8vR2qT4mZxJk7wQ2hT
set_value prod stripe/WEBHOOK_KEY whsec-Jk7wQ2hTnB

"$top/tests/pty.py" --size 80x24 --expect 'q quit' --send 'jjjlls\x0c\c' --expect 'value of' --send 'x1y2z3\r\x0c\c' \
    --expect '1 unsaved' --send 'q\c' --expect 'without' --send 'y\c' -- ./vault ui -f vault.toml >"$folder/screen"

python3 - "$folder/screen" <<'END'
import html
import re
import sys

COLUMNS, LINES, WIDE, HIGH, LEFT, TOP = 80, 24, 8.43, 20, 20, 34
CLASSES = {"1": "strong", "2": "faint", "4": "head", "7": "here", "31": "red", "32": "green", "33": "yellow",
           "35": "magenta", "36": "cyan"}
shown = open(sys.argv[1], "rb").read().decode()
start = shown.rindex("\033[2J", 0, shown.index("1 unsaved", shown.rindex("\033[2J", 0, shown.rindex("1 unsaved"))))
shown = shown[start : shown.index("\033[2J", start + 4) if "\033[2J" in shown[start + 4 :] else len(shown)]
frames = shown.split("leave without")[0]
cells = [[(" ", frozenset())] * COLUMNS for _ in range(LINES)]
x = y = 0
style = frozenset()
for move, which, character in re.findall(r"\033\[([?0-9;]*)([A-Za-z])|(.)", frames):
    if which == "H" and move:
        y, x = (int(number) - 1 for number in move.split(";"))
    elif which == "m":
        style = frozenset(CLASSES[code] for code in move.split(";") if code in CLASSES)
    elif character and x < COLUMNS:
        cells[y][x] = (character, style)
        x += 1
width, height = 2 * LEFT + COLUMNS * WIDE, 2 * LEFT + LINES * HIGH
print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
      f'viewBox="0 0 {width:.0f} {height}" xml:space="preserve" role="img">')
print("<title>The dashboard of vault</title>\n<style>")
print('text { font: 14px ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace;')
print("  fill: #c9d1d9; white-space: pre }")
print(".strong { font-weight: bold; fill: #ffffff } .head { text-decoration: underline } .faint { fill: #8b98a5 }")
print(".red { fill: #ff9492 } .green { fill: #7ee787 } .yellow { fill: #f2cc60 } .magenta { fill: #e2a6ff }")
print(".cyan { fill: #79d4f2 } .back { fill: #3a4553 }\n</style>")
print(f'<rect x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1}" rx="8" fill="#0d1117" stroke="#6e7681"/>')
for y, line in enumerate(cells):
    x = 0
    while x < COLUMNS:
        end = x
        while end < COLUMNS and line[end][1] == line[x][1]:
            end += 1
        text = "".join(character for character, _ in line[x:end])
        names = " ".join(sorted(line[x][1] - {"here"}))
        if "here" in line[x][1]:
            print(f'<rect class="back" x="{LEFT + x * WIDE:.1f}" y="{TOP + y * HIGH - 15}" '
                  f'width="{(end - x) * WIDE:.1f}" height="{HIGH}"/>')
        if text.strip():
            print(f'<text class="{names}" x="{LEFT + x * WIDE:.1f}" y="{TOP + y * HIGH}" '
                  f'textLength="{len(text) * WIDE:.1f}">{html.escape(text)}</text>')
        x = end
print("</svg>")
END
