#!/bin/sh
# Promise 10: A revoked reader cannot open anything that is sealed afterwards.
# Someone who was revoked gets another to undo it: by undo alone, after another change, with a record
# of theirs in the place of the right one, or with a file of theirs.
. "$(dirname "$0")/people.sh"

people alice bob
given git init -q
given as alice vault init
given as alice vault set api/TOKEN=before
given as alice vault grant bob "$(key_of bob)"
git add vault.toml && git commit -q -m 'bob reads'
cp vault.toml with-bob.toml
given as alice vault set api/TOKEN=between

reads() { # NAME: bob still cannot open what alice writes now
    given as alice vault set api/TOKEN="after $1"
    run as bob vault get TOKEN
    ok "$1: bob is outside" or_tell test "$status" -ne 0
    stdout_is '' "$1: and sees nothing"
}

given as alice vault revoke bob
attack 6 'bob' 'grant bob' as alice vault undo
reads 'undo'
given as alice vault undo
attack 4 'nothing to undo' '' as alice vault undo
reads 'undo, twice'

# bob puts the file that he could read back: neither undo nor what follows takes it.
cp with-bob.toml vault.toml
attack 6 'changed since' '' as alice vault undo
attack 5 '' '' as alice vault set api/TOKEN=lost
git checkout -q vault.toml
attack 5 '' '' as alice vault set api/TOKEN=lost

# In a new clone bob writes records for alice's path, in his own home: they are not hers.
given as bob vault set api/TOKEN=mine
attack 6 'changed since' '' as alice vault undo

given as alice vault trust dev --pin "dev=$(as bob vault verify --print-pin | sed 's/^dev=//')"
given as alice vault set api/TOKEN=one
given as alice vault set api/TOKEN=two
given as alice vault undo
is 'control: her own change' "$(as alice vault get TOKEN)" one
done_testing
