#!/bin/sh
# What the Markdown files name is there: files, verbs, commits, promises.
. "$(dirname "$0")/lib.sh"
cd "$TOP"

prose() { # FILE: without its blocks
    sed '/^```/,/^```$/d' "$TOP/$1"
}

for text in README.md CONTRIBUTING.md SECURITY.md docs/*.md examples/README.md packaging/README.md; do
    {
        prose "$text" | grep -o ']([^)]*)' | sed "s|^](|${text%"${text##*/}"}|; s/)\$//"
        prose "$text" | grep -oE '`(build-aux|cli|docs|examples|lib|man|packaging|tests)/[a-z0-9_./-]*`' | tr -d '`' || :
    } | sort -u >"$TMP/named"
    cat "$TMP/named" >>"$TMP/all"
    missing=$(while read -r name; do
        [ -e "$TOP/$name" ] || echo "$name"
    done <"$TMP/named")
    is "$text: the files that it names are there" "$missing" ''
done
ok 'the test reads links' grep -qx 'docs/../vault.h' "$TMP/all"
ok 'the test reads paths' grep -qx 'tests/lib.sh' "$TMP/all"

# The first column of a table, from the row that begins with FIRST.
verbs() { # FIRST
    sed -n "/^| $1 |/,/^\$/p" "$TOP/README.md" | grep -o '`[a-z-]*`' | tr -d '`' | sort
}
is "the README's verbs are the program's" "$(verbs begin)" \
    "$(vault help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p' | sort)"

# *SUBJECT* (`git show HASH`), with a line break anywhere.
tr '\n' ' ' <"$TOP/CONTRIBUTING.md" | grep -o '\*[^*]*\* (`git show [0-9a-f]*`)' >"$TMP/commits"
ok 'the test reads the commits' test -s "$TMP/commits"
if git -C "$TOP" cat-file -e "$(sed -n '1s/.*git show \([0-9a-f]*\).*/\1/p' "$TMP/commits")" 2>/dev/null; then
    while read -r line; do
        hash=$(echo "$line" | sed 's/.*git show \([0-9a-f]*\).*/\1/')
        is "it is the commit $hash" "$(git -C "$TOP" log -1 --format=%s "$hash")" \
            "$(echo "$line" | sed 's/^\*//; s/\* (.*//')"
    done <"$TMP/commits"
else
    skip 'the commits are those that it names' 'this tree has no history'
fi

# SECURITY.md's promises and tests/attacks agree: prints what does not.
promises() { # TOP
    awk '
        function fault(what) { print what }
        FILENAME ~ /SECURITY.md$/ {
            if (/^## /) inside = $0 == "## Promises"
            if (!inside) next
            if (match($0, /^[0-9]+\. \*\*[^*]*\*\*/)) {
                if ($1 != ++count ".") fault("number " $1 " comes after " count - 1)
                text[count] = substr($0, RSTART, RLENGTH)
                sub(/^[0-9]+\. \*\*/, "", text[count])
                sub(/\*\*$/, "", text[count])
            }
            while (match($0, /\]\(tests\/[^)]*\)/)) {
                test = substr($0, RSTART + 2, RLENGTH - 3)
                $0 = substr($0, RSTART + RLENGTH)
                if ((getline line <(top "/" test)) < 0) fault("promise " count ": there is no " test)
                close(top "/" test)
                tests[count]++
                of[test] = count
            }
            next
        }
        FNR == 2 {
            test = substr(FILENAME, length(top) + 2)
            if (!(test in of)) fault(test " is beside no promise")
            else if ($0 != "# Promise " of[test] ": " text[of[test]]) fault(test " says " $0)
        }
        END {
            if (!count) fault("there are no promises")
            for (i = 1; i <= count; i++) if (!tests[i]) fault("promise " i " names no test")
        }' top="$1" "$1/SECURITY.md" "$1"/tests/attacks/*.t
}
is 'each promise has a test, and each attack its promise' "$(promises "$TOP")" ''

# The check can fail: in a copy, of which something is removed.
mkdir "$TMP/copy"
cp -R "$TOP/tests" "$TMP/copy"
finds() { # NAME FAULT SED: what sed makes of SECURITY.md has that fault
    sed "$3" "$TOP/SECURITY.md" >"$TMP/copy/SECURITY.md"
    promises "$TMP/copy" >"$TMP/faults"
    ok "$1 is found" or_say "$(cat "$TMP/faults")" grep -qxF "$2" "$TMP/faults"
}
last=$(grep -c '^[0-9]*\. \*\*' "$TOP/SECURITY.md")
finds 'a promise that was removed' 'number 3. comes after 1' '/^2\. /,/(tests/d'
finds 'the last one' 'tests/attacks/plugin-stuck.t is beside no promise' "/^$last\\. /,/(tests/d"
finds 'a promise without a test' 'promise 4 names no test' 's/\[looking\].*//'
finds 'a script without a promise' 'tests/attacks/looking.t is beside no promise' 's/\[looking\].*//'
finds 'another wording' 'tests/attacks/looking.t says # Promise 4: Inspecting a vault pins nothing.' \
    's/Inspecting a vault pins nothing/Inspecting a vault accepts nothing/'
rm "$TMP/copy/tests/attacks/looking.t"
finds 'a script that was removed' 'promise 4: there is no tests/attacks/looking.t' ''
cp "$TMP/copy/tests/attacks/no-file.t" "$TMP/copy/tests/attacks/new.t"
finds 'a script that was added' 'tests/attacks/new.t is beside no promise' ''

done_testing
