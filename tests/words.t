#!/bin/sh
# What README, CONTRIBUTING and SECURITY name is there: files, verbs, commits.
. "$(dirname "$0")/lib.sh"

prose() { # FILE: without its blocks
    sed '/^```/,/^```$/d' "$TOP/$1"
}

for text in README.md CONTRIBUTING.md SECURITY.md; do
    {
        prose "$text" | grep -o ']([^)]*)' | sed 's/^](//; s/)$//'
        prose "$text" | grep -oE '`(build-aux|cli|examples|lib|man|tests)/[a-z0-9_./-]*`' | tr -d '`' || :
    } | sort -u >"$TMP/named"
    cat "$TMP/named" >>"$TMP/all"
    missing=$(while read -r name; do
        [ -e "$TOP/$name" ] || echo "$name"
    done <"$TMP/named")
    is "$text: the files that it names are there" "$missing" ''
done
ok 'the test reads links' grep -qx 'vault.h' "$TMP/all"
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

done_testing
