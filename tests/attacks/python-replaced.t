#!/bin/sh
# Promise 3: Nobody can replace a vault or an environment on a machine that knows the right one.
# alice's programs are in Python, with the package vaultfile. mallory can write to the repository. She puts her
# own vault, with alice's public key among its readers, in place of the right one, also while a program
# has it open; and she makes a vault nearer to the program.
# shellcheck source=tests/attacks/people.sh
. "$(dirname "$0")/people.sh"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || skip_all 'there is no python3 of 3.9 or newer'

mkdir site
cp -R "$TOP/bindings/python/src/vaultfile" site
cp "$(dirname "$BIN")/libvault.so" site/vaultfile
export PYTHONPATH="$WORK/site" PYTHONDONTWRITEBYTECODE=1

people alice mallory
git init -q app
cd app
given as alice vault init -e dev,prod
given as alice vault set api/HOST=good.example -e prod
given as alice vault get api/HOST -e prod
mkdir ../theirs
given as mallory vault init --reader "alice=$(key_of alice)" --reader "m=$(key_of mallory)" -e dev,prod -f ../theirs/vault.toml
given as mallory vault set api/HOST=evil.example -e prod -f ../theirs/vault.toml

cat >../read.py <<'END'
from vaultfile import Secret
print(Secret.from_name("api", "prod")["HOST"])
END
cat >../write.py <<'END'
from vaultfile import Secret
Secret.objects.create("mail", {"PASSWORD": "for nobody else"}, environment_name="prod")
END
cat >../open.py <<'END'
import shutil, sys, vaultfile
vault = vaultfile.Vault("prod")
assert vault.from_name("api")["HOST"] == "good.example"
shutil.copy("../theirs/vault.toml", "vault.toml")
if sys.argv[1] == "read":
    print(vault.from_name("api")["HOST"])
else:
    vault.objects.create("mail", {"PASSWORD": "for nobody else"})
END

run as alice python3 ../read.py
stdout_is good.example 'control: the right one'
cp vault.toml ../true.toml

cp ../theirs/vault.toml vault.toml
attack 1 PinError 'vault trust prod' as alice python3 ../read.py
attack 1 PinError 'vault trust prod' as alice python3 ../write.py
ok 'nothing is written to it' cmp vault.toml ../theirs/vault.toml
for how in read write; do
    cp ../true.toml vault.toml
    attack 1 PinError 'vault trust prod' as alice python3 ../open.py $how
    ok 'nothing is written to it' cmp vault.toml ../theirs/vault.toml
done
cp ../true.toml vault.toml

mkdir service
cp ../theirs/vault.toml service
cd service
attack 1 PinError '' as alice python3 ../../read.py
cd ..

run as alice python3 ../read.py
stdout_is good.example 'the right one is read again'
done_testing
