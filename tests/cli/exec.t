#!/bin/sh
# exec: what the command gets, and what it does not; what is passed on, and when nothing is started.
. "$(dirname "$0")/scene.sh"

# not_started TEXT HINT ARGUMENT…
not_started() {
    started_text=$1 started_hint=$2
    shift 2
    refuses 125 "$started_text" "$started_hint" vault exec "$@" -- touch "$WORK/started"
}

given vault init
with "$MARKER" given vault set API_KEY
given vault create db "PASSWORD=of db" USER=u SHARED=same
given vault create web PORT=80 SHARED=same

# ---- the command's environment

export OWN=own
run vault exec -- env
status_is 0
stderr_is ''
stdout_has "API_KEY=$MARKER$newline"
stdout_has "PASSWORD=of db$newline" 'all secrets of the environment'
stdout_has "OWN=own$newline" 'and what was there'
is 'each once' "$(grep -c '^SHARED=same$' "$STDOUT")" 1
run vault exec db -- env
stdout_has PASSWORD=
stdout_lacks API_KEY= 'a secret that is named, and no other'
is 'the exec of others: run without a shell' "$(vault exec db -- printf '%s|' 'a b' '$PASSWORD' '')" 'a b|$PASSWORD||'
is 'options of the command are its own' "$(vault exec -- echo -h --env -e)" '-h --env -e'
is 'a second -- is the command'"'"'s' "$(vault exec -- sh -c 'echo "$@"' - a -- b)" 'a -- b'

is '--only' "$(vault exec --only PASSWORD,PORT -- env | grep -c -E '^(PASSWORD|PORT|USER|API_KEY)=')" 2
is '--only, twice' "$(vault exec --only PASSWORD --only PORT -- env | grep -c -E '^(PASSWORD|PORT|USER|API_KEY)=')" 2
is '--except, twice' "$(vault exec --except USER --except API_KEY -- env | grep -c -E '^(PASSWORD|PORT|USER|API_KEY)=')" 2
is '--except' "$(vault exec --except USER,API_KEY -- env | grep -c -E '^(PASSWORD|PORT|USER|API_KEY)=')" 2
run vault exec db --prefix DB_ -- env
stdout_has "DB_PASSWORD=of db"
ok '--prefix: the name without it is not set' not grep -q '^PASSWORD=' "$STDOUT"
is '--prefix: --only and --require take the keys' \
    "$(vault exec db --prefix DB_ --only USER --require USER -- sh -c 'echo "$DB_USER$DB_PASSWORD"')" u
not_started '--prefix takes letters' '' --prefix 'a-'
not_started '--prefix takes letters' '' --prefix '1'
not_started '--prefix takes letters' '' --prefix 'A=B'

is 'a secret goes before what is set' "$(PORT=1 vault exec -- sh -c 'echo $PORT')" 80
is '--no-override: what is set stays' "$(PORT=1 vault exec --no-override -- sh -c 'echo $PORT$USER')" 1u
is '--no-override: even if it is empty' "$(PORT='' vault exec --no-override -- sh -c 'echo "<$PORT>"')" '<>'
is 'a name that begins with another one' "$(PORTS=1 POR=2 vault exec -- sh -c 'echo $PORT $PORTS $POR')" '80 1 2'
run vault exec web --clean -- env
stdout_has "PATH=$PATH"
stdout_has "HOME=$HOME"
stdout_lacks OWN= '--clean: nothing else'
run env VAULT_IDENTITY="$(cat "$IDENTITY")" "$BIN" exec -- env
stdout_lacks VAULT_IDENTITY= 'VAULT_IDENTITY is taken out'
run env VAULT_PASSPHRASE= VAULT_ENV=dev "$BIN" exec -- env
stdout_lacks VAULT_PASSPHRASE= 'VAULT_PASSPHRASE is taken out'
stdout_has VAULT_ENV=dev 'VAULT_ENV is not'
mv "$IDENTITY" given.key
run env VAULT_PASSPHRASE="$MARKER" "$BIN" exec --identity given.key -- env
stdout_lacks VAULT_PASSPHRASE= 'it is where it was not used, too'
mv given.key "$IDENTITY"

