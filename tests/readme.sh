#!/bin/sh
# Types the blocks of a Markdown file, from its first to its last, in an empty folder and an empty
# HOME with vault on the PATH, and compares what it shows with what happens. Says so in TAP.
# usage: tests/readme.sh [FILE]    README.md unless given
#
#   ```console    "$ command", and under it what the terminal then shows. "bob$ command" is typed by
#                 another person, at home in another HOME. A line that begins with "> " goes on with
#                 the command. In what is shown "…" stands for any text in a line, and a line of
#                 nothing else for any lines. A command must succeed, unless a line that begins with
#                 "vault: " or "$ echo $?" shows that it does not.
#   ```sh         must succeed as a whole; what it prints is not looked at
#   <!-- file: NAME -->         above a block: it is written to the file
#   <!-- not run: REASON -->    above a block: it is skipped
#
# A block that is none of these is an error: what nobody types becomes untrue.
case ${1:-} in
/* | '') markdown=${1:-} ;;
*) markdown=$PWD/$1 ;;
esac
. "$(dirname "$0")/lib.sh"

for needed in git python3; do
    command -v "$needed" >/dev/null || skip_all "there is no $needed"
done
markdown=${markdown:-$TOP/README.md}
STEPS=$TMP/steps
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME
mkdir "$STEPS" "$TMP/bin" "$TMP/homes"
ln -s "$BIN" "$TMP/bin/vault"
PATH=$TMP/bin:$PATH

# The library, as after make install.
version=$(sed -n 's/^#define VAULT_VERSION "\(.*\)"/\1/p' "$TOP/vault.h")
mkdir "$TMP/lib"
for name in libvault.so "libvault.so.${version%%.*}"; do
    ln -s "$(dirname "$BIN")/libvault.so" "$TMP/lib/$name"
done
ln -s "$TOP/vault.h" "$TMP/lib/vault.h"
sed "s|@LIBDIR@|$TMP/lib|; s|@INCLUDEDIR@|$TMP/lib|; s|@VERSION@|$version|; s|@RPATH@| -Wl,-rpath,$TMP/lib|" \
    "$TOP/build-aux/vault.pc.in" >"$TMP/lib/vault.pc"
export PKG_CONFIG_PATH="$TMP/lib"

# A step is what is typed, or a block of another kind: NUMBER.kind (command, sh, file, skip, lost),
# .about (who types it; the file's name; the reason; the kind of block), .text and .shown.
take_apart() {
    awk -v steps="$STEPS" '
        function put(what, text) { printf "%s", text >(step "." what); close(step "." what) }
        function begin(kind, about) {
            step = sprintf("%s/%03d", steps, ++count)
            put("kind", kind); put("about", about); put("line", NR); text = shown = ""
        }
        function end() { if (step != "") { put("text", text); put("shown", shown) }; step = "" }
        !kind && /^<!-- (file|not run): .* -->$/ {
            remark = $0; sub(/^<!-- /, "", remark); sub(/ -->$/, "", remark); next }
        !kind && /^```/ {
            kind = substr($0, 4); if (kind == "") kind = "unnamed"
            if (remark ~ /^file: /) { begin("file", substr(remark, 7)); kind = "taken" }
            else if (remark ~ /^not run: /) { begin("skip", substr(remark, 10)); kind = "taken" }
            else if (kind == "sh") begin("sh", "")
            else if (kind != "console") begin("lost", kind)
            remark = ""; next }
        /^```$/ { end(); kind = ""; next }
        !kind { if ($0 != "") remark = ""; next }
        kind != "console" { text = text $0 "\n"; next }
        /^[a-z]*\$ / {
            end(); who = $0; sub(/\$.*/, "", who); sub(/^[a-z]*\$ /, "")
            begin("command", who); text = $0; next }
        /^> / { text = text "\n" substr($0, 3); next }
        { if (step == "") begin("lost", "output without a command"); shown = shown $0 "\n" }
    ' "$markdown"
}

# What a person has at the beginning.
settle() { # WHO
    HOME=$TMP/homes/$1
    [ ! -d "$HOME" ] || return 0
    mkdir "$HOME"
    cat >"$HOME/.gitconfig" <<END
[user]
    name = $1
    email = $1@example.org
[init]
    defaultBranch = main
[core]
    pager = cat
[color]
    ui = false
END
}

# On a terminal, in the folder that the last one ended in, with $? as it left it.
type_command() { # WHO TEXT
    settle "${1:-you}"
    before=$status
    run env USER="${1:-you}" "$TOP/tests/pty.py" -- sh -c '
        cd "$(cat "$1")" && (exit "$2")
        eval "$3"
        status=$?
        pwd >"$1"
        exit "$status"' - "$TMP/folder" "$before" "$2"
}

as_shown() { # SHOWN-FILE STATUS-IS-SHOWN
    [ "$status" -eq 0 ] || $2 || { echo "exit status $status" && return 1; }
    awk '
        function fits(shown, real, parts, n, i, at) {
            n = split(shown, parts, "…")
            if (n < 2) return shown == real
            if (index(real, parts[1]) != 1) return 0
            real = substr(real, length(parts[1]) + 1)
            for (i = 2; i < n; i++) {
                if (!(at = index(real, parts[i]))) return 0
                real = substr(real, at + length(parts[i]))
            }
            return length(real) >= length(parts[n]) &&
                substr(real, length(real) - length(parts[n]) + 1) == parts[n]
        }
        function fit(i, j) { # whether the lines from i on, as shown, are the real ones from j on
            for (; i <= lines; i++) {
                if (wanted[i] == "…") {
                    for (; j <= count + 1; j++) if (fit(i + 1, j)) return 1
                    return 0
                }
                if (j > count || !fits(wanted[i], real[j])) {
                    if (j > furthest) { furthest = j; at = i }
                    return 0
                }
                j++
            }
            return j > count
        }
        FNR == NR { wanted[++lines] = $0; next }
        { sub(/ *$/, ""); real[++count] = $0 }
        END {
            if (fit(1, 1)) exit 0
            printf "shown:  %s\nreally: %s\n", at ? wanted[at] : "(nothing more)", real[furthest ? furthest : lines + 1]
            exit 1
        }' "$1" "$STDOUT" || { sed 's/^/said: /' "$STDOUT" && return 1; }
}

settle you
pwd >"$TMP/folder"
take_apart
ok "$(basename "$markdown") has something to type" test -e "$STEPS/001.kind"
number=0
for kind in "$STEPS"/*.kind; do
    [ -e "$kind" ] || break
    step=${kind%.kind}
    number=$((number + 1))
    about=$(cat "$step.about")
    name="line $(cat "$step.line"): $(cat "$step.text")"
    case $(cat "$kind") in
    command)
        next=$STEPS/$(printf %03d $((number + 1)))
        is_shown=false
        if grep -q '^vault: ' "$step.shown" || [ "$(cat "$next.text" 2>/dev/null)" = 'echo $?' ]; then
            is_shown=true
        fi
        type_command "$about" "$(cat "$step.text")"
        ok "$name" as_shown "$step.shown" "$is_shown"
        ;;
    sh)
        settle you
        run sh -c 'cd "$(cat "$1")" && . "$2"' - "$TMP/folder" "$step.text"
        status_is 0 "$name"
        ;;
    file) ok "$name: is kept as $about" cp "$step.text" "$(cat "$TMP/folder")/$about" ;;
    skip) skip "line $(cat "$step.line")" "$about" ;;
    *) ok "$name: is something to type ($about)" false ;;
    esac
done
done_testing
