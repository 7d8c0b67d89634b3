#!/bin/sh
# With the real age, age-keygen and ssh-keygen: files go both ways, for each kind of key.
. "$(dirname "$0")/../lib.sh"

for program in age age-keygen ssh-keygen python3; do
    command -v $program >/dev/null || skip_all "there is no $program: make deps-test"
done

PEER_SIZES='0 1 65535 65536 65537 1000000'
PASSPHRASE='correct horse "battery" staple é'

ours() {
    "$BUILD/tests/vectors/age-tool" "$@"
}

# age makes no file when there is nothing to write into it.
age_open() { # IDENTITY-FILE IN OUT
    age -d -i "$1" -o "$3" "$2" && touch "$3"
}

# It asks for passphrases on the terminal, and for a new one twice.
age_seal_with() { # IN OUT
    "$TOP/tests/pty.py" --expect 'Enter passphrase.*: ' --secret "$PASSPHRASE" \
        --expect 'Confirm passphrase: ' --secret "$PASSPHRASE" -- age -p -o "$2" "$1"
}

age_open_with() { # IN OUT PASSPHRASE
    "$TOP/tests/pty.py" --expect 'Enter passphrase: ' --secret "$3" -- age -d -o "$2" "$1" &&
        touch "$2"
}

# opens NAME PLAIN COMMAND…: the command makes the file `opened`, which is PLAIN again.
opens() {
    opens_name=$1
    opens_plain=$2
    shift 2
    rm -f opened
    run "$@"
    ok "$opens_name" or_tell done_and_same "$opens_plain"
}

done_and_same() { # PLAIN
    test "$status" -eq 0 && cmp -s opened "$1"
}

age-keygen -o x25519 2>keygen.log
age-keygen -o other 2>>keygen.log
ssh-keygen -q -t ed25519 -N '' -C 'a comment' -f ssh
age_public=$(age-keygen -y x25519)
other_public=$(age-keygen -y other)
ssh_public=$(cat ssh.pub)

# --- public keys ---

run ours public x25519
stdout_is "$age_public" "an X25519 key's public half is age-keygen's"
run ours public ssh
stdout_is "${ssh_public% a comment}" "an SSH key's is ssh-keygen's"

# --- sizes, both ways ---

for size in $PEER_SIZES; do
    plain=plain.$size
    head -c "$size" /dev/urandom >"$plain"
    for kind in x25519 ssh; do
        case $kind in
        x25519) public=$age_public ;;
        ssh) public=$ssh_public ;;
        esac
        ours seal "$plain" "ours.$kind.$size" "$public"
        opens "$kind, $size bytes: ours to age" "$plain" \
            age_open $kind "ours.$kind.$size" opened
        age -r "$public" -o "theirs.$kind.$size" "$plain"
        opens "$kind, $size bytes: age to ours" "$plain" \
            ours open "theirs.$kind.$size" opened $kind
        age -a -r "$public" -o "armored.$kind.$size" "$plain"
        opens "$kind, $size bytes: armored by age, to ours" "$plain" \
            ours open "armored.$kind.$size" opened $kind
    done
    ours seal-with "$PASSPHRASE" 2 "$plain" "ours.passphrase.$size"
    opens "passphrase, $size bytes: ours to age" "$plain" \
        age_open_with "ours.passphrase.$size" opened "$PASSPHRASE"
    age_seal_with "$plain" "theirs.passphrase.$size" >/dev/null
    opens "passphrase, $size bytes: age to ours" "$plain" \
        ours open-with "$PASSPHRASE" "theirs.passphrase.$size" opened
done

ours seal-with "$PASSPHRASE" 18 plain.1 ours.usual
opens 'passphrase at the usual work factor: ours to age' plain.1 \
    age_open_with ours.usual opened "$PASSPHRASE"
run ours open-with 'wrong' theirs.passphrase.1 opened.not
status_is 1 'a wrong passphrase: exit status 1'
stderr_has 'it is not sealed to this key' 'a wrong passphrase: said so'
run age_open_with ours.passphrase.1 opened.not wrong
status_is 1 "age says of a wrong passphrase to ours: exit status 1"
stdout_has 'incorrect passphrase'
ok 'neither made a file' test ! -e opened.not

# --- several recipients, several identities ---

plain=plain.65537
ours seal $plain ours.several "$age_public" "$ssh_public" "$other_public"
age -r "$age_public" -r "$ssh_public" -r "$other_public" -o theirs.several $plain
for identity in x25519 ssh other; do
    opens "three recipients, ours: age opens it as $identity" $plain \
        age_open $identity ours.several opened
    opens "three recipients, theirs: ours opens it as $identity" $plain \
        ours open theirs.several opened $identity
done

age-keygen -o third 2>>keygen.log
{
    echo '# several keys'
    grep AGE-SECRET-KEY other
    echo
    cat third x25519
} >keyring
sed 's/$/\r/' keyring >keyring.crlf
for identities in keyring keyring.crlf; do
    run ours public $identities
    stdout_is "$(for key in other third x25519; do age-keygen -y $key; done)" \
        "$identities: its public keys"
    opens "$identities: the one that fits is found" plain.1 \
        ours open theirs.x25519.1 opened $identities
done
opens 'identities of two files' plain.1 ours open theirs.ssh.1 opened other ssh

run ours open theirs.x25519.1 opened.not other
status_is 1 "somebody else's file: exit status 1"
stderr_has 'it is not sealed to this key'
run age_open other ours.x25519.1 opened.not
stderr_has 'no identity matched' "somebody else's file of ours, says age"

# --- keys that are refused ---

ssh-keygen -q -t ed25519 -N 'a passphrase' -C '' -f ssh.locked
ssh-keygen -q -t rsa -b 2048 -N '' -C '' -f ssh.rsa
cp -p ssh.rsa ssh.pem
ssh-keygen -q -p -m PEM -P '' -N '' -f ssh.pem >/dev/null
ssh-keygen -q -t ecdsa -N '' -C '' -f ssh.ecdsa

run ours public ssh.locked
status_is 1 'an SSH key with a passphrase: exit status 1'
stderr_has 'this SSH key has a passphrase'
cp -p ssh.locked ssh.opened
ssh-keygen -q -p -P 'a passphrase' -N '' -f ssh.opened >/dev/null
run ours public ssh.opened
is 'a copy that ssh-keygen has opened works' "$(cat "$STDOUT")" "$(sed 's/ *$//' ssh.locked.pub)"

for type in rsa ecdsa; do
    run ours public ssh.$type
    status_is 1 "an SSH key of type $type: exit status 1"
    stderr_has 'only ssh-ed25519 is supported' "an SSH key of type $type: said so"
    run ours seal plain.1 opened.not "$(cat ssh.$type.pub)"
    status_is 1 "a public SSH key of type $type: exit status 1"
    stderr_has 'ssh-ed25519' "a public SSH key of type $type: said so"
done
run ours public ssh.pem
status_is 1 'an RSA key in PEM: exit status 1'
stderr_has "OpenSSH private keys" 'an RSA key in PEM: said so'

ok 'no refusal made a file' test ! -e opened.not
done_testing
