#!/bin/sh
# Promise 3: Nobody can replace a vault or an environment on a machine that knows the right one.
# Someone who writes to the repository tries to choose which environment alice works on: with
# settings in the repository, by removing the other environments, and with another vault in the place
# for which she has recorded a default.
. "$(dirname "$0")/people.sh"

people alice mallory
given git init -q
given as alice vault init -e dev,prod
given as alice vault set api/URL=dev
given as alice vault set api/URL=prod -e prod
git add -A && git commit -q -m vault
is 'control: without -e it is dev' "$(as alice vault get URL)" dev

# Nothing in the repository is read for it.
mkdir -p .git/vault .config/vault state/vault
for place in defaults .vault vault/defaults .config/vault/defaults .git/vault/defaults state/vault/defaults; do
    mkdir -p "$(dirname "$place")"
    printf 'prod %s\n' "$(pwd -P)/vault.toml" >"$place"
done
git config vault.env prod
git config vault.default prod
printf 'VAULT_ENV=prod\n' >.env
is 'settings in the repository do not matter' "$(as alice vault get URL)" dev

# What merely remains is not taken.
awk '/^\[/ { skip = /^\[dev\.|^\[vault\.env\.dev/ } !skip' vault.toml >left.toml
cp left.toml vault.toml
attack 4 'no environment dev' '-e prod' as alice vault get URL
attack 4 'no environment dev' '-e prod' as alice vault set api/URL=lost
attack 125 'no environment dev' '-e prod' as alice vault exec -- touch started
ok 'nothing was started' test ! -e started
git checkout -q vault.toml

# Another vault in the place for which a default was recorded.
given as alice vault env default prod
is 'control: her own default' "$(as alice vault get URL)" prod
mkdir away
given as mallory vault init -e prod -f away/vault.toml
given as mallory vault set api/URL=evil -e prod -f away/vault.toml
given as mallory vault grant alice "$(key_of alice)" -e prod -f away/vault.toml
cp away/vault.toml vault.toml
attack 5 '' '' as alice vault get URL
attack 125 '' '' as alice vault exec -- touch started
ok 'nothing was started with it' test ! -e started
git checkout -q vault.toml
given as alice vault env default dev
is 'control: dev again' "$(as alice vault get URL)" dev
done_testing
