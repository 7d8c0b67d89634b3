#!/bin/sh
# Promise 3: Nobody can replace a vault or an environment on a machine that knows the right one.
# mallory makes alice open many environments for the first time simultaneously, hoping that one is
# not remembered. Or she waits for a power cut while a pin is written.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

people alice bob
envs=e1,e2,e3,e4,e5,e6,e7,e8,e9,e10,e11,e12
given as alice vault init --reader "bob=$(key_of bob)" --reader "alice=$(key_of alice)" -e "$envs"
for env in $(echo "$envs" | tr , ' '); do
    given as alice vault set "A=$env" -e "$env"
done
cp vault.toml true.toml
pins=$TMP/people/bob/.local/state/vault/pins
for env in $(echo "$envs" | tr , ' '); do
    as bob vault get A -e "$env" >"$env.got" 2>"$env.said" &
done
wait
is 'each was read' "$(cat e?.got e??.got | tr -d '\n')" "$(echo "$envs" | tr -d ,)"
is 'each was pinned, once' "$(grep -c -E '^[A-Za-z0-9+/]{22} e[0-9]+ ' "$pins")" 12
is 'and the path once' "$(grep -c "^$WORK/vault.toml " "$pins")" 1
ok 'the pins are lines' not grep -v -q -E '^[^ ]+( e[0-9]+)? [A-Za-z0-9+/]{22}$' "$pins"
given as bob vault get A -e e1
stderr_is '' 'and known then'

# Replaced between two simultaneous openings: the key that is pinned first is the known one.
rm "$pins"
given as bob vault get A -e e1
given as alice vault rotate -e e1,e2
cp vault.toml rotated.toml

# A torn line: the next pin starts a new line, and older keys are still refused.
printf '%s' "$(sed -n 's/^id = "\(.*\)"/\1/p' vault.toml) e1 AAAAAAAA" >>"$pins"
given as bob vault get A -e e1
given as bob vault get A -e e2
cp true.toml vault.toml
attack 5 'this checkout is older' 'git pull' as bob vault get A -e e1
cp rotated.toml vault.toml
given as bob vault get A -e e1
stderr_is '' 'the newer one is known'
printf '\0\0\0' >>"$pins"
cp "$pins" before
given as bob vault get A -e e3
given as bob vault get A -e e3
stderr_is '' 'behind zeros, which a power cut leaves, a pin counts too'

# A pin that cannot be written is reported.
full=/dev/full
if [ -e "$full" ] && [ "$(id -u)" = 0 ] && command -v prlimit >/dev/null; then
    run as bob prlimit --fsize="$(wc -c <"$pins")" sh -c 'trap "" XFSZ; exec "$@"' - "$BIN" get A -e e4
    status_is 0 'a disk that is full is no reason not to read'
    stderr_has 'the key of e4 is not remembered: cannot write' 'but it is said'
    cp "$pins" after
    given as bob vault get A -e e4
    stderr_has 'for the first time' 'and no half of a line was left'
else
    skip 'a full disk' 'there is no prlimit'
fi
done_testing
