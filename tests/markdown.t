#!/bin/sh
# readme.sh finds what is untrue in a Markdown file, and nothing else.
. "$(dirname "$0")/lib.sh"

for needed in git python3; do
    command -v "$needed" >/dev/null || skip_all "there is no $needed"
done

# The file is stdin, with ~~~ for the fences.
typed() {
    sed 's/^~~~/```/' >"$WORK/text.md"
    run "$TOP/tests/readme.sh" text.md
}
finds() { # WHAT; the file is stdin
    typed
    is "it finds $1" "$status $(grep -c '^not ok' "$STDOUT" || true)" '1 1'
}
accepts() { # WHAT
    typed
    is "it accepts $1" "$status $(grep -c '^not ok' "$STDOUT" || true)" '0 0'
}

accepts 'what is true' <<'END'
~~~console
$ echo one; echo two
one
two
$ echo a 2026-01-31 b
a … b
$ seq 5
1
…
5
$ cat <<END
> three
> END
three
$ mkdir d && cd d
$ basename "$PWD"
d
$ vault get KEY
vault: …
hint: …
$ echo $?
4
$ false
$ echo $?
1
~~~
~~~sh
test "$(basename "$PWD")" = d
~~~
<!-- file: kept -->
~~~text
a line
~~~
~~~console
$ cat kept
a line
$ echo
…
~~~
END
stdout_has '1..15' 'all of it was typed'

finds 'another line' <<'END'
~~~console
$ echo one
two
~~~
END
stdout_has 'really: one' 'it says what it is really'
finds 'a line too few' <<'END'
~~~console
$ seq 2
1
~~~
END
finds 'a line too many' <<'END'
~~~console
$ echo 1
1
2
~~~
END
finds 'what ends otherwise' <<'END'
~~~console
$ echo a b c
a … d
~~~
END
finds 'what "…" would have to be less than nothing for' <<'END'
~~~console
$ echo aba
ab…ba
~~~
END
finds 'a command that fails in silence' <<'END'
~~~console
$ false
~~~
END
finds 'a block that fails' <<'END'
~~~sh
false
~~~
END
finds 'a block that nobody types' <<'END'
~~~python
print(1)
~~~
END
finds 'a file without a block' <<'END'
Nothing to type.
END

typed <<'END'
<!-- not run: it needs the moon -->
~~~sh
false
~~~
END
status_is 0 'what cannot be typed is no failure'
stdout_has '# SKIP it needs the moon' 'but skipped, with the reason'

typed <<'END'
~~~console
ann$ touch ~/mine && ls ~
mine
bob$ ls ~
~~~
END
status_is 0 'people have homes of their own'
is 'nothing is left of them' "$(find "$HOME" -name mine)" ''

done_testing
