#!/bin/sh
# Promise 23: While vault writes a file, neither git nor another user can pick up its plain text.
# The machine goes down at each system call of an export or a render into an ignored file. The user
# then runs git add -A. The text must not be staged, and the next export removes the leftovers.
. "$(dirname "$0")/people.sh"

strace -qq -f -o /dev/null true 2>/dev/null || skip_all 'strace cannot trace here: make deps-test'
people alice
given as alice vault init
given as alice vault set db/PASSWORD=plain-text-value
given git init -q
printf '.env\n' >.gitignore
echo 'P={{ db/PASSWORD }}' >template
given git add -A
given git commit -q -m vault

left() {
    find . -name '.vault-*' | head -n 1
}
staged() { # what git would add
    git add -A && git diff --cached | grep plain-text-value
    git reset -q
}
whole() { # the old file or the new one, complete
    [ ! -e .env ] || grep -q 'PASSWORD\|P=' .env
}

killed=0 caught='' leftover=''
for verb in 'export db' 'render template'; do
    for call in mkdir mkdirat openat write fsync renameat unlinkat unlink rmdir close flock fchmod; do
        n=0 code=137
        while [ "$code" -eq 137 ] && [ $n -lt 40 ]; do
            n=$((n + 1)) code=0
            # shellcheck disable=SC2086
            as alice strace -qq -f -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
                "$BIN" $verb -o .env 2>/dev/null || code=$?
            [ "$code" -ne 137 ] || killed=$((killed + 1))
            [ -z "$(staged)" ] && whole || caught="$caught $verb:$call:$n"
            leftover=$leftover$(left)
        done
    done
done
ok "killed $killed times" test "$killed" -gt 40
is 'git would never have taken the text, and no file was half' "$caught" ''
ok 'it is an attack: some were killed with the text in a file' test -n "$leftover"

given as alice vault export db -o .env
is 'control: the next export clears away what was left' "$(left)" ''
is 'control: and writes the file' "$(cat .env)" "PASSWORD=plain-text-value"
mkdir -m 700 .vault-output-mine && : >.vault-output-mine/.gitignore
(flock 9 && as alice vault export db -o .env && [ -e .vault-output-mine/.gitignore ] && : >stayed) 9<.vault-output-mine
ok 'control: a folder that another run has locked is left alone' test -e stayed
done_testing
