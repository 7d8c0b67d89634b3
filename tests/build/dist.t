#!/bin/sh
# make dist packs what is committed, the same each time, and it builds; make clean takes all away.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

command -v git >/dev/null || skip_all 'there is no git'

copy_tree tree
version=$(sed -n 's/^#define VAULT_VERSION "\(.*\)"/\1/p' tree/vault.h)
tarball=vault-$version.tar.gz
cd tree
git init -q
git add -A
git commit -qm 'all of it'
cd ..

run make -s -C tree dist
status_is 0 'dist: done'
mv "tree/$tarball" first.tar.gz
find tree -name .git -prune -o -exec touch -t 200101010000 {} +
umask 077
run make -s -C tree dist
umask 022
ok 'dist: the same bytes, another time and with another umask' cmp "tree/$tarball" first.tar.gz

gzip -dc first.tar.gz | tar -xf -
ok 'dist: one folder' test -d "vault-$version"
is 'dist: every file, and no other' \
    "$(cd "vault-$version" && find . ! -type d | sed 's/^..//' | sort)" \
    "$(cd tree && git -c core.quotePath=false ls-files | sort)"
is 'dist: the same tests' "$(make -s -C "vault-$version" list-tests)" "$(make -s -C tree list-tests)"
cd "vault-$version"
git init -q
git add -A
git commit -qm 'as packed'
run make -s all dist
status_is 0 'dist: builds'
run ./vault version
stdout_has "vault $version" 'dist: the program runs'
run make -s test ONLY='unit/base64 unit/toml cli/help'
status_is 0 'dist: tests itself'
stdout_has ' 0 failed' 'dist: no test fails'
run make -s clean
status_is 0 'clean: done'
is 'clean: the tree is as git has it' "$(git status --porcelain --ignored)" ''

done_testing
