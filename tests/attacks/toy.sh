# A vault that tina's plugin opens, for attacks by or through that plugin. Sources people.sh.
# shellcheck shell=sh
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"

command -v python3 >/dev/null || skip_all 'there is no python3: make deps-test'
people alice tina
mkdir "$TMP/bin"
cp "$TOP/tests/age-plugin-toy.py" "$TMP/bin/age-plugin-toy"
PATH=$TMP/bin:$PATH
export TOY_DUMP='' TOY_COUNT=''
"$TMP/bin/age-plugin-toy" --new >"$TMP/toy.key"
chmod 600 "$TMP/toy.key"
toy=$(sed -n 's/^# *Recipient: //p' "$TMP/toy.key")
given as alice vault init
given as alice vault set "KEY=a-value-of-alice"
given as alice vault grant tina "$toy"
rm -r "$TMP/people/tina/.config"

tina() { # VERB…: with the plugin's identity
    as tina "$BIN" "$@" --identity "$TMP/toy.key"
}
toy_that() { # HOW COMMAND…: the plugin does something else than it should
    TOY=$1 TOY_COUNT=$TMP/count
    export TOY
    shift
    "$@"
    told=$?
    unset TOY
    return "$told"
}
