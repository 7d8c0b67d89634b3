#!/bin/sh
# verify --history: what came, went or came back through real git history; and how long all of it
# takes, with how many processes.
. "$(dirname "$0")/repository.sh"

# found WHAT TEXT COMMIT [NAME]: one line says so, of this commit.
found() {
    ok "${4:-$1: $2}" or_tell grep -q "^$3 [0-9TZ:-]*  $1 *$2  by Test <test@example.org>\$" "$STDOUT"
}

person alice bob eve
quietly vault init -e dev,prod
quietly vault set app/URL="$MARKER-1" app/PORT=1
quietly vault set db/PASSWORD="$MARKER-p" -e prod
commit one
run vault verify --history
status_is 0 'a sound history'
stdout_is ''
stderr_is 'note: 1 version: 0 broken, 0 returned, replaced or gone, 0 removed'

# ---- what came back, was replaced, or went

quietly vault set app/URL="$MARKER-2"
commit two && two=$head
run vault verify --history
status_is 0 'a value that was changed'
quietly vault set app/URL="$MARKER-1"
commit same
run vault verify --history
status_is 0 'one that somebody has set back'
quietly vault set app/URL="$MARKER-3"
commit three
git show "$two~1:vault.toml" >vault.toml
commit back && back=$head
run vault verify --history
status_is 7 'an old line put back'
found returned "dev app/URL, as it was before $two" "$back"
run vault verify --history -e prod
status_is 0 'not in that environment'
stdout_is ''

quietly vault delete app/PORT -y
commit gone && gone=$head
quietly vault create more A=1 B=2
commit more
quietly vault delete more -y
commit nomore && nomore=$head
quietly vault env create stage --like dev
quietly vault set x/Y=1 -e stage
commit stage
quietly vault env delete stage -y
commit nostage && nostage=$head
run vault verify --history
status_is 7
found removed 'dev app/PORT' "$gone"
found removed 'dev secret more' "$nomore"
found removed 'stage environment' "$nostage"
stdout_lacks 'more/A' 'what went with its secret is not told of by itself'
stdout_lacks 'stage x' 'nor what went with its environment'
run vault verify --history -e prod
status_is 0 'a removal alone'

quietly vault grant bob "$(public bob)" -e prod
commit grant
quietly vault revoke bob -e prod
commit revoke && revoke=$head
run vault verify --history -e prod
status_is 0 'a revocation, with a rotation that its past vouches for'
found removed 'prod reader bob' "$revoke"
quietly vault rotate -e prod --forget-past
commit forget && forget=$head
run vault verify --history -e prod
status_is 7 'a key whose past is forgotten'
found replaced 'prod key, and its past does not hold the one before' "$forget"

cp vault.toml "$TMP/ours"
rm vault.toml
quietly vault init
commit other && other=$head
run vault verify --history -e dev
status_is 7 'another vault in its place'
found replaced 'the vault by another one: it has another id' "$other"
cp "$TMP/ours" vault.toml
commit ours

# ---- what does not verify

sound=$head
# damage COMMAND…: what it makes of the file, as one commit; in the next all is right again.
damage() {
    "$@" <vault.toml >damaged
    ! cmp -s damaged vault.toml || { echo "nothing damaged: $*" && exit 1; }
    mv damaged vault.toml
    commit damage
    damage=$head
    git show "$sound:vault.toml" >vault.toml
    commit mended
    run vault verify --history
}

damage spoil URL
status_is 5 'a value'
found broken 'line [0-9]*: the value of dev/app/URL was changed by .*' "$damage"
stderr_has 'vault: the history holds 1 thing that does not verify'
damage spoil first-secret
status_is 5 'a seal'
found broken 'line [0-9]*: the start of the environment dev was changed by .*' "$damage"
damage sed '/^me = /s/\["age1[a-z0-9]*/["'"$(public eve)/"
status_is 5 'a reader who came without a grant'
found broken 'the reader me of dev was added or changed by .*' "$damage"
damage sed '1s/^/<<<<<<< HEAD\n/'
status_is 5 'conflict markers'
found broken '.*conflict.*' "$damage"
damage sed 's/^id = .*/id = "AAAAAAAAAAAAAAAAAAAAAA"/'
status_is 5 'an id, under all seals'
damage sed '3,$d'
status_is 5 'a file that was cut'
rm "$XDG_STATE_HOME/vault/pins"
run vault verify
status_is 0 'of which the file itself has nothing'

# ---- without keys

run as eve vault verify --history
status_is 5 'without a key what can be seen is told'
stderr_has 'note: you cannot open all versions of dev: those were not verified'
found removed 'dev app/PORT' "$gone"
found returned "dev app/URL, as it was before .*" "$back" 'and what came back'
quietly git clone -q --depth 1 "file://$WORK" "$TMP/shallow"
cd "$TMP/shallow"
refuses 1 'this clone is shallow' 'git fetch --unshallow' vault verify --history
cd "$WORK"
run vault verify --history -e nope
status_is 4 'an environment that never was'

# ---- two thousand commits over two hundred keys

mkdir "$TMP/many" && cd "$TMP/many"
quietly git init -q .
quietly vault init
i=0
while [ "$i" -lt 200 ]; do
    printf 'KEY_%03d=value-%d\n' "$i" "$i"
    i=$((i + 1))
done >values
for i in 0 1 2 3 4 5 6 7 8 9 10; do
    sed "s/\$/-$i/" values >these
    quietly vault create app --from-dotenv these --force
    [ "$i" -gt 0 ] || cp vault.toml first
    cp vault.toml "version$i"
done
# Each set anew has its own lines, and they hold the same names: a line of one fits into the other.
quietly sh -c '"$TOP/tests/cli/many.py" 2000 version* | git fast-import --quiet'
quietly git reset -q --hard main
mkdir "$TMP/counting"
cat >"$TMP/counting/git" <<END
#!/bin/sh
echo "\$*" >>"$TMP/called"
exec $(command -v git) "\$@"
END
chmod +x "$TMP/counting/git"
# With its children's: it does not depend on what else the machine does.
cat >"$TMP/cpu.py" <<'END'
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
use = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write("%d\n" % ((use.ru_utime + use.ru_stime) * 1000))
sys.exit(status)
END
quick() { # COMMAND…: in two seconds of processor time, with at most three processes
    : >"$TMP/called"
    run env PATH="$TMP/counting:$PATH" python3 "$TMP/cpu.py" "$TMP/cpu" "$@"
    took=$(cat "$TMP/cpu")
    echo "# $2: $took ms, $(wc -l <"$TMP/called") processes"
    grep -q __asan_init "$BIN" && took=0 # a sanitizer takes its own time
    ok "$2: under 2 s over 2000 commits" test "$took" -lt 2000
    ok "$2: at most three processes" test "$(wc -l <"$TMP/called")" -le 3
}
quick "$BIN" log
status_is 0
is 'all commits were read' "$(grep -c '^[0-9a-f]\{10\} ' "$STDOUT")" 2000
is 'and 200 values, and what each became' "$(grep -c ' app/KEY_' "$STDOUT")" 2199
quick "$BIN" log app/KEY_007
status_is 0
is 'of one key its own' "$(grep -c '^[0-9a-f]\{10\} ' "$STDOUT")" 11
quick "$BIN" exposed
status_is 0
quick "$BIN" verify --history
status_is 0

finish
