#!/bin/sh
# The README's picture is what a session looks like: made again, it is the same but for what is
# random, and for the time.
. "$(dirname "$0")/../lib.sh"

command -v git >/dev/null || skip_all 'there is no git'
command -v python3 >/dev/null || skip_all 'there is no python3'

# What is sealed, and dates.
without_chance() {
    sed 's|[A-Za-z0-9+/]\{22,\}|SEALED|g; s|20[0-9-]*T[0-9:]*Z|DATE|g'
}

picture=$TOP/examples/session.svg
run "$TOP/build-aux/session.sh" "$BIN"
status_is 0 'the session runs'
cp "$STDOUT" again.svg
without_chance <again.svg >again
without_chance <"$picture" >kept
ok 'it is as in the picture (otherwise: build-aux/session.sh ./vault >examples/session.svg)' diff kept again
ok 'though not byte for byte' not cmp -s "$picture" again.svg
is 'what was typed hidden is not in it' "$(grep -c sk_live_8vR2qT4mZx again.svg || true)" 0
is 'no temporary folder is in it' "$(grep -c "$TMP" again.svg || true)" 0
run python3 -c 'import sys, xml.dom.minidom as dom
picture = dom.parse(sys.argv[1])
print(sorted({e.tagName for e in picture.getElementsByTagName("*")}))' again.svg
stdout_is "['rect', 'style', 'svg', 'text', 'title', 'tspan']" 'it is XML, of text: no script, nothing from elsewhere'

run "$TOP/build-aux/ui-picture.sh" "$BIN"
status_is 0 'the dashboard runs'
ok 'it is as in its picture (otherwise: build-aux/ui-picture.sh ./vault >examples/ui.svg)' \
    cmp "$STDOUT" "$TOP/examples/ui.svg"
stdout_lacks 'x1y2z3' 'what was typed hidden is not in it'
run python3 -c 'import sys, xml.dom.minidom as dom
picture = dom.parse(sys.argv[1])
print(sorted({e.tagName for e in picture.getElementsByTagName("*")}))' "$TOP/examples/ui.svg"
stdout_is "['rect', 'style', 'svg', 'text', 'title']" 'it is XML too'

done_testing
