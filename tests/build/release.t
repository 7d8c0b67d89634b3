#!/bin/sh
# make release: what it refuses, with nothing half made; what is in a release; that its signature and
# sums hold; and that two folders, two dates and two umasks give the same bytes.
. "$(dirname "$0")/../lib.sh"

# What was fetched and compiled before is used: it takes minutes.
PATH=$BUILD/zig/ziglang:$PATH
ZIG_GLOBAL_CACHE_DIR=${ZIG_GLOBAL_CACHE_DIR:-$BUILD/zig-cache}
CARGO_HOME=${CARGO_HOME:-$(getent passwd "$(id -u)" | cut -d : -f 6)/.cargo}
export PATH ZIG_GLOBAL_CACHE_DIR CARGO_HOME
command -v zig >/dev/null || skip_all 'there is no zig (make everywhere installs it)'
. "$TOP/tests/build/trees.sh"

for tool in git ssh-keygen sha256sum dpkg-deb; do
    command -v $tool >/dev/null || skip_all "there is no $tool"
done

small_tree one
cp "$TOP/LICENSE" "$TOP/CHANGELOG.md" one
printf '%s\n' /build/ /vault /libvault.a /libvault.so >one/.gitignore
(cd one && git init -q && git add -A && git commit -qm 'release: 7.8.9')
ssh-keygen -q -t ed25519 -N '' -f key

refuses_release() { # REASON TREE ARGUMENT…
    reason=$1 tree=$2
    shift 2
    run make -s -C "$tree" release "$@"
    ok "$reason: fails" test "$status" -ne 0
    ok "$reason: says so in one line" grep -q "^release: .*$reason" "$STDERR"
    ok "$reason: nothing is made" test ! -e "$tree/build/release"
}
refuses_release 'no key' one
refuses_release 'cannot read the key' one KEY="$WORK/none"
refuses_release 'no target' one KEY="$WORK/key" TARGETS=vax
touch one/new
refuses_release 'not committed' one KEY="$WORK/key"
rm one/new
mkdir bare && cp -R one/build-aux one/Makefile one/vault.h bare
refuses_release 'not a git repository' bare KEY="$WORK/key"

# The real thing, for one target: of two the second differs in everything that must not matter.
run make -s -C one release KEY="$WORK/key" TARGETS=x86_64
status_is 0 'release: done'
[ "$status" -eq 0 ] || done_testing
mkdir 'another place'
git clone -q one "another place/two"
find 'another place' -name .git -prune -o -exec touch -t 200101010000 {} +
umask 077
run make -s -C 'another place/two' release KEY="$WORK/key" TARGETS=x86_64
umask 022
status_is 0 'release: done again, elsewhere'
ok 'the same bytes' diff -r -x '*.sig' one/build/release 'another place/two/build/release'
is 'what is in it' "$(cd one/build/release && echo *)" \
    'SHA256SUMS SHA256SUMS.sig vault-7.8.9-linux-x86_64 vault-7.8.9.spdx.json vault-7.8.9.tar.gz vault-file_7.8.9_amd64.deb'
[ "$(uname -m)" != x86_64 ] || is 'the program runs' "$(one/build/release/vault-7.8.9-linux-x86_64 you)" 'hello, you'
ok 'it needs no other file' sh -c '! readelf -l one/build/release/vault-7.8.9-linux-x86_64 | grep -q INTERP'

# What docs/verify.md says.
echo "release@example.org $(cat key.pub)" >allowed_signers
cd one/build/release
verified() {
    ssh-keygen -Y verify -f "$WORK/allowed_signers" -I release@example.org -n vault-release \
        -s SHA256SUMS.sig <SHA256SUMS
}
ok 'the signature holds' verified
ok 'the sums hold' sha256sum --quiet -c SHA256SUMS
ok 'the list of contents is JSON, and names libsodium' python3 -c '
import json, sys
names = [p["name"] for p in json.load(open("vault-7.8.9.spdx.json"))["packages"]]
sys.exit(names != ["vault", "libsodium", "musl"])'
echo >>SHA256SUMS
ok 'a changed list of sums is refused' not verified
done_testing
