#!/bin/sh
# Promise 20: vault runs nothing that a repository names.
# The repository's own configuration names programs that check signatures, and a list of allowed
# signers with the attacker's key; a folder of it is first on PATH.
. "$(dirname "$0")/people.sh"

command -v ssh-keygen >/dev/null || skip_all 'there is no ssh-keygen'
people alice
ssh-keygen -q -t ed25519 -N '' -C mallory -f mallory
given git init -q
printf 'mallory*\nbin\nallowed\nran\n' >.git/info/exclude
given as alice vault init
given as alice vault set api/TOKEN=one
git add vault.toml
given as alice git -c gpg.format=ssh -c "user.signingkey=$PWD/mallory" commit -q -S -m one
[ "$(as alice git -c gpg.ssh.allowedSignersFile=/dev/null log -1 --format='%G?' 2>/dev/null)" = U ] ||
    skip_all 'this git does not check SSH signatures'

mkdir bin
for program in ssh-keygen gpg gpgsm; do
    printf '#!/bin/sh\ntouch "%s/ran"\necho "Good \\"git\\" signature for alice with ED25519 key SHA256:x"\n' "$PWD" >bin/$program
    chmod +x bin/$program
done
printf 'alice %s\n' "$(cat mallory.pub)" >allowed
for name in gpg.ssh.program gpg.program gpg.openpgp.program; do
    git config "$name" "$PWD/bin/ssh-keygen"
done
git config gpg.x509.program "$PWD/bin/gpgsm"
git config gpg.ssh.allowedSignersFile "$PWD/allowed"
git config gpg.ssh.defaultKeyCommand "$PWD/bin/gpg"
git config log.showSignature true

is 'control: git itself would believe it' "$(as alice git log -1 --format='%G?' 2>/dev/null | tail -1)" G
rm -f ran
run as alice env PATH="bin:$PATH" "$BIN" verify --history --signed
status_is 7 'the attacker is nobody who reads'
ok 'and named by key' grep -q 'unknown .*SHA256:' "$STDOUT"
run as alice env PATH="bin:$PATH" "$BIN" log --signed
ok 'log does not believe it either' not grep -q 'good' "$STDOUT"
ok 'none of the programs ran' test ! -e ran
ok 'control: they would run' sh -c 'bin/gpg >/dev/null && test -e ran'
done_testing
