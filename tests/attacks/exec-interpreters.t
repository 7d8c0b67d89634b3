#!/bin/sh
# Promise 18: exec sets no variable that makes a known program run other code, unless you allow it.
# Bob can write to dev. He stores variables there that make perl, python and git run his code when
# alice runs those programs.
. "$(dirname "$0")/people.sh"

people alice bob
given as alice vault init
given as alice vault grant bob "$(key_of bob)" -e dev
given as alice vault set api/TOKEN=honest
given as bob vault verify -e dev

mkdir lib
echo 'package Evil; open F, ">", "pwned"; close F; 1;' >lib/Evil.pm
echo 'open("pwned", "w").close()' >lib/sitecustomize.py

# hostile NAME VALUE COMMAND…: bob stores the variable, and alice's command is refused. If she
# allows the variable, the command runs bob's code: otherwise the attack would prove nothing.
hostile() {
    name=$1 value=$2
    shift 2
    given as bob vault set "api/$name=$value"
    attack 125 "api/$name would set $name, which makes" "--allow-dangerous=$name sets it" \
        as alice vault exec -- "$@"
    ok "$name: nothing of his ran" test ! -e pwned
    if command -v "$1" >/dev/null; then
        as alice vault exec --allow-dangerous="$name" -- "$@" >/dev/null 2>&1 || :
        ok "$name: it is an attack" test -e pwned
    else
        skip "$name: it is an attack" "there is no $1"
    fi
    rm -f pwned
    given as bob vault delete "api/$name" -y
}

hostile PERL5OPT "-I$WORK/lib -MEvil" perl -e 1
hostile PYTHONPATH "$WORK/lib" python3 -c 'pass'
hostile GIT_EXTERNAL_DIFF 'touch pwned; :' git diff --no-index "$TOP/vault.h" "$TOP/vault.c"

given as bob vault set api/GIT_CONFIG_COUNT=1 api/GIT_CONFIG_KEY_0=alias.x 'api/GIT_CONFIG_VALUE_0=!touch pwned'
attack 125 'would set GIT_CONFIG_COUNT, which makes git' '' as alice vault exec -- git x
attack 125 'would set GIT_CONFIG_KEY_0, which makes git' '' \
    as alice vault exec --allow-dangerous=GIT_CONFIG_COUNT -- git x
run as alice vault exec --allow-dangerous=GIT_CONFIG_COUNT,GIT_CONFIG_KEY_0,GIT_CONFIG_VALUE_0 -- git x
ok 'GIT_CONFIG_…: it is an attack' test -e pwned
run as alice vault exec --only TOKEN -- sh -c 'echo "$TOKEN"'
stdout_is honest 'control: an honest variable is set'
done_testing
