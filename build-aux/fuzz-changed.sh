#!/bin/sh
# Prints the fuzz targets whose sources differ from the main branch, or on that branch from the
# previous commit. The sources are the target's file and the parts of lib that it includes, or all
# of lib if it includes vault.h.
# usage: fuzz-changed.sh TARGET…    from the top of the tree; nothing without git
set -uf

base=$(git merge-base HEAD origin/main 2>/dev/null || git merge-base HEAD main 2>/dev/null) || exit 0
[ "$base" != "$(git rev-parse HEAD)" ] || base=$(git rev-parse --verify -q HEAD~1) || exit 0
changed=$(git diff --name-only "$base" --)

sources() { # TARGET: patterns of file names
    file=tests/fuzz/$1.c
    echo "$file"
    sed -n 's|^#include "\([a-z/]*/[a-z0-9_]*\)\.h".*|\1|p' "$file" | while read -r header; do
        folder=${header%/*}
        case ${header##*/} in
        "${folder##*/}") echo "lib/$folder/.*" ;; # it stands for the folder
        *) echo "lib/$header(_[a-z]+)?\\.[ch]" ;;
        esac
    done
    ! grep -q '"\.\./unit/vault_help\.h"\|"vault\.h"' "$file" || printf '%s\n' 'lib/.*' 'vault\.[ch]'
    ! grep -q '"verbs/table\.h"' "$file" || echo 'cli/(ui/(args|options|verb)|verbs/table)\.c'
}

for target; do
    for pattern in $(sources "$target"); do
        if echo "$changed" | grep -Eqx "$pattern"; then
            echo "$target"
            break
        fi
    done
done
