#!/bin/sh
# Where keys are looked for, and in which order; what was given and opens nothing ends the search.
. "$(dirname "$0")/scene.sh"

given vault keygen -o good.key
good=$(cat "$STDOUT")
given vault keygen -o wrong.key
wrong=$(cat "$STDOUT")
given vault init --reader "good=$good"
given vault set "KEY=$MARKER" --identity good.key
printf 'not the passphrase' >wrong.pass
chmod 600 wrong.pass
mkdir -p "${IDENTITY%/*}"
GOOD=$(cat good.key)
WRONG=$(cat wrong.key)

# opens NAME COMMAND…: it gets the value, and asks nobody.
opens() {
    tap_about=$1
    shift
    run alone "$@"
    is "$tap_about" "$(cat "$STDOUT" "$STDERR")" "$MARKER"
}
# locked WORDS HINT COMMAND…
locked() {
    locked_words=$1 locked_hint=$2
    shift 2
    refuses 3 "$locked_words" "$locked_hint" alone "$@"
}

# ---- each of them alone

locked 'no key was given' 'vault keygen' "$BIN" get KEY
locked 'no key was given' 'ask a reader: vault grant NAME age1… -e dev' "$BIN" get KEY
opens '--identity' "$BIN" get KEY --identity good.key
opens 'VAULT_IDENTITY' env VAULT_IDENTITY="$GOOD" "$BIN" get KEY
opens 'VAULT_IDENTITY of one line' env VAULT_IDENTITY="$(grep AGE good.key)" "$BIN" get KEY
opens 'VAULT_IDENTITY_FILE' env VAULT_IDENTITY_FILE=good.key "$BIN" get KEY
cat good.key >"$IDENTITY"
chmod 600 "$IDENTITY"
opens 'the identity in XDG_CONFIG_HOME' "$BIN" get KEY
mkdir -p "$HOME/elsewhere/vault"
mv "$IDENTITY" "$HOME/elsewhere/vault"
opens 'another XDG_CONFIG_HOME' env XDG_CONFIG_HOME="$HOME/elsewhere" "$BIN" get KEY
mkdir -p "$HOME/.config/vault"
mv "$HOME/elsewhere/vault/identity" "$HOME/.config/vault/identity"
opens 'none: it is .config at HOME' env -u XDG_CONFIG_HOME "$BIN" get KEY
opens 'one that is relative does not count' env XDG_CONFIG_HOME=elsewhere "$BIN" get KEY
{ cat wrong.key && cat good.key; } >both.key
chmod 600 both.key
opens 'one of several in a file' "$BIN" get KEY --identity both.key
opens 'one of several files' "$BIN" get KEY --identity wrong.key --identity good.key

# ---- the order, and where it ends

cp -p wrong.key "$IDENTITY"
opens 'a flag goes before the place' "$BIN" get KEY --identity good.key
opens 'a variable goes before the place' env VAULT_IDENTITY="$GOOD" "$BIN" get KEY
opens 'a flag goes before a variable' env VAULT_IDENTITY="$WRONG" "$BIN" get KEY --identity good.key
opens 'before a broken one, too' env VAULT_IDENTITY="$MARKER" VAULT_IDENTITY_FILE=nowhere \
    "$BIN" get KEY --identity good.key