# ---- one name in several secrets

given vault set web/SHARED=other
not_started 'SHARED is defined differently by db and web' 'the later one wins'
is 'the later one wins' "$(vault exec db web -- sh -c 'echo $SHARED')" other
is 'in the order given' "$(vault exec web db -- sh -c 'echo $SHARED')" same
is 'one that is not wanted is no matter' "$(vault exec --except SHARED -- sh -c 'echo $PORT')" 80
is 'a secret may be named twice' "$(vault exec db web db -- sh -c 'echo $SHARED')" same

# ---- nothing is started

refuses 125 'no command given after --' 'vault exec -- env' vault exec
refuses 125 'no command given after --' 'vault exec -- env' vault exec --
refuses 125 'no command given after --' 'vault exec -- db …' vault exec db env
refuses 125 'unknown option -c' 'vault exec \[SECRET…\] -- COMMAND…' vault exec db sh -c true
not_started 'there is no secret bd in dev' 'there is db' bd
not_started 'there is no secret bd in dev' '' db bd
not_started 'there is no environment prod' 'vault env list' -e prod
not_started 'required, and not in dev: KEY_1, KEY_2' '' --require KEY_1,PORT,KEY_2 --except SHARED
not_started 'required, and not in dev: PORT' '' db --require PORT
not_started 'required, and not in dev: KEY_1' '' --require KEY_1 --require PORT --except SHARED
not_started '--require lists no name' '' --require , db
not_started '--only lists no name' '' --only , db
not_started '--except lists no name' '' --except ,, db
not_started '--only: no variable PASWORD in dev' 'there is PASSWORD' db --only USER,PASWORD
not_started '--except: no variable PASWORD in dev' 'there is PASSWORD' db --except PASWORD
not_started '--only: no variable PORT in dev' 'vault list -e dev' db --only PORT
not_started 'unknown option --frob' 'vault exec -h' --frob
not_started 'nowhere.key' '' --identity nowhere.key
not_started 'nowhere.toml' '' -f nowhere.toml
given vault keygen -o wrong.key
not_started 'none of the keys' 'vault grant NAME age1' --identity wrong.key
chmod 644 wrong.key
not_started 'wrong.key can be read by others' 'chmod 600' --identity wrong.key

# Every name that the list has, as it stands there; * stands for X.
run vault help dangerous
status_is 0
sed -n 's/^  \([A-Za-z0-9_]*\)\(\*\{0,1\}\)  *[A-Za-z ]*$/\1\2/p' "$STDOUT" >dangerous
ok 'the list is in byte order, each name once' env LC_ALL=C sort -c -u dangerous
is 'all lines of it are read' "$(wc -l <dangerous)" "$(grep -c '^  ' "$STDOUT")"
sed 's/\*/X/; s/$/=1/' dangerous >names.env
with "$MARKER" given vault set api/GIT_TOKEN
given vault create bad --from-dotenv names.env
is 'create says all of them at once' \
    "$(sed -n 's/^note: exec will not set .* without --allow-dangerous=//p' "$STDERR" | tr , '\n' | sort)" \
    "$(sed 's/=1//' names.env | sort)"
sed -n '1p; 0~16p; $p' names.env >some.env
while read -r name; do
    name=${name%=1}
    run vault exec bad --only "$name" -- touch "$WORK/started"
    [ "$status" -eq 125 ] && has_text "bad/$name would set $name, which makes " "$STDERR" &&
        has_text "hint: --except $name leaves it out; --allow-dangerous=$name sets it" "$STDERR" || echo "$name"
