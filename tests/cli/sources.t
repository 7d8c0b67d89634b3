#!/bin/sh
# Where create and update take values from, which one wins, and what is refused.
. "$(dirname "$0")/scene.sh"

# holds KEY=VALUE…: the secret s has these and no others.
holds() {
    for pair in "$@"; do
        printf '%s\n' "$pair"
    done | sort >"$TMP/expected"
    env -i "$BIN" exec s --clean -f vault.toml --identity "$IDENTITY" -- env | sort >"$TMP/held"
    ok "s holds $*" cmp "$TMP/expected" "$TMP/held"
}

# Of s alone.
makes() { # EXPECTED… -- ARGUMENT…
    list=
    while [ "$1" != -- ]; do
        list="$list$1$newline"
        shift
    done
    shift
    run vault create s --force "$@"
    status_is 0 "create s $*: exit status 0"
    printf '%s' "$list" | sort >"$TMP/expected"
    env -i "$BIN" exec s --clean -f vault.toml --identity "$IDENTITY" -- env | sort >"$TMP/held"
    ok "create s $*: it holds what it should" cmp "$TMP/expected" "$TMP/held"
}

given vault init
given vault create s

# ---- the environment

export ONE=1 TWO=2 EMPTY=
makes ONE=1 TWO=2 EMPTY= -- --from-env ONE,TWO,EMPTY
refuses 4 'NOT_1, NOT_2' '' vault update s --from-env ONE,NOT_1,TWO,NOT_2

# ---- json

printf '{"A": "a\\u00e9\\n", "NULL": null, "B": ""}' >a.json
run vault create s --force --from-json a.json
status_is 0
is 'json: a string' "$(vault get s/A)" 'aé'
is 'json: null is skipped' "$(vault list s | wc -l)" 2
json() { # TEXT WHAT-IS-SAID
    printf '%s' "$1" >bad.json
    refuses 1 "$2" '' vault update s A=1 --from-json bad.json
}
stderr_has 'rm a.json, which still has these values' 'json: what to do with the file'
printf '{"PORT":5432,"ON": true ,"F":-0.5e+3}' >bare.json
makes PORT=5432 ON=true F=-0.5e+3 -- --from-json bare.json
printf 'PORT = 5432\nON = true\nHEX = 0x1F\n' >bare.toml
makes PORT=5432 ON=true HEX=0x1F -- --from-toml bare.toml
printf 'A=encrypted:BBWl0123\n' >dotenvx
refuses 1 'A' 'dotenvx get -f dotenvx | vault create dotenvx --from-json -' \
    vault create dotenvx --from-dotenv dotenvx
with 'A=1' run vault create piped --from-dotenv -
stderr_lacks 'still has' 'nothing of stdin is left'
given vault delete -y piped
json '{"PORT": 05432}' PORT
json '{"ON": yes}' ON
json '{"DEEP": {"A": "b"}}' DEEP
json '{"LIST": []}' LIST
json "{\"A\": \"$MARKER\", \"B\": [1]}" B
json "[\"$MARKER\"]" bad.json
json "{\"A\": \"$MARKER\"" bad.json
json "{\"A\": $MARKER}" bad.json
json "{\"A\": \"$MARKER\"} x" bad.json
json '' bad.json
printf '{"a b": "%s"}' "$MARKER" >bad.json
refuses 2 '' '' vault update s --from-json bad.json
printf '{"A": "%s", "B": "", "A": "%s"}' "$MARKER" "$MARKER" >twice.json
refuses 1 'twice.json: A is defined twice' '' vault update s --from-json twice.json
refuses 4 'nowhere.json' '' vault update s --from-json nowhere.json

# ---- toml

cat >a.toml <<'END'
A = "one"
B = '''
two'''
"C" = "\u00e9"
END
makes A=one B=two 'C=é' -- --from-toml a.toml
toml() { # TEXT WHAT-IS-SAID
    printf '%s' "$1" >bad.toml
    refuses 1 "$2" '' vault update s A=1 --from-toml bad.toml
}
toml '[PORT]' 'line 1: PORT is a table'
toml 'ON = yes' 'line 1'
toml "ON = 'true'${newline}DAY = 2024-01-31" 'line 2, column 7: not accepted: a value is a string in quotes'
toml 'HOSTS = ["a", "b"]' 'line 1, column 9: not accepted: a value is a string in quotes'
toml "A = '1'${newline}[deep]${newline}B = '2'" deep
toml "A = \"$MARKER" bad.toml
toml "A = $MARKER" bad.toml
toml "$MARKER" bad.toml

