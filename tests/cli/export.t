#!/bin/sh
# export: which values, as what, and into which file; and when nothing is handed out at all.
. "$(dirname "$0")/scene.sh"

command -v git >/dev/null || skip_all 'there is no git'

given vault init
with "$MARKER" given vault set API_KEY
given vault create db "PASSWORD=it's" 'USER=a "b"' SHARED=same EMPTY=
given vault create web PORT=80 SHARED=same

# As on a disk that is full: no file can grow. What is said comes through a pipe.
full_disk() {
    { sh -c 'trap "" XFSZ; ulimit -f 0; "$BIN" export "$@" 2>&1; echo $?' - "$@" | cat >&2; } 2>"$TMP/full"
    sed '$d' "$TMP/full" >&2
    return "$(sed -n '$p' "$TMP/full")"
}

mode_of() {
    python3 -c 'import os, sys; print("%o" % (os.stat(sys.argv[1]).st_mode & 0o777))' "$1"
}

# ---- which values

run vault export db
status_is 0
stdout_is "EMPTY=
PASSWORD=\"it's\"
SHARED=same
USER='a \"b\"'" 'dotenv, if nothing else is said'
stderr_is ''
is 'all of the environment' "$(vault export | grep -c =)" 6
ok 'the value' has_text "API_KEY=$MARKER" "$(vault export >"$TMP/all" && echo "$TMP/all")"
run vault export --only PASSWORD,PORT
stdout_is "PASSWORD=\"it's\"${newline}PORT=80" '--only'
run vault export web --except SHARED
stdout_is 'PORT=80' '--except'
run vault export web --prefix WEB_ --only PORT
stdout_is 'WEB_PORT=80' '--prefix'
run vault export --only EMPTY --except EMPTY
status_is 0 'nothing is chosen: no error'
stdout_is ''
refuses 4 'required, and not in dev: A, B' '' vault export --require A,PORT,B
refuses 4 'there is no secret bd in dev' 'there is db' vault export bd
refuses 4 'there is no environment prod' 'vault env list' vault export -e prod
refuses 2 '--prefix takes letters' '' vault export --prefix 1
refuses 2 'a name of over 256 characters' '' vault export --prefix "$(printf '%0250d' 0 | tr 0 P)"
given vault set web/SHARED=other
refuses 2 'SHARED is defined differently by db and web' 'the later one wins' vault export
is 'the later one wins' "$(vault export db web --only SHARED)" SHARED=other
is 'in the order given' "$(vault export web db --only SHARED)" SHARED=same
given vault set web/SHARED=same
refuses 2 'no format dotnev' '--format=dotenv' vault export --format dotnev
refuses 2 'no format x' 'vault help formats' vault export --format=x
refuses 3 'no key was given' 'vault keygen' env XDG_CONFIG_HOME="$TMP/nowhere" "$BIN" export

# ---- the formats

given vault create f 'A=it'"'"'s $X' 'B=' -e dev
given vault set f/C --from-file -
printf 'x\n"y"\n' >lines
given vault set f/C --from-file lines
for pair in \
    "node|A=\"it's \$X\"|B=|C='x
\"y\"
'" \
    "python|A=\"it's \$X\"|B=|C='x
\"y\"
'" \
    "ruby|A=\"it's \\\$X\"|B=|C='x
\"y\"
'" \
    "compose|A=\"it's \$\$X\"|B=|C='x
\"y\"
'" \
    "godotenv|A=\"it's \\\$X\"|B=|C='x
\"y\"
'" \
    "sh|export A='it'\\''s \$X'|export B=''|export C='x
\"y\"
'" \
    "fish|set -gx A 'it\\'s \$X'|set -gx B ''|set -gx C 'x
\"y\"
'" \
    "systemd|A=\"it's \\\$X\"|B=\"\"|C=\"x