done <some.env >let_through
is 'some of them, all along the list, are refused' "$(cat let_through)" ''
for name in LD_PRELOAD DYLD_INSERT_LIBRARIES GIT_CONFIG_KEY_0 GIT_CONFIG_PARAMETERS LUA_INIT_5_4 npm_config_script_shell \
    Npm_Config_Node_Options COR_PROFILER_PATH_64 LESSKEY_CONTENT VAULT_PIN; do
    given vault create bad --force "$name=$MARKER" OTHER=1
    stderr_has "note: exec will not set $name without --allow-dangerous=$name"
    not_started "bad/$name would set $name" "--allow-dangerous=$name sets it" bad
done
given vault create bad --force GIT_TOKEN=1 PYTHONUNBUFFERED=1 VAULT_TOKEN=1 VAULT_ADDR=1 GIT_AUTHOR_NAME=1 \
    HTTPS_PROXY=1 SSL_CERT_FILE=1 NPM_CONFIG_REGISTRY=1 NPM_TOKEN=1 CARGO_REGISTRY_TOKEN=1 LUA=1 LD=1 PATHS=1 \
    LESSONS=1 TF_VAR_x=1 home=1 DJANGO_SETTINGS_MODULE=1 NODE_ENV=production
stderr_lacks dangerous 'names that are like them, and are not'
run vault exec bad -- sh -c 'echo $NODE_ENV'
stdout_is production 'are set'
given vault create bad --force "PS4=$MARKER" "PERL5OPT=$MARKER"
run vault exec bad --allow-dangerous=PERL5OPT,PS4 -- env
stdout_has "PS4=$MARKER" '--allow-dangerous sets it'
stdout_has "PERL5OPT=$MARKER"
run vault exec bad --allow-dangerous PERL5OPT --allow-dangerous=PS4 -- env
stdout_has "PS4=$MARKER" '--allow-dangerous, twice'
not_started 'bad/PS4 would set PS4, which makes sh run other code' '' bad --allow-dangerous=PERL5OPT
not_started 'bad/PERL5OPT would set PERL5OPT' '' bad --allow-dangerous=PS4,PERL5,PERL5OPTS
refuses 125 '--allow-dangerous needs a value' 'vault exec -h' vault exec bad --allow-dangerous -- env
run vault exec bad --except PS4,PERL5OPT -- echo started
stdout_is started '--except leaves it out'
given vault create bad --force "PRELOAD=$MARKER" "SSH_SK_HELPER=$MARKER"
not_started 'bad/PRELOAD would set LD_PRELOAD, which makes the loader' '--except PRELOAD leaves' bad --prefix LD_
given vault create fzf "DEFAULT_OPTS=$MARKER"
not_started 'fzf/DEFAULT_OPTS would set FZF_DEFAULT_OPTS_FILE' '--allow-dangerous=FZF_DEFAULT_OPTS_FILE' \
    fzf --prefix FZF_ --files
run vault exec bad --files -- sh -c 'cat "$SSH_SK_HELPER_FILE"; echo'
stdout_is "$MARKER" 'what is no such name with its suffix is set'
given vault create bad --force "PRELOAD=$MARKER"
run vault exec bad --prefix MY_ -- env
stdout_has "MY_PRELOAD=$MARKER" 'what has a prefix is not dangerous'

printf 'a\000%s' "$MARKER" >zero
given vault set bad/ZERO --from-file zero
not_started 'bad/ZERO holds a zero byte' '--files' bad
head -c 131068 /dev/zero | tr '\0' x >long
given vault create bad --force
given vault set bad/XX --from-file long
is 'the longest that fits' "$(vault exec bad -- sh -c 'echo ${#XX}')" 131068
printf x >>long
given vault set bad/XX --from-file long
not_started 'bad/XX is too long' '--files' bad
i=0
set --
while [ $i -lt 25 ]; do
    i=$((i + 1))
    set -- "$@" "bad/K$i"
done
head -c 131000 long >less
given vault create bad --force
for name; do
    given vault set "$name" --from-file less
done
refuses 125 'the environment would be too long' '--files' \
    sh -c 'ulimit -s 8192; exec "$BIN" exec bad -- touch started'
