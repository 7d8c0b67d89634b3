#!/bin/sh
# Promise 3: Nobody can replace a vault or an environment on a machine that knows the right one.
# mallory can push. He commits an older version whose environment is his own, sealed to alice too, so
# that she restores his value from it, or reads it as hers.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

people alice mallory
git init -q .
given as mallory vault init --reader alice="$(key_of alice)" --reader mallory="$(key_of mallory)"
given as mallory vault set db/URL=https://mallory.example
given as mallory vault set db/PASSWORD=planted
git add vault.toml && as mallory git commit -qm planted
rm vault.toml
given as alice vault init
given as alice vault set db/URL=https://old.example
as alice git commit -qam honest
given as alice vault set db/URL=https://new.example
as alice git commit -qam today

attack 5 'had another key then' 'vault verify --history' as alice vault get db/URL --rev HEAD~2
attack 5 'had another key then' 'vault verify --history' as alice vault restore db/URL HEAD~2
attack 5 'had another key then' 'vault verify --history' as alice vault restore db/PASSWORD
run as alice vault get db/URL
is 'nothing was restored' "$(cat "$STDOUT")" https://new.example

# What his own key cannot do either: a value of today's environment, moved to another name.
sed 's/^URL = /MOVED = /' vault.toml >moved && mv moved vault.toml
as alice git commit -qam moved
git show HEAD~:vault.toml >vault.toml
as alice git commit -qam back
attack 5 '' '' as alice vault get db/MOVED --rev HEAD~

# The honest case.
given as alice vault restore db/URL HEAD~3
run as alice vault get db/URL
is 'an honest version is restored' "$(cat "$STDOUT")" https://old.example

done_testing
