#!/bin/sh
# The published vectors of the format: the implementation in Python and the library read each vault
# as expected, generate.py makes the vectors again, and run.py notices a reader that is wrong.
. "$(dirname "$0")/../lib.sh"

for tool in python3 age; do
    command -v "$tool" >/dev/null || skip_all "there is no $tool"
done
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || skip_all 'python3 is older than 3.9'
export PYTHONDONTWRITEBYTECODE=1
FORMAT=$TOP/tests/vectors/format

vectors() { # ARGUMENT…
    python3 "$FORMAT/run.py" "$@"
}

# A reader's cases in one check each: those that failed are told.
passes() { # NAME COMMAND…
    name=$1
    shift
    run vectors --batch 200 "$@"
    ok "$name" or_tell not grep -A 10 '^not ok' "$STDOUT"
    ok "$name: it was asked everything" test "$status" = 0
    ok "$name: more than 500 cases" test "$(grep -c '^ok' "$STDOUT")" -gt 500
}

passes 'the implementation in Python' python3 "$TOP/tests/independent/answer.py"

passes 'the library' "$BUILD/tests/vectors/vault-tool" answer

mkdir again
run python3 "$FORMAT/generate.py" again
status_is 0 'generate.py runs'
for made in good keys good.json damaged.json; do
    ok "$made is made again, byte for byte" or_tell diff -r "again/$made" "$FORMAT/$made"
done
ok 'the vectors are smaller than 2 MB' test "$(du -sk "$FORMAT" | cut -f 1)" -lt 2000

# What run.py has to notice.
reader() { # NAME, and a script on stdin
    { echo '#!/bin/sh' && cat; } >"$1"
    chmod +x "$1"
}
refused() { # NAME COMMAND…
    name=$1
    shift
    run vectors --only plain "$@"
    status_is 1 "$name"
    ok "$name: every case fails" not grep -q '^ok' "$STDOUT"
}
reader says-nothing </dev/null
refused 'a reader that says nothing' ./says-nothing
reader says-rubbish <<'END'
echo rubbish
END
refused 'a reader that says no JSON' ./says-rubbish
reader accepts-all <<'END'
echo '{"id": "x", "environments": {}}'
END
refused 'a reader that finds nothing' ./accepts-all
reader refuses-all <<'END'
echo '{"error": "format"}'
END
refused 'a reader that refuses all' ./refuses-all
reader fails <<'END'
python3 "$TOP/tests/independent/answer.py" "$@"
exit 1
END
refused 'a reader that answers and fails' ./fails
reader wrong-value <<'END'
python3 "$TOP/tests/independent/answer.py" "$@" | sed 's/"b25l"/"dHdv"/; s/"vault":/"vaults":/'
END
run vectors --only plain ./wrong-value
ok 'a wrong value is told' \
    has_text '/dev/secrets/app/variables/A/value: "dHdv", expected "b25l"' "$STDOUT"
run vectors --only plain --without secrets ./wrong-value
status_is 0 'what is left out is not compared'

run vectors --write written --only open-basic
ok 'the cases can be written as files' cmp written/open-basic.toml "$FORMAT/good/open-basic.toml"

done_testing
