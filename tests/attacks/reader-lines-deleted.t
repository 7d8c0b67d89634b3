#!/bin/sh
# Promise 10: A revoked reader cannot open anything that is sealed afterwards.
# Bob knows that revoke looks for his lines in the file. He deletes them himself, or makes a merge
# drop them, and keeps the key. To Alice it looks as if he had already left.
. "$(dirname "$0")/people.sh"

people alice bob carol
bob=$(key_of bob)
commit() {
    git add -A && as alice git commit -q --allow-empty -m "$1"
}
drop_bob() { # [HEADER]: removes his lines from the file, or from one table
    awk -v from="${1:-}" '/^\[/ { here = from == "" || $0 == from } /^bob = / && here { gone = 3 }
        gone > 0 { gone--; next } { print }' vault.toml >"$TMP/dropped"
    cat "$TMP/dropped" >vault.toml
}
inbox_of() { # ENV
    sed -n "/^\\[vault.env.$1\\]/,/^inbox/s/^inbox-key = //p" vault.toml
}
forget() { # drops what the machine has accepted since
    cp "$TMP/pins" "$TMP/people/alice/.local/state/vault/pins"
}

as alice git init -q
given as alice vault init -e dev,prod
for env in dev prod; do
    given as alice vault set KEY=1 -e "$env"
done
commit 'a vault'
given as alice vault grant bob "$bob" -e dev,prod
commit 'bob reads'
granted=$(git rev-parse HEAD)
cp vault.toml granted.toml
mv granted.toml "$TMP"
cp "$TMP/people/alice/.local/state/vault/pins" "$TMP/pins"

drop_bob
commit 'cleanup'
ok 'no line of his is left' not grep -q '^bob = ' vault.toml
cp vault.toml "$TMP/dropped.toml"
dev=$(inbox_of dev) prod=$(inbox_of prod)
run as alice vault revoke bob
status_is 0 'he is taken out'
stderr_has "note: bob was removed from prod before, but had its key in $granted: it has a new one now" 'why is said'
ok 'dev has a new key' not test "$(inbox_of dev)" = "$dev"
ok 'so has prod' not test "$(inbox_of prod)" = "$prod"
is 'two fingerprints' "$(cut -d = -f 1 "$STDOUT" | tr '\n' ' ')" 'dev prod '
given as alice vault set KEY=after-he-left -e prod
commit 'rotated'
sed -n '/^bob = /,/\]$/p' "$TMP/granted.toml" | sed 3q >"$TMP/line"
sed "/^\\[vault.env.prod.readers\\]/r $TMP/line" vault.toml >"$TMP/put-back.toml"
attack 5 'does not open prod' '' as bob vault get KEY -e prod -f "$TMP/put-back.toml"
attack 4 'bob is not a reader of any environment' '' as alice vault revoke bob

# By his public key, and from one environment.
again() {
    cp "$TMP/dropped.toml" vault.toml
    forget
    commit 'as it was'
}
again
given as alice vault revoke "$bob" -e prod
ok 'by the key: prod has a new key' not test "$(inbox_of prod)" = "$prod"
is 'and dev, which -e did not name, has not' "$(inbox_of dev)" "$dev"

# From one environment only, while he is still a reader of the other.
cp "$TMP/granted.toml" vault.toml
forget
commit 'he is back'
drop_bob '[vault.env.prod.readers]'
commit 'no line in prod'
given as alice vault revoke bob
ok 'what he stands in has a new key' not test "$(inbox_of dev)" = "$dev"
ok 'and what he stood in' not test "$(inbox_of prod)" = "$prod"

# The environment has been renamed since.
again
given as alice vault env rename prod live
given as alice vault revoke bob -e live
ok 'the key counts, not the name' not test "$(inbox_of live)" = "$prod"

# Under a second name that he was granted later.
cp "$TMP/granted.toml" vault.toml
forget
drop_bob
given as alice vault grant robert "$bob" -e dev
commit 'robert'
given as alice vault revoke bob
ok 'whoever he is now goes too' not grep -q '^robert = ' vault.toml

# A merge drops his lines, as a text merge does.
cp "$TMP/granted.toml" vault.toml
forget
commit 'he is back'
as alice git checkout -qb side
drop_bob
commit 'no line on a branch'
as alice git checkout -q main
given as alice vault set OTHER=1 -e prod
commit 'a value'
as alice git merge -q -m merged side
ok 'a merge of text drops his lines' not grep -q '^bob = ' vault.toml
given as alice vault revoke bob
ok 'after a merge too' not test "$(inbox_of prod)" = "$prod"

# He got the key from a branch that was never merged.
again
as alice git checkout -qb unmerged
cp "$TMP/granted.toml" vault.toml
commit 'a pull request'
as alice git checkout -q main
as alice git branch -qD side
as alice git checkout -q --orphan alone
commit 'without a past'
as alice git branch -qD main
as alice git branch -qm main
given as alice vault revoke bob
ok 'who reads on a branch has the key' not test "$(inbox_of prod)" = "$prod"

# An environment that Alice cannot open is not skipped silently.
again
given as alice vault env create ops --reader "bob=$bob" --reader "carol=$(key_of carol)"
commit 'not hers'
attack 3 'you cannot open ops: nothing was changed' '' as alice vault revoke bob
drop_bob
given as alice vault revoke bob
stderr_has 'note: you cannot open these, so whether bob had their keys is not known: ops' 'it is named'

# A forged line in the history makes nobody a former reader.
again
sed "s/^bob = /mallory = /" "$TMP/line" >"$TMP/forged"
sed "/^\\[vault.env.prod.readers\\]/r $TMP/forged" vault.toml >"$TMP/with"
cp "$TMP/with" vault.toml
commit 'mallory was here'
cp "$TMP/dropped.toml" vault.toml
commit 'and gone'
attack 4 'mallory is not a reader of any environment' '' as alice vault revoke mallory

# Without history, vault makes no claim.
mkdir "$TMP/elsewhere"
cp "$TMP/dropped.toml" "$TMP/elsewhere/vault.toml"
cd "$TMP/elsewhere"
attack 4 'bob is not a reader of any environment' 'no history in git .*: vault rotate' as alice vault revoke bob
attack 4 'bob is not a reader of prod' 'vault rotate' as alice vault revoke bob -e prod
cd "$WORK"
as alice git clone -q --depth 1 "file://$WORK" "$TMP/shallow"
cd "$TMP/shallow"
attack 4 'bob is not a reader of any environment' 'git fetch --unshallow' as alice vault revoke bob
done_testing
