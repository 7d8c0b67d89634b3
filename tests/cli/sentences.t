#!/bin/sh
# Every verb that has changed something says so in one sentence; with -q no verb does, and errors and
# their hints stay.
. "$(dirname "$0")/scene.sh"

# says SENTENCE COMMAND…: and with -q, on the vault as it was before, nothing.
says() {
    sentence=$1
    shift
    cp vault.toml before.toml
    run vault "$@" -q
    status_is 0 "-q: $*"
    ok "-q says nothing: $*" not test -s "$STDERR"
    cp before.toml vault.toml
    run vault "$@"
    status_is 0 "$*"
    ok "one note: $*" or_tell test "$(grep -c '^note: ' "$STDERR")" -eq 1
    stderr_has "note: $sentence" "$*"
}

given vault keygen
given vault init
echo ONE=1 >one.env
says 'added app/A in dev: a new secret' set A=1
says 'added app/B in dev' set B=1
says 'changed app/B in dev' set B=2
says 'nothing to change' set B=2
says 'made s in dev: 2 variables' create s X=1 Y=1
says 's in dev: added 1, changed 1, deleted 1' create s X=2 Z=1 --force
says 's in dev: added 1, changed 1, deleted 0' update s X=3 N=1
says 'nothing to change' update s X=3
says 'nothing to change' create s X=4 --allow-existing
says 'made one in dev: 1 variable' create one --from-dotenv one.env
says 'deleted s/N from dev' delete s/N -y
says 'deleted one from dev' delete one missing -y --allow-missing
says 'renamed s to t in dev' rename s t
says 'renamed t/X to t/W in dev' rename t/X t/W
says 'copied t to u in dev' copy t u
says 'copied app/A to app/C in dev' copy A app/C
says 'made the environment prod' env create prod
says 'copied t from dev to t in prod' copy t --to prod
says 'moved t from dev to v in prod' rename t v --to prod
says 'renamed the environment prod to live' env rename prod live
says 'deleted the environment live' env delete live -y
printf "[app]\nA = '1'\nB = '3'\nE = '1'\n[u]\nW = '3'\n" >edited.toml
run vault edit - -q <edited.toml
ok '-q says nothing: edit' not test -s "$STDERR"
sed "s/'3'/'4'/; /^E/d; s/^\[u/N = '1'\n&/" edited.toml >again.toml
run vault edit - <again.toml
stderr_has 'note: dev: added 1, changed 2, deleted 1' 'edit'

# Of several values, those that have changed.
run vault set A=1 B=5
stderr_has 'note: changed app/B in dev'
stderr_lacks 'app/A'

# What fails is said all the same, with what to type.
refuses 4 'NOT_THERE' 'vault list' vault get NOT_THERE -q
refuses 2 'unknown option' 'vault get -h' vault get -q --no-such-option
is 'and values are printed' "$(vault get A -q)" 1

finish
