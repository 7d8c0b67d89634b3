#!/bin/sh
# Promise 6: A machine goes back to an older key only by fingerprint, or if a person has seen both keys.
# bob was revoked. He pushes the file from when he was a reader, so that alice seals to him again.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"
command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'

people alice bob carol
answers() { # ANSWER NAME OLD NEW: runs trust prod on a terminal, which asks about both keys
    question=$(printf 'go back to %s, in place of %s, as the key of prod? [y/N] ' "$3" "$4" | sed 's/[][+?]/\\&/g')
    as "$2" "$TOP/tests/pty.py" --expect "$question\$" --send "$1" -- "$BIN" trust prod
}
git init -q .
given as alice vault init -e prod
given as alice vault set A=1 -e prod
for name in bob carol; do
    given as alice vault grant "$name" "$(key_of "$name")" -e prod
done
git add vault.toml && as alice git commit -qm 'bob and carol read'
given as carol vault get A -e prod
old=$(as carol vault verify -e prod 2>&1 | sed -n 's/.*its key is //p')
given as alice vault revoke bob
new=$(sed 's/^prod=//' "$STDOUT")
given as carol vault get A -e prod
as alice git commit -qam 'bob has left'
cp vault.toml new.toml

git show HEAD~:vault.toml >vault.toml
attack 5 "this checkout is older. It has $old, and this machine knows $new" 'git pull' as carol vault set A=2 -e prod
attack 5 '-y does not accept an older key' "git pull; or: vault trust prod --pin prod=$old" as carol vault trust prod -y
attack 5 'without a terminal trust does not accept an older key' 'git pull' as carol setsid -w "$BIN" trust prod
attack 5 'it should be' '' as carol vault trust prod --pin "prod=$new"
attack 5 'its key is not the one that was asked for' '' as carol vault trust prod --pin prod=AAAAAAAAAAAAAAAAAAAAAA -y
attack 5 'this checkout is older' '' as carol vault set A=2 -e prod
run answers n carol "$old" "$new"
status_is 1 'a person is asked, and declines'
stdout_has 'readers who were revoked when the newer one was made can read' 'and was told what it means'
attack 5 'this checkout is older' '' as carol vault set A=2 -e prod

# The person who made the newer key is told so, and which command goes back.
attack 5 "the new key that was made on this machine, $new, is not in the file any more" 'vault trust prod; if not: git log -p' as alice vault set A=2 -e prod
cp new.toml vault.toml
given as alice vault get A -e prod
given as carol vault get A -e prod

# Undoing your own change works: rotate, revoke, grant --replace.
undo() { # VERB…
    given as alice vault "$@"
    made=$(sed -n 's/^prod=//p' "$STDOUT")
    cp vault.toml undone.toml
    git checkout -q vault.toml
    attack 5 "the new key that was made on this machine, $made" 'if you restored the old file yourself, as with git checkout: vault trust prod' as alice vault get A -e prod
    run answers y alice "$new" "$made"
    status_is 0 "undone: $1"
    run as alice vault get A -e prod
    is 'and it opens' "$(cat "$STDOUT")" 1
    stderr_is '' 'without a word'
}
undo rotate -e prod
# If the undone key comes back, it counts as newer than the old key.
cp undone.toml vault.toml
run as alice vault get A -e prod
stderr_has "prod has a new key, which its old one vouches for: $made" 'done once more, it is a rotation'
git checkout -q vault.toml
attack 5 "the new key that was made on this machine, $made" '' as alice vault get A -e prod
given as alice vault trust prod --pin "prod=$new"
stderr_is "note: this machine trusts the key of prod now: $new, and no longer $made" 'a script names it'
undo revoke carol
as carol vault keygen -o "$TMP/people/carol/second" >"$TMP/second.pub" 2>/dev/null
undo grant carol "$(cat "$TMP/second.pub")" --replace -e prod

# Two steps back are two keys, not one.
git show HEAD~:vault.toml >vault.toml
attack 5 'the new key that was made on this machine' '' as alice vault get A -e prod
attack 5 '-y does not accept an older key' '' as alice vault trust prod -y
done_testing
