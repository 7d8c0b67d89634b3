#!/bin/sh
# verify --history --signed, log --signed: who has signed the commits, with real ssh-keygen and gpg.
. "$(dirname "$0")/repository.sh"

command -v ssh-keygen >/dev/null || skip_all 'there is no ssh-keygen'

for name in alice bob eve; do
    quietly ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$TMP/keys/$name"
done
export VAULT_IDENTITY_FILE="$TMP/keys/alice"
unset GNUPGHOME

# signed NAME: commits what is there, signed with NAME's key.
signed() {
    clock=$((clock + 60))
    quietly git add -A
    GIT_AUTHOR_DATE="$clock +0000" GIT_COMMITTER_DATE="$clock +0000" quietly git \
        -c gpg.format=ssh -c "user.signingkey=$TMP/keys/$1" commit -q -S -m "by $1"
    head=$(git rev-parse HEAD)
}

quietly vault init --reader "alice=$(public alice)"
signed alice
git log -1 --format=%GF >"$TMP/known" 2>/dev/null
git -c gpg.ssh.allowedSignersFile=/dev/null log -1 --format='%G? %GF' >"$TMP/known" 2>/dev/null
grep -q '^U SHA256:' "$TMP/known" || skip_all 'this git does not check SSH signatures'

quietly vault set app/KEY="$MARKER-1"
quietly vault grant bob "$(public bob)"
signed alice
quietly as bob vault set app/KEY="$MARKER-2"
signed bob
run vault verify --history --signed
status_is 0 'all are signed by readers'
stderr_has '0 commits without a good signature' 'and that is said'
run vault verify --history
stderr_lacks 'signature' 'without the option nothing is checked'

# ---- findings

quietly vault set app/KEY="$MARKER-3"
commit 'not signed'
unsigned=$head
run vault verify --history --signed
status_is 7 'an unsigned commit is found'
ok 'with its commit and author' grep -q "^$unsigned .* unsigned .*  by .*@" "$STDOUT"
is 'alone' "$(grep -c . "$STDOUT")" 1
quietly vault set app/KEY="$MARKER-4"
signed eve
eve=$head
run vault verify --history --signed "$unsigned..HEAD"
status_is 7 'a signature of nobody who reads'
ok 'with the key' grep -q "^$eve .* unknown .*$(ssh-keygen -lf "$TMP/keys/eve.pub" | cut -d' ' -f2)" "$STDOUT"
is 'and nothing before the range' "$(grep -c . "$STDOUT")" 1

# Who grants oneself in the commit that one signs is no reader of what it changes.
quietly vault grant eve "$(public eve)"
signed eve
run vault verify --history --signed "$eve..HEAD"
status_is 7 'a reader that the commit itself lets in'
quietly vault set app/KEY="$MARKER-5"
before=$head
signed eve
run vault verify --history --signed "$before..HEAD"
status_is 0 'a reader who was let in before'
quietly vault revoke eve
signed alice
before=$head
quietly vault set app/KEY="$MARKER-6"
signed eve
run vault verify --history --signed "$before..HEAD"
status_is 7 'a reader who was revoked before'

# Those that this user's git trusts are good, whoever reads.
printf 'eve@example.org %s\n' "$(public eve)" >"$TMP/allowed"
git config --global gpg.ssh.allowedSignersFile "$TMP/allowed"
run vault verify --history --signed "$before..HEAD"
status_is 0 'an allowed signer of git'

# ---- log

run vault log --signed
status_is 0
ok 'log: an unsigned one' grep -q "^$(echo "$unsigned" | cut -c1-10) .*(unsigned)$" "$STDOUT"
ok 'log: a reader by name' grep -q '(valid, signed by alice)$' "$STDOUT"
ok 'log: an allowed signer' grep -q '(good, signed by eve@example.org)$' "$STDOUT"
run vault log --signed --json -n 1
stdout_has '"signature": "good"' 'log --json'
stdout_has '"signer": "eve@example.org"' 'with the signer'
run vault log
ok 'log alone runs no program' not grep -q 'signed' "$STDOUT"
git config --global --unset gpg.ssh.allowedSignersFile

# A signature that does not fit.
git cat-file commit HEAD | sed 's/^by eve$/by mallory/' >"$TMP/changed"
git reset -q --soft "$(git hash-object -t commit -w "$TMP/changed")"
run vault verify --history --signed "$before..HEAD"
status_is 7 'a signature of another text'
stdout_has ' bad ' 'is bad'

refuses 2 'goes with --history' '' vault verify --signed
finish