locked 'none of the keys that were given opens dev' "vault grant NAME $wrong -e dev" "$BIN" get KEY
cp -p good.key "$IDENTITY"
locked 'none of the keys' "vault grant NAME $wrong -e dev" "$BIN" get KEY --identity wrong.key
locked 'none of the keys' "vault grant NAME $wrong -e dev" env VAULT_IDENTITY="$WRONG" "$BIN" get KEY
locked 'none of the keys' '' env VAULT_IDENTITY_FILE=wrong.key "$BIN" get KEY
locked 'none of the keys' '' env VAULT_IDENTITY="$GOOD" "$BIN" get KEY --identity wrong.key
locked 'none of the keys' 'vault grant NAME age1… -e dev' "$BIN" get KEY --passphrase-file wrong.pass
locked 'none of the keys' 'vault grant NAME age1… -e dev' env VAULT_PASSPHRASE="$MARKER" "$BIN" get KEY
locked 'VAULT_IDENTITY: ' 'VAULT_IDENTITY_FILE names a file' env VAULT_IDENTITY="$MARKER" "$BIN" get KEY
stderr_has 'hint: VAULT_IDENTITY takes the key itself; VAULT_IDENTITY_FILE names a file'
locked 'VAULT_IDENTITY: ' '' env VAULT_IDENTITY='AGE-SECRET-KEY-1QQQQ' "$BIN" get KEY
locked 'nowhere.key' '' "$BIN" get KEY --identity nowhere.key
locked 'nowhere.key' '' env VAULT_IDENTITY_FILE=nowhere.key "$BIN" get KEY
locked 'nowhere.pass' '' "$BIN" get KEY --passphrase-file nowhere.pass
locked 'nowhere.pass' '' env VAULT_PASSPHRASE_FILE=nowhere.pass "$BIN" get KEY
locked 'nowhere.key' '' "$BIN" get KEY -e prod --identity nowhere.key
refuses 125 'nowhere.key' '' alone "$BIN" exec --identity nowhere.key -- touch started
locked 'nowhere.key' '' "$BIN" get KEY --identity good.key --identity nowhere.key

for variable in VAULT_IDENTITY VAULT_IDENTITY_FILE VAULT_PASSPHRASE VAULT_PASSPHRASE_FILE; do
    run env "$variable=" "$BIN" get KEY
    stdout_has "$MARKER" "an empty $variable counts as unset"
    stderr_is "note: $variable is empty, and counts as not set"
done

# ---- what can never be one

locked 'where the name of an identity file is expected' 'VAULT_IDENTITY takes the key itself' \
    "$BIN" get KEY --identity "$(grep AGE good.key)"
locked 'where the name of an identity file is expected' '' \
    env VAULT_IDENTITY_FILE="$GOOD" "$BIN" get KEY
ok 'a key in the wrong variable is not said' not has_text AGE-SECRET-KEY-1 "$STDERR"
printf '%s\n' "$MARKER" >garbage.key
sed 's/^AGE-SECRET-KEY-1../&Q/' good.key >damaged.key
: >empty.key
printf '\n%s\n' "$MARKER" >second-line
chmod 600 garbage.key damaged.key empty.key second-line
for key in garbage.key damaged.key empty.key .; do
    locked "$key" '' "$BIN" get KEY --identity "$key"
    locked "$key" '' env VAULT_IDENTITY_FILE="$key" "$BIN" get KEY
done
for pass in empty.key second-line .; do
    locked "$pass" '' "$BIN" get KEY --passphrase-file "$pass"
    locked "$pass" '' env VAULT_PASSPHRASE_FILE="$pass" "$BIN" get KEY
done

# ---- who else can read it

chmod 644 good.key
refuses 3 'good.key can be read by others' 'chmod 600 good.key' vault get KEY --identity good.key
refuses 3 'good.key can be read by others' 'chmod 600 good.key' \
    env VAULT_IDENTITY_FILE=good.key "$BIN" get KEY
chmod 640 wrong.pass "$IDENTITY"
refuses 3 'wrong.pass can be read by others' 'chmod 600 wrong.pass' \
    vault get KEY --passphrase-file wrong.pass
refuses 3 "$IDENTITY can be read by others" "chmod 600 $IDENTITY" vault get KEY
stderr_lacks 'ask a reader' 'a grant would not help'
chmod 600 good.key wrong.pass
if chown 1 good.key 2>/dev/null; then
    chmod 644 good.key
    run vault get KEY --identity good.key
    status_is 0 "somebody else's, as containers mount it, is read"
    stderr_is 'note: good.key can be read by others'
    chown 0 good.key
    chmod 600 good.key
