#!/bin/sh
# Promise 28: Someone who cannot open an environment cannot stop others from saving theirs.
# mallory commits an environment without readers, and a folder where the temporary file would go. Or
# she holds the lock on a folder that she can only read.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

people alice bob
given as alice vault init -e dev,prod
cp vault.toml true.toml
given as alice vault set A=1
given as alice vault env create empty
sed '/^\[vault.env.empty.readers\]/,/^$/{/^\[/!{/^$/!d}}' vault.toml >planted
cp planted vault.toml
ok 'control: nobody reads the planted environment' not sh -c "sed -n '/^.vault.env.empty.readers/,/^\$/p' vault.toml | grep -q age1"
given as alice vault set B=2
given as alice vault rotate -e dev,prod
given as alice vault grant bob "$(key_of bob)" -e dev
given as alice vault revoke bob
given as alice vault env copy dev staging
run as alice vault get B
is 'and what was saved is there' "$(cat "$STDOUT")" 2
attack 3 '' '' as alice vault set A=1 -e empty
given as alice vault env delete empty -y

mkdir -p .vault.toml.new/keep
: >.vault.toml.new/keep/file
given as alice vault set C=3
given as alice vault rotate
rm -r .vault.toml.new
mkdir .vault.toml.new
given as alice vault set C=4
is 'nothing else is left behind' "$(find . -name '.vault*' | sort | tr '\n' ' ')" './.vault.toml.new '
rmdir .vault.toml.new
ln -s true.toml .vault.toml.new
given as alice vault set C=5
ok 'what a link there leads to is not written' grep -q "$(sed -n 's/^id = //p' vault.toml)" true.toml
ok 'and the link is gone' test ! -L .vault.toml.new

# ---- the lock

command -v flock >/dev/null || {
    skip 'a lock that is held' 'there is no flock: make deps-test'
    done_testing
}
mkfifo held release
sh -c 'exec 9<. && flock 9 && echo held >held && read -r line <release' &
read -r _ <held
begun=$(date +%s)
run as alice vault set D=6
ended=$(date +%s)
status_is 1 'a lock that is not given back ends in an error'
ok 'after ten seconds' test $((ended - begun)) -ge 9
stderr_has "note: waiting for the lock on $WORK, which another program holds" 'it says what it waits for'
stderr_has "another program has held the lock on $WORK for 10 seconds: nothing was changed" 'and what was not done'
stderr_has "hint: fuser -v $WORK shows which" 'and how to find out'
run as alice vault get C
is 'to read needs no lock' "$(cat "$STDOUT")" 5
# The lock is released while someone waits: the note shows it, not a clock.
mkfifo notes
HOME=$TMP/people/alice "$BIN" set D=7 2>notes &
read -r note <notes
ok 'it waits' matches "$note" 'note: waiting for the lock on *'
echo >release
wait
run as alice vault get D
is 'and has saved when the lock was given back' "$(cat "$STDOUT")" 7
done_testing
