#!/bin/sh
# Promise 36: A plugin that hangs, dies or floods is ended, with a clear error.
# tina's plugin ends early, sends messages without an end, ignores SIGTERM, or stays when all is done.
# That it hangs is in tests/cli/plugins.t, which has a shorter time-out; here she loses patience.
# shellcheck source=tests/attacks/toy.sh
. "$(dirname "$0")/toy.sh"

no_plugin_is_left() {
    for entry in /proc/[0-9]*; do
        tr '\0' ' ' 2>/dev/null <"$entry/cmdline" | grep -q "$TMP/bin/age-plugin-toy" && return 1
    done
    return 0
}
for how in die leave endless body flood chat; do
    attack 3 'age-plugin-toy' 'whoami' toy_that $how tina get KEY
    ok "$how: the messages have an end" test "$(wc -l <"$STDERR")" -lt 64
done
for how in die leave endless flood; do
    attack 1 'reader tina: age-plugin-toy' 'whoami' toy_that $how as alice "$BIN" rotate
done
run toy_that stay tina get KEY
is 'one that stays does not hold up a value' "$(cat "$STDOUT")" a-value-of-alice
if [ -d /proc/self ]; then
    ok 'none of them is left' no_plugin_is_left
    run as tina "$TOP/tests/pty.py" --expect 'running ' --send "$(printf '\003')" -- \
        env TOY=hang "$BIN" get KEY --identity "$TMP/toy.key"
    ok 'Ctrl-C ends the wait' test "$status" -ne 0
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        no_plugin_is_left && break
        sleep 0.5
    done
    ok 'and the plugin, which ignores SIGTERM' no_plugin_is_left
fi
run tina get KEY
is 'an honest case: the plugin as it is' "$(cat "$STDOUT")" a-value-of-alice
done_testing
