#!/bin/sh
# Promise 24: exec --files leaves no value behind, or says where and reports failure.
# The command hides copies of its values in the private folder where a simple clean-up misses them.
# It also plants symlinks that would make a careless clean-up delete alice's own files.
. "$(dirname "$0")/people.sh"

people alice
given as alice vault init
given as alice vault set api/TOKEN=plain-text-value
mkdir private precious
echo mine >precious/file

hides() { # NAME SCRIPT
    run as alice vault exec --files=private -- sh -c 'cd "${TOKEN_FILE%/*}" && eval "$1"' - "$2"
    status_is 0 "$1"
    is "$1: no value is left" "$(grep -r plain-text-value private)$(ls -A private)" ''
    is "$1: alice's own files are" "$(cat precious/file)" mine
}
hides 'a copy in a subfolder' 'mkdir sub && cp TOKEN sub/copy'
hides 'a copy that cannot be listed' 'mkdir -p a/b && cp TOKEN a/b && chmod 0 a/b && chmod 0 a'
hides 'a hidden copy, deep down' 'mkdir -p .a/.b/.c/.d && cp TOKEN .a/.b/.c/.d/..e'
hides 'symlinks' 'mkdir sub && ln -s "$WORK/precious" sub/link && rm TOKEN && ln -s "$WORK/precious/file" TOKEN'
hides 'a name that begins with a dash' 'cp TOKEN ./-rf; mkdir -- -r; cp TOKEN ./-r/x'

says() { # NAME STATUS SCRIPT
    run as alice vault exec --files=private -- sh -c 'cd "${TOKEN_FILE%/*}" && folder=$PWD && eval "$1"' - "$3"
    status_is "$2" "$1"
    stderr_has 'vault: ' "$1: said"
    stderr_has 'hint: rm -r private/vault-' "$1: with what to type"
    is "$1: alice's own files are there" "$(cat precious/file)" mine
    is "$1: the value itself is gone" "$(grep -r plain-text-value private moved 2>/dev/null)" ''
    rm -rf moved private/*
}
says 'the folder is moved away, and a symlink to her files in its place' 125 \
    'cd / && mv "$folder" "$WORK/moved" && ln -s "$WORK/precious" "$folder"'
says 'the folder is moved away, and a folder with a copy in its place' 125 \
    'cd / && mv "$folder" "$WORK/moved" && mkdir "$folder" && : >"$folder/copy"'
says 'a failing command keeps its status' 9 \
    'cd / && mv "$folder" "$WORK/moved" && : >"$folder"; exit 9'

run as alice vault exec --files=private -- sh -c 'cat "$TOKEN_FILE"; ls -A private'
stdout_has plain-text-value 'control: the command has its value'
is 'control: and nothing is left' "$(ls -A private)" ''
done_testing
