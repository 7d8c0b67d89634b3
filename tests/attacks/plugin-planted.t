#!/bin/sh
# Promise 20: vault runs nothing that a repository names.
# mallory commits a program called age-plugin-toy, has readers and a passphrase in the vault that name
# plugins, and hopes for a PATH with "." or an empty entry in it.
# shellcheck source=tests/attacks/toy.sh
. "$(dirname "$0")/toy.sh"

cat >age-plugin-toy <<END
#!/bin/sh
touch '$PWD/ran'
END
chmod +x age-plugin-toy
mkdir sub && cp age-plugin-toy sub
mv "$TMP/bin/age-plugin-toy" "$TMP/honest"
for path in ".:$PATH" ":$PATH" "$PATH:" "sub:$PATH" "./sub:$PATH"; do
    PATH=$path attack 3 'age-plugin-toy is not in PATH' 'install age-plugin-toy' tina get KEY
    PATH=$path attack 4 'reader tina: age-plugin-toy is not in PATH' 'install' as alice "$BIN" rotate
done
ok 'none of them was run' not test -e ran

# Names that are a path, or no name.
cat >names.py <<END
import importlib.util
import sys

spec = importlib.util.spec_from_file_location("toy", sys.argv[1])
toy = importlib.util.module_from_spec(spec)
spec.loader.exec_module(toy)
for name in "../../work/sub/x", "/tmp/x", "a b", "":
    print(toy.encode("age-plugin-" + name + "-", bytes(32)).upper())
END
python3 names.py "$TOP/tests/age-plugin-toy.py" >names
while IFS= read -r identity; do
    printf '%s\n' "$identity" >bad.key
    chmod 600 bad.key
    attack 3 'identity' '' as tina "$BIN" get KEY --identity bad.key
done <names

# A reader that only the file names is given nothing, and its plugin is not started.
mv "$TMP/honest" "$TMP/bin/age-plugin-toy"
TOY_COUNT=$TMP/count
: >"$TOY_COUNT"
cp vault.toml before
awk -v key="$("$TMP/bin/age-plugin-toy" --new | sed -n 's/^# *Recipient: //p')" \
    '/^tina = \[/ { line = $0; sub(/^tina = \["[^"]*"/, "evil = [\"" key "\"", line); extra = line; on = 1 }
     { print } on && extra { held = held extra "\n"; extra = "" ; next } on && !/\]/ { held = held $0 "\n" }
     on && /\]/ { held = held $0 "\n"; printf "%s", held; on = 0 }' before >vault.toml
grep -q '^evil' vault.toml || { echo 'not planted' >&2 && exit 1; }
attack 5 'evil' '' as alice "$BIN" rotate
is 'no plugin is started for a planted reader' "$(wc -l <"$TOY_COUNT" | tr -d ' ')" 0
cp before vault.toml
run tina get KEY
is 'an honest case: a plugin in a folder that PATH names in full' "$(cat "$STDOUT")" a-value-of-alice
done_testing
