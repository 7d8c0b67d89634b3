#!/bin/sh
# make static: one file that needs no other, not even in an empty root folder.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"
PATH=$PATH:/usr/sbin:/sbin

static_libsodium || skip_all 'there is no static libsodium'
copy_tree tree
run make -s -C tree static
status_is 0
stdout_is '' 'it builds without a word on stdout'
stderr_is '' 'it builds without a warning'

run tree/vault-static version
status_is 0
stdout_has 'libsodium'

mkdir empty
cp tree/vault-static empty/vault
if [ "$(id -u)" -eq 0 ]; then
    in_empty_root() { chroot empty /vault "$@"; }
else
    in_empty_root() { unshare -r chroot empty /vault "$@"; }
fi
run in_empty_root version
if [ "$status" -eq 0 ]; then
    stdout_is "$(tree/vault-static version)" 'in an empty root folder it says the same'
    run in_empty_root no-such-verb
    status_is 2 'in an empty root folder it fails as elsewhere'
elif chroot / true 2>/dev/null || unshare -r chroot / true 2>/dev/null; then
    status_is 0 'it runs in an empty root folder'
else
    skip 'it runs in an empty root folder' 'this user may not chroot'
fi

done_testing