# ---- dotenv

cat >.env <<'END'
# a comment
export A=one
B="two\tthree" # more
C='four five'
D=
END
makes A=one "B=two	three" 'C=four five' D= -- --from-dotenv .env
mkdir -p deep/er
cp vault.toml deep/er
(cd deep/er && given vault create up --from-dotenv .env && given vault get up/A && cat "$STDOUT") \
    >"$TMP/found"
is 'a name without / is searched upward' "$(cat "$TMP/found")" one
(cd deep/er && run vault update up --from-dotenv ./.env && cat "$STDERR") >"$TMP/found"
ok 'a name with / is not' has_text '.env' "$TMP/found"
rm -r deep
with "A=from stdin$newline" makes 'A=from stdin' -- --from-dotenv -
printf 'A=1\n%s\n' "$MARKER" >bad.env
refuses 1 'bad.env' '' vault update s --from-dotenv bad.env
ok 'the line is named' has_text 'line 2' "$STDERR"
refuses 4 'nowhere.env' '' vault update s --from-dotenv ./nowhere.env

# All that is wrong at once, and what the rest of the file is worth without it.
cat >messy.env <<END
A=1
$MARKER
A=2
1X=3
B="\${A}/b" # \$A within single quotes stays
C='\$A'
D="4" $MARKER
E=\$NOWHERE
END
refuses 1 'line 2: ' '--skip-invalid' vault create messy --from-dotenv messy.env
for place in 'line 4 (1X)' 'line 7: ' 'note: line 3 of messy.env: a name that an earlier line has'; do
    ok "said at once: $place" has_text "$place" "$STDERR"
done
refuses 1 'line 8: ' '--skip-invalid' vault create messy --from-dotenv messy.env --expand
makes A=2 "B=\${A}/b" "C=\$A" "E=\$NOWHERE" -- --from-dotenv messy.env --skip-invalid
makes A=2 B=2/b "C=\$A" -- --from-dotenv messy.env --skip-invalid --expand
for place in 'line 2 ' 'line 4 ' 'line 7 ' 'line 8 '; do
    stderr_has "note: ${place}of messy.env: passed over" "passed over and said: $place"
done
printf 'A=1\nB="2\n' >messy.env
refuses 1 'line 2: a quote' '' vault create messy --from-dotenv messy.env --skip-invalid
refuses 2 '--expand' '' vault create messy --from-dotenv messy.env --expand --dialect node
refuses 2 '--skip-invalid' '' vault create messy --skip-invalid A=1
printf 'A=\\$5\nB="\\$B"\nC=$5\nD=$A${A}' >dollars.env
makes 'A=$5' 'B=$B' 'C=$5' 'D=$5$5' -- --from-dotenv dollars.env --expand
awk 'BEGIN { print "A0=0123456789abcdef"; for (i = 1; i < 40; i++) printf "A%d=$A%d$A%d\n", i, i - 1, i - 1 }' >doubling.env
refuses 1 'line 21: ' '' vault create messy --from-dotenv doubling.env --expand

# ---- the order

printf 'A=env\nB=env\nC=env\nD=env\n' >.env
printf '{"B": "json", "C": "json"}' >a.json
printf 'C = "toml"\n' >a.toml
export D=environ
makes A=env B=json C=toml D=environ -- --from-dotenv .env --from-json a.json --from-toml a.toml \
    --from-env D
makes A=env B=env C=env D=env -- --from-env D --from-toml a.toml --from-json a.json --from-dotenv .env
makes A=typed B=env C=env D=last -- A=typed D=first --from-dotenv .env D=last
given vault create s --force OLD=old A=old
given vault update s A=new --from-json a.json
holds OLD=old A=new B=json C=json

# ---- KEY=-

with "$MARKER$newline" run vault update s A=-
status_is 0
stderr_has 'note: the final newline was dropped'
is 'KEY=- is stdin' "$(vault get s/A)" "$MARKER"
with "$MARKER$newline" run vault update s A=- --raw
is 'byte for byte with --raw' "$(vault get s/A; echo .)" "$MARKER$newline."
with '' refuses 1 'stdin is empty: no value for A' '' vault update s A=-
with 'x' refuses 1 'stdin is empty: no value for B' '' vault update s A=- B=-

finish
