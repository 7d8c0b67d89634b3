#!/bin/sh
# Promise 2: Nothing is handed out, started or written unless the environment's seals verify.
# Someone who cannot open the vault damages one of two layers, also one that the command takes nothing
# from, or plants an environment in its place.
. "$(dirname "$0")/people.sh"

people alice mallory
given as alice vault init -e dev,local
given as alice vault set app/URL=https://good app/PORT=1
given as alice vault set app/URL=http://localhost mine/DEBUG=1 -e local
cp vault.toml whole.toml

# forge NAME AWK-PROGRAM
forge() {
    awk "$2" whole.toml >vault.toml
    ok "$1: the file differs" not cmp -s whole.toml vault.toml
    attack 125 '' '' as alice vault exec app -e dev,local -- touch started
    attack 125 '' '' as alice vault exec app -e local,dev --only PORT -- touch started
    attack 5 '' '' as alice vault export app -e dev,local
    echo '{{ PORT }}' >template
    attack 5 '' '' as alice vault render template -e dev,local
    attack 5 '' '' as alice vault list -e dev,local --origin
    ok "$1: nothing was started" test ! -e started
}
forge 'a variable that would win is dropped' \
    '/^\[local\.app/ { in_local = 1 } in_local && /^URL = / { gone = 2 } gone-- > 0 { next } { print }'
forge 'a secret that is not asked for is dropped' \
    '/^DEBUG = / { gone = 2 } gone-- > 0 { next } { print }'
forge 'two variables swap their names' \
    '/^PORT = / { sub(/^PORT/, "SWAP") } /^URL = / && !done { sub(/^URL/, "PORT"); done = 1 } { sub(/^SWAP/, "URL"); print }'

cp whole.toml vault.toml
given as mallory vault init -e local -f planted.toml
given as mallory vault set app/URL=http://evil -e local -f planted.toml
given as mallory vault grant alice "$(key_of alice)" -e local -f planted.toml
awk '/^\[local\./ || /^\[vault\.env\.local/ { skip = 1 } /^\[/ && !/local/ { skip = 0 } !skip' whole.toml >vault.toml
awk '/^\[/ { keep = /local/ } keep' planted.toml >>vault.toml
attack 125 '' '' as alice vault exec -e dev,local -- touch started
attack 5 '' '' as alice vault export -e dev,local
ok 'nothing was started with what was planted' test ! -e started

cp whole.toml vault.toml
# shellcheck disable=SC2016
run as alice vault exec -e dev,local -- sh -c 'echo $URL $PORT $DEBUG'
is 'control: the honest layers' "$(cat "$STDOUT")" 'http://localhost 1 1'
done_testing