given vault delete bad -y

# A seal that does not hold, in a secret that was not even asked for.
cp vault.toml whole.toml
sed '/^\[dev.web\]/,$s/^created-by = .*/created-by = "mallory"/' whole.toml >vault.toml
not_started '' '' db
mv whole.toml vault.toml
ok 'nothing was ever started' not test -e started

# ---- the process

run sh -c 'echo $$ && exec "$BIN" exec db -- sh -c "echo \$\$"'
is 'the process id stays' "$(sort -u "$STDOUT" | wc -l | tr -d ' ')" 1
for code in 0 1 3 125 255; do
    run vault exec db -- sh -c "exit $code"
    status_is "$code" "its exit status is passed on: $code"
done
for signal in 2 9 11 15; do
    run sh -c 'exec 2>/dev/null; ulimit -c 0; "$BIN" exec db -- sh -c "kill -$1 \$\$"; exit $?' - $signal
    status_is $((128 + signal)) "its signal is passed on: $signal"
done
run sh -c 'trap "" INT; exec "$BIN" exec db -- sh -c "kill -INT \$\$; echo \$USER"'
stdout_is u 'a signal that is ignored stays ignored'
refuses 127 'cannot run no-such-command' '' vault exec db -- no-such-command
refuses 127 'cannot run ./no-such' '' vault exec db -- ./no-such
: >plain
refuses 126 'cannot run ./plain' '' vault exec db -- ./plain
refuses 126 'cannot run .' '' vault exec db -- .
refuses 127 'cannot run' '' vault exec db -- ''

# ---- descriptors, limits and what others can see

if [ -d /proc/self/fd ]; then
    list='ls -l /proc/self/fd | sed -n "s/.* \([0-9]*\) -> .*/\1/p" | tr "\n" " "'
    run sh -c "exec 3>&- 4>&- 5>&-; sh -c '$list'"
    usual=$(cat "$STDOUT")
    run sh -c "exec 3>&- 4>&- 5>&-; \"\$BIN\" exec db -- sh -c '$list'"
    is 'the command gets no descriptor of ours' "$(cat "$STDOUT")" "$usual"
    run sh -c '"$BIN" exec db -- sh -c "test ! -e /proc/\$\$/fd/0; echo \$?" <&-'
    stdout_is 0 'a closed stdin stays closed'
    run sh -c '"$BIN" exec db -- sh -c "test ! -e /proc/\$\$/fd/1; echo \$? >&2" >&- 2>out; cat out; rm out'
    stdout_is 0 'a closed stdout stays closed'
    run sh -c '"$BIN" exec db -- sh -c "test ! -e /proc/\$\$/fd/2; echo \$?" 2>&-'
    stdout_is 0 'a closed stderr stays closed'
    run sh -c 'exec 7<vault.toml; "$BIN" exec db -- sh -c "head -n 1 <&7"'
    stdout_has '#' 'one that was passed to us is passed on'
    run vault exec app -- sh -c 'cat /proc/$PPID/cmdline /proc/$$/cmdline | tr "\0" " "'
    stdout_lacks "$MARKER" 'no value stands in argv'
else
    skip 'descriptors' 'there is no /proc/self/fd'
fi
export ASAN_OPTIONS=disable_coredump=0 # a build that stops at bad memory has a limit of its own
for limit in 0 unlimited; do
    sh -c 'ulimit -S -c "$1"' - "$limit" 2>/dev/null || continue
    run sh -c 'ulimit -S -c "$1"; exec "$BIN" exec db -- sh -c "ulimit -S -c"' - "$limit"
    stdout_is "$limit" "the limit of core files is what it was: $limit"
done
is 'stdin is the command'"'"'s' "$(echo words | vault exec db -- cat)" words
is 'the umask is what it was' "$(umask 037 && vault exec db -- sh -c umask)" 0037
is 'so is the folder' "$(mkdir d && cd d && vault exec db -- pwd)" "$WORK/d"

finish
