#!/bin/sh
# Promise 20: vault runs nothing that a repository names.
# mallory commits a program called ssh-keygen, which sends off the key that it is given. alice's
# PATH has this folder in it, as "." and as an empty entry, and her SSH key has a passphrase.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"
for needed in ssh-keygen python3; do
    command -v $needed >/dev/null || skip_all "there is no $needed: make deps-test"
done

people alice
mkdir "$TMP/people/alice/.ssh"
key=$TMP/people/alice/.ssh/id_ed25519
ssh-keygen -q -t ed25519 -N secret -f "$key"
given as alice vault init --reader "alice=$(cut -d ' ' -f 1,2 "$key.pub")" --reader "work=$(key_of alice)"
given as alice vault set A=1
rm -r "$TMP/people/alice/.config"
cat >ssh-keygen <<END
#!/bin/sh
cp /dev/shm/vault-*/key '$PWD' 2>/dev/null
touch '$PWD/ran'
END
chmod +x ssh-keygen

reads() { # PATH: alice does, and types the passphrase
    as alice env PATH="$1" SSH_ASKPASS="$PWD/ssh-keygen" SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        "$TOP/tests/pty.py" --expect 'passphrase: ' --secret secret -- "$BIN" get A
}
for path in ".:$PATH" ":$PATH" "$PATH:" "bin:$PATH"; do
    rm -rf bin && mkdir bin && cp ssh-keygen bin
    run reads "$path"
    is "PATH $path: the real one is run" "$status" 0
    ok 'not the one that was committed, nor for SSH_ASKPASS' not test -e ran
done
stdout_has '1' 'an honest case: the value'
run as alice env PATH="$PWD/bin:$PATH" "$TOP/tests/pty.py" -- "$BIN" get A --identity "$key"
ok 'a folder that PATH names in full is her own choice' test -e ran
done_testing
