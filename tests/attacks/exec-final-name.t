#!/bin/sh
# Promise 18: exec sets no variable that makes a known program run other code, unless you allow it.
# Bob stores variables with harmless names. They become dangerous through the prefix or suffix that
# alice's command line adds, or through the letter case that her programs accept.
. "$(dirname "$0")/people.sh"

people alice bob
given as alice vault init
given as alice vault grant bob "$(key_of bob)" -e dev
given as bob vault set a/HOST=evil.example
given as bob vault set b/PRELOAD=evil.so
given as bob vault set c/SSH_COMMAND=evil
given as bob vault set d/CONFIG=evil e/npm_config_Script_Shell=evil f/IDENTITY=key

attack 125 'b/PRELOAD would set LD_PRELOAD, which makes the loader' '--except PRELOAD leaves it out' \
    as alice vault exec b --prefix LD_ -- true
attack 125 'c/SSH_COMMAND would set GIT_SSH_COMMAND, which makes git' '--allow-dangerous=GIT_SSH_COMMAND' \
    as alice vault exec c --prefix GIT_ -- true
attack 125 'd/CONFIG would set AWS_CONFIG_FILE, which makes aws' '--allow-dangerous=AWS_CONFIG_FILE' \
    as alice vault exec d --prefix AWS_ --files -- true
attack 125 'f/IDENTITY would set VAULT_IDENTITY_FILE, which makes vault' '' \
    as alice vault exec f --prefix VAULT_ --files --redact -- true
attack 125 'e/npm_config_Script_Shell would set npm_config_Script_Shell, which makes npm' '' \
    as alice vault exec e -- true
attack 125 'b/PRELOAD would set LD_PRELOAD' '' \
    as alice vault exec b --prefix LD_ --allow-dangerous=PRELOAD,LD_,LD_PRELOADS,ld_preload -- true
attack 125 '--allow-dangerous needs a value' '' as alice vault exec b --prefix LD_ --allow-dangerous -- true

run as alice vault exec b --prefix MY_ --files -- sh -c 'cat "$MY_PRELOAD_FILE"'
ok 'control: a harmless name is set' or_tell has_text evil.so "$STDOUT"
run as alice vault exec b --prefix LD_ --allow-dangerous=LD_PRELOAD -- true
status_is 0 'control: and one that is allowed by its final name'
done_testing
