#!/bin/sh
# The examples for a team: somebody joins and leaves, a personal .env, an old release in a worktree.
. "$(dirname "$0")/scene.sh"

command -v git >/dev/null || skip_all 'there is no git'
EXAMPLES=$TOP/examples
bob() {
    env HOME="$WORK/bob" XDG_CONFIG_HOME="$WORK/bob/.config" XDG_STATE_HOME="$WORK/bob/.local/state" "$@"
}
mkdir team bob
cd team
git init -q
quiet vault init -e dev,prod
quiet vault set db/PASSWORD=made-up-1 db/PORT=8080
quiet vault set db/PASSWORD=made-up-2 -e prod
git add .
git commit -qm 'a vault'
git tag v1

# --- somebody joins
key=$(bob vault keygen 2>>"$TMP/said")
quiet vault set db/USER=app
run sh "$EXAMPLES/people/onboard.sh" bob "$key" dev,prod
status_is 1 'joins: not on top of other changes'
is 'joins: and has no access then' "$(vault readers | grep -c '^bob')" 0
git commit -qam 'a user'
run sh "$EXAMPLES/people/onboard.sh" bob "$key" dev,prod
status_is 0 'joins: done'
is 'joins: it is committed' "$(git log -1 --format=%s && git status --porcelain)" 'vault: bob can read dev,prod'
pin=$(sed -n 's/.* --pin //p' "$STDOUT")
is 'joins: the newcomer reads, with that pin' "$(bob vault get db/PASSWORD -e prod --pin "$pin")" made-up-2

# --- somebody leaves
run sh "$EXAMPLES/people/offboard.sh" bob
status_is 7 'leaves: there are values to replace'
stdout_has db/PASSWORD 'leaves: they are listed'
is 'leaves: it is committed' "$(git log -1 --format=%s && git status --porcelain)" 'vault: bob has left'
run bob vault get db/PASSWORD -e prod
status_is 3 'leaves: no access any more'
for env in dev prod; do
    quiet vault set db/PASSWORD --generate -e $env
done
quiet vault set db/USER=another db/PORT=8081
git commit -qam 'other values'
run sh "$EXAMPLES/people/offboard.sh" bob
status_is 0 'leaves: done, once all are replaced'
is 'leaves: no second rotation' "$(git log --oneline | grep -c 'bob has left')" 1

# --- a personal .env
printf '#!/bin/sh\necho "$PORT $PASSWORD"\n' >program
chmod +x program
password=$(vault get db/PASSWORD)
run sh "$EXAMPLES/personal/start.sh" ./program
stdout_is "8081 $password" 'personal: without a file, as the vault has it'
printf 'PORT=9090\n' >.env.local
run sh "$EXAMPLES/personal/start.sh" ./program
stdout_is "9090 $password" 'personal: its value wins, the others stay'

# --- an old release
echo '[ "$PASSWORD" = "$1" ]' >../test.sh
run sh "$EXAMPLES/worktrees/old-release.sh" v1 ../old -e prod -- sh "$WORK/test.sh" "$(vault get db/PASSWORD -e prod)"
status_is 0 "worktree: today's secrets, though the file there is under an older key"
run sh "$EXAMPLES/worktrees/old-release.sh" v1 ../old -e prod -- sh -c 'basename "$PWD"; git describe --tags'
stdout_is "old${newline}v1" 'worktree: a second time, in the same one'
run sh -c 'cd ../old && vault exec -e prod -- true'
status_is 125 'worktree: its own vault is refused, as that comment says'

done_testing
