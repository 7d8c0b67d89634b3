#!/bin/sh
# Promise 1: Without an environment's key nobody can read its values, or forge or move one unnoticed.
# Mallory can write to the repository. She moves, swaps, drops, renames and repeats sealed lines,
# and adds values from a vault that she made herself.
. "$(dirname "$0")/people.sh"

people alice mallory
given as alice vault init -e dev,prod
given as alice vault set db/HOST=good.example db/PASSWORD=first api/TOKEN=token -e prod
given as alice vault set db/HOST=dev.example -e dev
cp vault.toml true.toml
attack 3 'none of the keys' '' as mallory vault get db/HOST -e prod

# Her own vault has the same id, environment, secrets and names.
mkdir hers
given as mallory vault init -e prod -f hers/vault.toml
given as mallory vault set db/HOST=evil.example db/PASSWORD=x api/TOKEN=x -e prod -f hers/vault.toml

entry() { # FILE TABLE NAME: prints the entry's two lines
    awk -v table="[$2]" -v key="$3" '/^\[/ { here = $0 == table } here && $1 == key { n = 2 } n-- > 0' "$1"
}
# put TABLE NAME: replaces that entry with the one on stdin, or with nothing
put() {
    cat >entry
    awk -v table="[$1]" -v key="$2" '/^\[/ { here = $0 == table }
        here && $1 == key { while ((getline line <"entry") > 0) print line; skip = 2 }
        skip-- > 0 { next } { skip = 0; print }' true.toml >vault.toml
}
noticed() { # NAME
    ok "$1: the file is another one" not cmp -s true.toml vault.toml
    cp vault.toml forged.toml
    attack 5 'prod' '' as alice vault get db/PASSWORD -e prod
    attack 125 'prod' '' as alice vault exec -e prod -- echo started
    attack 5 'prod' '' as alice vault export -e prod
    attack 5 'prod' '' as alice vault set api/NEW=1 -e prod
    attack 5 'prod' '' as alice vault rotate -e prod
    attack 5 '' '' as alice vault copy db/HOST db/OTHER --to dev -e prod
    ok "$1: nothing was written" cmp forged.toml vault.toml
}

entry hers/vault.toml prod.db HOST | put prod.db HOST
noticed 'a value of her own'
entry true.toml dev.db HOST | put prod.db HOST
noticed 'a value of another environment'
entry true.toml prod.db PASSWORD | sed 's/^PASSWORD/HOST/' | put prod.db HOST
noticed 'a value of another key'
entry true.toml prod.api TOKEN | sed 's/^TOKEN/HOST/' | put prod.db HOST
noticed 'a value of another secret'
entry true.toml prod.db HOST | sed 's/^HOST/URL/' | put prod.db HOST
noticed 'a key under another name'
: | put prod.db HOST
noticed 'a key that was dropped'
{ entry true.toml prod.db HOST && entry hers/vault.toml prod.db HOST | sed 's/^HOST/URL/'; } |
    put prod.db HOST
noticed 'a key that was added'
sed '/^\[prod.api\]/,/^$/d' true.toml >vault.toml
noticed 'a secret that was dropped'
sed 's/^\[prod.api\]/[prod.web]/' true.toml >vault.toml
noticed 'a secret under another name'
{ cat true.toml && echo && sed -n '/^\[prod.api\]/,/^$/p' true.toml | sed 's/prod.api/prod.web/'; } >vault.toml
noticed 'a secret that was copied'
sed '/^\[prod.db\]/,/^$/s/^created-by = .*/created-by = "mallory"/' true.toml >vault.toml
noticed 'another author'

# The other environment still opens, and so does the true file.
given as alice vault get db/HOST -e dev
cp true.toml vault.toml
run as alice vault exec -e prod -- printenv HOST
stdout_is good.example 'control: the true file'
done_testing
