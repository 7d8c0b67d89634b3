#!/bin/sh
# Promise 23: While vault writes a file, neither git nor another user can pick up its plain text.
# Mallory can write to the folder that alice exports to. She creates folders and symlinks that look
# like leftovers of an earlier run, so that alice's export deletes or writes where they point.
. "$(dirname "$0")/people.sh"

people alice
given as alice vault init
given as alice vault set db/PASSWORD=plain-text-value
mkdir out precious
echo mine >precious/file
echo mine >precious/.gitignore
chmod 700 precious

ln -s "$WORK/precious" out/.vault-output-AAAAAA
mkdir out/.vault-output-BBBBBB && ln -s "$WORK/precious/file" out/.vault-output-BBBBBB/text
mkdir out/.vault-output-CCCCCC && chmod 755 out/.vault-output-CCCCCC && : >out/.vault-output-CCCCCC/kept
: >out/.vault-output-DDDDDD
mkdir -m 700 out/.vault-output-EEEEEE && mkdir out/.vault-output-EEEEEE/sub && : >out/.vault-output-EEEEEE/sub/kept
chmod 700 out/.vault-output-BBBBBB
run as alice vault export db -o out/env
status_is 0 'the export is done'
is 'what a symlink leads to is as it was' "$(cat precious/file precious/.gitignore)" "mine${newline}mine"
ok 'a folder that is not like one of ours is left' test -e out/.vault-output-CCCCCC/kept
ok 'so is a file' test -e out/.vault-output-DDDDDD
ok 'and what has folders in it' test -e out/.vault-output-EEEEEE/sub/kept
ok 'one that is, is removed' test ! -e out/.vault-output-BBBBBB
is 'the file is for alice alone' "$(find out/env -perm 600)" out/env

ln -s "$WORK/precious/file" out/link
attack 1 'out/link is a symlink' '-o .*/precious/file writes to its target' as alice vault export db -o out/link
is 'nothing was written through it' "$(cat precious/file)" mine
run as alice vault export db -o out/env
status_is 0 'control: an export over a file'
is 'control: which is then there' "$(cat out/env)" 'PASSWORD=plain-text-value'
done_testing