\\\"y\\\"
\"" \
    'json|{|  "A": "it'"'"'s $X",|  "B": "",|  "C": "x\n\"y\"\n"|}' \
    'yaml|A: "it'"'"'s $X"|B: ""|C: "x\n\"y\"\n"' \
    'toml|A = "it'"'"'s $X"|B = ""|C = "x\n\"y\"\n"' \
    'tfvars|A = "it'"'"'s $X"|B = ""|C = "x\n\"y\"\n"' \
    'k8s|apiVersion: v1|kind: Secret|metadata:|  name: "f"|type: Opaque|data:|  A: "aXQncyAkWA=="|  B: ""|  C: "eAoieSIK"' \
    'example|A=|B=|C='; do
    run vault export f --format="${pair%%|*}"
    stdout_is "$(printf '%s' "${pair#*|}" | tr '|' '\n')" "${pair%%|*}"
done
run vault export f --format=docker --except C
stdout_is "A=it's \$X${newline}B=" docker
for pair in 'dotenv:' 'json:{}' 'yaml:{}' 'sh:'; do
    run vault export f --only B --except B --format="${pair%%:*}"
    stdout_is "${pair#*:}" "${pair%%:*}: of nothing"
done
given vault create My_Secret- K=v
run vault export My_Secret- --format=k8s
stdout_has 'name: "my-secret"' 'k8s: a name that may be one there'
run vault export --format=k8s --only PORT
stdout_has 'name: "dev"' 'k8s: of several secrets the environment is the name'
given vault create words NO=no y=1 Null=
run vault export words --format=yaml
stdout_is "\"NO\": \"no\"$newline\"Null\": \"\"$newline\"y\": \"1\"" 'yaml: words that mean more are quoted'

# ---- what cannot be carried

refuses 1 'dotenv cannot carry A (no quoting that all parsers read alike)' 'vault export --format=node' \
    vault export f
printf 'a\000b' >zero
printf 'a\377b' >bytes
given vault create odd 'QUOTES='"'"'"`' OK=ok
given vault set odd/ZERO --from-file zero
given vault set odd/BYTES --from-file bytes
refuses 1 'dotenv cannot carry BYTES (not UTF-8), QUOTES (no quoting that all parsers read alike), ZERO (a zero byte)' \
    '--format=k8s' vault export odd
run vault export odd
is 'one error' "$(grep -c '^vault:' "$STDERR")" 1
refuses 1 'json cannot carry BYTES (not UTF-8)' '--format=k8s' vault export odd --format=json
for format in sh fish compose godotenv; do
    refuses 1 "$format cannot carry ZERO (a zero byte)" '' vault export odd --format="$format"
    run vault export odd --format="$format" --except ZERO
    status_is 0 "$format: bytes that are no UTF-8"
done
refuses 1 'docker cannot carry C (a newline)' '--format=node' vault export f --format=docker
given vault create esc "E=$(printf '\033x')"
refuses 1 'systemd cannot carry E (a control character)' '' vault export esc --format=systemd
given vault create names 'UID=1' 'USERNAME=u' 'GITHUB_TOKEN=t'
refuses 1 "sh cannot carry UID (the shell's own name)" '' vault export names --format=sh
refuses 1 'github cannot carry GITHUB_TOKEN' '' vault export names --format=github
run vault export names --format=sh --except UID
stderr_has 'note: zsh does not let a file set USERNAME'
run vault export names
stderr_has 'note: bash does not let a file set UID'
given vault set 'odd/CR=a'"$(printf '\r')"'b'
run vault export odd --only CR --format=node
stderr_has 'note: node --env-file misreads a file that has CR'

# ---- -o

git init -q "$TMP/repository"
run vault export web -o .env
status_is 0
stdout_is ''
is 'private' "$(mode_of .env)" 600
is 'what it holds' "$(cat .env)" "PORT=80${newline}SHARED=same"
chmod 644 .env
given vault export db -o .env
is 'private, whatever it was' "$(mode_of .env)" 600
ok 'replaced' has_text PASSWORD .env
cp .env before
refuses 1 'dotenv cannot carry A' '' vault export f -o .env
ok 'a refusal leaves the file as it was' cmp .env before
run vault export web -o -
stdout_has PORT=80 '-o - is stdout'
ln -s elsewhere link
ln -s .env here
refuses 1 'link is a symlink' '' vault export web -o link
refuses 1 'here is a symlink' "-o $WORK/.env" vault export web -o here
given vault export web -o here --force
ok 'with --force the symlink stays' test -L here
is 'and what it leads to is written' "$(head -n 1 .env)" PORT=80
mkdir folder
refuses 1 'folder is not a regular file' '' vault export web -o folder
refuses 2 'empty value' '' vault export web -o ''
refuses 4 'cannot open the folder of no/such' '' vault export web -o no/such
refuses 1 'vault.toml is the vault' '' vault export web -o vault.toml
refuses 1 'is the vault' '' vault export web -o folder/../vault.toml --force
mkfifo pipe
refuses 1 'pipe is not a regular file' '' alone "$BIN" export web -o pipe
before=$(ls -lA) # the folder itself was written to, and has another time
run full_disk web -o .env
status_is 1
stderr_has 'vault: cannot write .env: File too large'
is 'a full disk: no file is left, and none is another' "$(ls -lA)" "$before"
if is_ordinary 'a folder that is shut'; then
    chmod 500 folder
    refuses 1 'cannot write folder/env: Permission denied' '' vault export web -o folder/env
fi
if there_is /dev/full 'disk full'; then
    run sh -c '"$BIN" export web >/dev/full'
    status_is 1 'disk full: exit status 1'
    stderr_has 'cannot write to standard output' 'disk full: said so'
fi

# ---- what people call a format

for alias in bash=sh SH=sh kubernetes=k8s YML=yaml .env=dotenv terraform=tfvars; do
    vault export web --format="${alias%=*}" >one 2>/dev/null
    vault export web --format="${alias#*=}" >other 2>/dev/null
    ok "${alias%=*} is ${alias#*=}" cmp one other
    ok "$alias: it is a text" test -s one
done
rm one other

# ---- where git would take it

export VAULT_FILE="$WORK/vault.toml"
cd "$TMP/repository"
in_repository() {
    find . -name .git -prune -o -type f -print | sort | tr '\n' ' '
}
mkdir -p sub/.git-not
refuses 1 'git would add .env: it is not ignored' "echo '.env' >>.gitignore" vault export web -o .env
refuses 1 'git would add sub/.env' '' vault export web -o sub/.env
refuses 1 'git would add a*b' '' vault export web -o 'a*b'
refuses 1 'git would add :(top)x' '' vault export web -o ':(top)x'
for format in $(vault help formats | sed -n 's/^  \([a-z0-9]*\)  .*/\1/p'); do
    matches 'example github' "*$format*" || refuses 1 'git would add .env' '' vault export web -o .env --format="$format"
done
ok 'which holds for each format with values' matches " $(vault help formats | tr -s ' \n' ' ')" '* sh *tfvars *'
is 'nothing was written' "$(in_repository)" ''
refuses 1 'git would add ci.key' "echo 'ci.key' >>.gitignore" vault keygen -o ci.key
refuses 1 'git would add new/deep/ci.key' "echo 'new/deep/ci.key' >>.gitignore" vault keygen -o new/deep/ci.key
refuses 1 "git would add $PWD/sub/ci.key" "echo 'ci.key' >>.gitignore" vault keygen -o "$PWD/sub/ci.key"
echo 'ci.key' >.gitignore
given vault keygen -o ci.key
given vault keygen -o new/deep/ci.key
given vault keygen -o "$TMP/outside.key"
given vault keygen -o forced.key --force
rm -r ci.key new forced.key
echo '.env' >.gitignore
run vault export web -o .env
status_is 0 'what git ignores is written'
run vault export web -o sub/.env
status_is 0 'also further down'
(cd sub && vault export web -o ../.env)
git add -f .env
cp .env before
given vault set web/PORT=81
refuses 1 'git tracks .env' 'git rm --cached .env' vault export web -o .env
ok 'what git tracks is left' cmp .env before
given vault export web -o .env --force
is 'unless --force is given' "$(head -n 1 .env)" PORT=81
git commit -q -m one --allow-empty
git worktree add -q "$TMP/tree" -b other
(cd "$TMP/tree" && run vault export web -o plain && [ "$status" -eq 1 ]) && worktree=refused
is 'in a worktree, too' "${worktree-}" refused
mkdir "$TMP/bin"
cat >"$TMP/bin/git" <<END
#!/bin/sh
env >'$PWD/environment'
exit 0
END
chmod +x "$TMP/bin/git"
VAULT_IDENTITY=$(cat "$IDENTITY") VAULT_PASSPHRASE='' PATH=$TMP/bin:$PATH vault export web -o plain 2>/dev/null
ok 'git was asked' test -s environment
ok 'git gets nothing that opens the vault' not grep -q -e "^VAULT_IDENTITY=" -e "^VAULT_PASSPHRASE=" environment
rm plain environment "$TMP/bin/git"
refuses 1 'git cannot say whether it would add plain' '--force' env PATH="$TMP/bin" "$BIN" export web -o plain
rm -f .env.example
run vault export --format=example -o .env.example
status_is 0 'names alone are for git'
is 'and for others to read' "$(mode_of .env.example)" 644
ok 'they are no values' not grep -q '=.' .env.example
rm -r "$TMP/repository/.git"
mkdir "$TMP/repository/.git"
refuses 1 'git cannot say whether it would add plain' '--force' vault export web -o plain
given vault export web -o plain --force
cd "$WORK"
unset VAULT_FILE

# ---- GitHub

refuses 1 'GITHUB_ENV is not set' '-o FILE' vault export web --format=github
export GITHUB_ENV="$WORK/github"
printf 'EARLIER=1' >github
given vault create gh "ONE=100% x" "TWO=first
second" NONE=
run vault export gh --format=github
stdout_is "::add-mask::100%25 x
::add-mask::first
::add-mask::second" 'each line is masked'
is 'on a line of its own' "$(head -n 1 github)" EARLIER=1
is 'what is appended' "$(sed -n '2,$p' github | sed 's/vault_[0-9a-f]\{32\}$/END/')" "NONE<<END

END
ONE<<END
100% x
END
TWO<<END
first
second
END"
is 'each with a delimiter of its own' "$(grep -o 'vault_.*' github | sort | uniq -c | awk '{print $1}' | tr -d '\n')" 222
cp github before
given vault create large
head -c 6000 /dev/zero | tr '\0' x >long
given vault set large/X --from-file long
run sh -c 'trap "" XFSZ; ulimit -f 4; exec "$BIN" export large --format=github >/dev/null'
status_is 1 'what cannot be appended whole is not appended'
ok 'the file is as long as it was' cmp github before
mkfifo fifo
run env GITHUB_ENV=fifo timeout 300 "$BIN" export gh --format=github
status_is 1 'a pipe is refused'
stderr_has 'not a regular file'
if there_is /dev/full 'github: disk full'; then
    run sh -c '"$BIN" export gh --format=github >/dev/full'
    status_is 1 'nothing is handed on that could not be masked'
    ok 'the file is as it was' cmp github before
fi
run vault export gh --format=github -o to-file --only ONE
stdout_has '::add-mask::' '-o: masked, too'
ok '-o: written there' has_text 'ONE<<vault_' to-file
unset GITHUB_ENV

# ---- a vault that is damaged

cp vault.toml whole.toml
sed '/^\[dev.web\]/,$s/^created-by = .*/created-by = "mallory"/' whole.toml >vault.toml
cp vault.toml damaged.toml
refuses 5 '' '' vault export db
refuses 5 '' '' vault export db -o .env
unchanged 'a damaged vault is left as it is' vault.toml damaged.toml
finish