else
    skip "somebody else's file" 'only root can give a file away'
fi
rm "$IDENTITY"

# ---- ssh

if command -v ssh-keygen >/dev/null; then
    mkdir "$HOME/.ssh"
    ssh=$HOME/.ssh/id_ed25519
    given ssh-keygen -q -t ed25519 -N '' -C 'of a test' -f "$ssh"
    ssh_public=$(cut -d ' ' -f 1,2 "$ssh.pub")
    given vault keygen
    mv "$IDENTITY" own.key
    locked 'none of the keys' "vault grant NAME '$ssh_public' -e dev" "$BIN" get KEY
    given vault grant sam "$ssh_public" --identity good.key
    opens 'the usual ssh key' "$BIN" get KEY
    opens '--identity of ssh' "$BIN" get KEY --identity "$ssh"
    opens 'VAULT_IDENTITY of ssh' env VAULT_IDENTITY="$(cat "$ssh")" "$BIN" get KEY
    mv own.key "$IDENTITY"
    opens 'the usual ssh key after an identity that opens nothing' "$BIN" get KEY
    rm "$IDENTITY"
    given ssh-keygen -q -p -P '' -N "$MARKER" -f "$ssh"
    locked "$ssh has a passphrase" 'ssh-keygen asks' "$BIN" get KEY
    locked "$ssh has a passphrase" 'ssh-agent cannot' "$BIN" get KEY --identity "$ssh"
else
    skip 'ssh keys' 'there is no ssh-keygen'
fi

# ---- pins

print_fingerprint() {
    vault verify --identity good.key 2>&1 >/dev/null | sed -n 's/.* its key is //p'
}
pin=$(print_fingerprint)
ok 'verify prints the fingerprint' matches "$pin" '??????????????????????'
opens '--pin that is right' "$BIN" get KEY --identity good.key --pin "dev=$pin"
case $pin in
A*) other=B${pin#?} ;;
*) other=A${pin#?} ;;
esac
opens 'VAULT_PIN that is right' env VAULT_PIN="prod=$other,dev=$pin" "$BIN" get KEY --identity good.key
refuses 5 'dev' '' vault get KEY --identity good.key --pin "dev=$other"
refuses 5 'dev' '' env VAULT_PIN="dev=$other" "$BIN" set KEY=1 --identity good.key
opens 'a flag goes before VAULT_PIN' env VAULT_PIN="dev=$other" "$BIN" get KEY \
    --identity good.key --pin "dev=$pin"
refuses 2 'a pin is ENV=FINGERPRINT' '' vault get KEY --identity good.key --pin "$MARKER"
rm -r "$XDG_STATE_HOME"
run vault get KEY --identity good.key
stderr_has "note: dev is opened on this machine for the first time: its key is $pin"
opens 'the second time nothing is said' "$BIN" get KEY --identity good.key

# A vault that somebody has put in the place of this one, with a key wrapped to the same readers.
mv vault.toml true.toml
given vault init --reader "good=$good" -f false.toml
given vault set KEY=false -f false.toml --identity good.key
mv false.toml vault.toml
refuses 5 'vault' '' vault get KEY --identity good.key -e dev
refuses 5 'vault' '' vault set KEY=1 --identity good.key
mv true.toml vault.toml

# ---- an environment that this machine has not seen: it can be named

given vault env create prod --reader "good=$good" --identity good.key
given vault set KEY=prod -e prod --identity good.key
grep -v ' prod ' "$XDG_STATE_HOME/vault/pins" >"$TMP/pins"
unseen() {
    cat "$TMP/pins" >"$XDG_STATE_HOME/vault/pins"
}
unseen
refuses 5 'prod: this machine knows the vault, but not this environment' '-e prod' \
    env VAULT_ENV=prod "$BIN" get KEY --identity good.key
given vault get KEY -e prod --identity good.key
unseen
given vault grant wes "$wrong" -e dev,prod --identity good.key
unseen
given vault copy KEY app/COPY --to prod --identity good.key

finish
