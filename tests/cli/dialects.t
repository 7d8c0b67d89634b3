#!/bin/sh
# --from-dotenv: the plain reading and what it says, --dialect, and what is refused.
. "$(dirname "$0")/scene.sh"

given vault init
given vault create s

# reads EXPECTED DIALECT TEXT: what A then is; "plain" is no dialect.
reads() {
    printf '%s' "$3" >in.env
    if [ "$2" = plain ]; then
        run vault create s --force --from-dotenv ./in.env
    else
        run vault create s --force --from-dotenv ./in.env --dialect "$2"
    fi
    status_is 0 "$2 accepts $3"
    is "$2 reads $3" "$(vault get s/A && echo .)" "$1."
}

says() { # LINE TEXT
    ok "a note: line $1: …$2" grep -q "^note: line $1 of \./in\.env: .*$2" "$STDERR"
}
says_nothing() {
    ok 'nothing is said' or_tell not grep -q -v -e '^hint: rm ' -e '^note: .* in dev: ' "$STDERR"
}

reads b plain 'A=b # c'
says_nothing
reads 'b#c' plain "# one${newline}A=b#c"
says 2 'a # within a value'
reads b node 'A=b#c'
says_nothing
reads 'b#c' python 'A=b#c'
reads b ruby 'A=b#c'
reads 'b#c' compose 'A=b#c'
reads 'b#c' godotenv 'A=b#c'
reads 'x\ty' node 'A="x\ty"'
reads 'x	y' python 'A="x\ty"'
reads xty ruby 'A="x\ty"'
reads "x${newline}y" node "A=\`x${newline}y\`"

# Nothing is expanded, and nothing is run, whatever the parser would do.
for dialect in plain node python ruby compose godotenv; do
    # shellcheck disable=SC2016
    reads '${HOME}$HOME$(touch ran)`touch ran`' $dialect 'A=${HOME}$HOME$(touch ran)`touch ran`'
    [ $dialect = node ] || says 1 'is kept as written'
    ok "$dialect runs nothing" test ! -e ran
done

# What a dialect passes over is said, and not what it was.
reads 1 node "A=1${newline}$MARKER $MARKER"
says 2 'skipped'
stderr_lacks "$MARKER"
reads 1 python "A=1${newline}B='$MARKER"
says 2 'skipped'

# What a dialect refuses is refused.
printf 'A=1\nB="%s\n' "$MARKER" >bad.env
for dialect in compose godotenv; do
    refuses 1 'bad.env: line 2: a quote that is not closed' '' \
        vault update s --from-dotenv bad.env --dialect $dialect
done
given vault update s --from-dotenv bad.env --dialect node
printf 'A=1\nB=%s\n\n\nB-C=%s\nD=2\n1E=3\n' "$MARKER" "$MARKER" >bad.env
for dialect in node python; do
    refuses 1 'invalid names: line 5 (B-C), line 7 (1E)' 'letters, digits and _' \
        vault update s --from-dotenv bad.env --dialect $dialect
done
refuses 1 'line 5 (B-C)' '' vault update s --from-dotenv bad.env

# On stdin, by each file of its own, and with other sources.
with "A=b#c$newline" run vault create s --force --from-dotenv - --dialect node
is 'stdin has a dialect too' "$(vault get s/A)" b
echo 'A=1' >one.env
echo 'A=2#2' >two.env
given vault create s --force --from-dotenv one.env --dialect node --from-dotenv two.env
is 'the later file wins' "$(vault get s/A)" 2

# What cannot be.
refuses 2 'no dialect bash' 'dialect node' vault update s --from-dotenv one.env --dialect bash
refuses 2 'needs --from-dotenv' '' vault update s A=1 --dialect node
refuses 2 'does not take --' '' vault list --dialect node

# Sizes that real files have not, in a bounded time: of the processor, since the machine may be busy.
bounded() {
    sh -c 'ulimit -t 20 && exec "$@"' - "$@"
}
awk 'BEGIN { for (i = 0; i < 50000; i++) printf "KEY_%d=\"value %d\"\n", i, i }' >large.env
run bounded "$BIN" create large --from-dotenv large.env
status_is 0 'fifty thousand keys'
is 'the last of them' "$(vault get large/KEY_49999)" 'value 49999'

# Of very many lines with something to say, some are told, and the number of the others.
awk 'BEGIN { for (i = 0; i < 1000; i++) printf "A%d=b#c\n", i }' >noisy.env
given vault create s --force --from-dotenv noisy.env
ok 'not all are told' test "$(grep -c "^note: .*noisy.env" "$STDERR")" -eq 201
stderr_has 'of noisy.env there would be 800 more to tell'

# A text full of what may be a command takes no time.
awk 'BEGIN { printf "A="; for (i = 0; i < 200000; i++) printf "\\$(" }' >hostile.env
run bounded "$BIN" create s --force --from-dotenv hostile.env --dialect ruby
status_is 0 'two hundred thousand beginnings of commands'

# A damaged vault.
cp vault.toml whole.toml
sed 's/^next-secret = "./next-secret = "A/' whole.toml >vault.toml
cmp -s vault.toml whole.toml && sed 's/^next-secret = "./next-secret = "B/' whole.toml >vault.toml
refuses 5 '' '' vault update s --from-dotenv one.env
refuses 5 '' '' vault update s --kind github

finish
