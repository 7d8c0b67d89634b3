#!/bin/sh
# A file that is damaged, in conflict, newer, or not there: each verb says so and leaves it as it is.
. "$(dirname "$0")/scene.sh"

given vault init -e dev,prod
given vault keygen -o bob.key
bob=$(cat "$STDOUT")
with "$MARKER" given vault set stripe/API_KEY
given vault set db/PASSWORD=2
given vault set web/PORT=80 -e prod
cp vault.toml whole.toml

# all_refuse STATUS TEXT: every verb that needs the key, with names that are there.
all_refuse() {
    refuses "$1" "$2" '' vault create new A=1
    refuses "$1" "$2" '' vault create stripe --force A=1
    refuses "$1" "$2" '' vault update stripe A=1
    refuses "$1" "$2" '' vault set stripe/A=1
    refuses "$1" "$2" '' vault set stripe/A --generate
    refuses "$1" "$2" '' vault get stripe/API_KEY
    refuses "$1" "$2" '' vault list stripe
    refuses "$1" "$2" '' vault list --verify
    refuses "$1" "$2" '' vault delete stripe -y
    refuses "$1" "$2" '' vault delete stripe/API_KEY -y
    refuses "$1" "$2" '' vault rename stripe payments
    refuses "$1" "$2" '' vault rename stripe/API_KEY x/Y
    refuses "$1" "$2" '' vault copy stripe payments
    refuses "$1" "$2" '' vault copy stripe --to prod -y
    refuses "$1" "$2" '' vault grant bob "$bob"
    refuses "$1" "$2" '' vault env create new --like dev
    refuses "$1" "$2" '' vault env copy dev new
    refuses "$1" "$2" '' vault env rename dev new
    refuses "$1" "$2" '' vault verify
    with '[stripe]' refuses "$1" "$2" '' vault edit -
    refuses 125 "$2" '' vault exec stripe -- touch started
    refuses 125 "$2" '' vault exec -- touch started
}
# One that reads, one that writes, one that looks at everything, and exec: which verbs refuse what is
# tests/unit/attack-write.c's to tell, of each call of the library and each damage.
some_refuse() {
    refuses "$1" "$2" '' vault get stripe/API_KEY
    refuses "$1" "$2" '' vault set stripe/A=1
    refuses "$1" "$2" '' vault verify
    refuses 125 "$2" '' vault exec -- touch started
}
# Those that need none.
names_refuse() {
    refuses "$1" "$2" '' vault list
    refuses "$1" "$2" '' vault list --all --json
    refuses "$1" "$2" '' vault env list
    refuses "$1" "$2" '' vault env create new
    refuses "$1" "$2" '' vault env delete dev -y
}
in_table() { # TABLE SCRIPT: the file, with what sed makes of the lines of a table
    sed "/^\\[$1\\]/,/^\$/{$2$newline}" whole.toml >vault.toml
    ok "the file is changed: $1 $2" not cmp -s whole.toml vault.toml
}

# sed's words for another letter behind what is given.
first_letter() {
    printf 's/\\(%s\\)A/\\1B/%st%ss/\\(%s\\)./\\1A/' "$1" "$newline" "$newline" "$1"
}

# ---- 5: who has no key has changed it

in_table dev.stripe 's/^created-by = .*/created-by = "mallory"/'
all_refuse 5 ''
in_table dev.db '/./d'
some_refuse 5 ''
in_table vault.env.dev "$(first_letter '^first-secret = "')"
some_refuse 5 ''
run vault list
status_is 0 'names are shown unverified'
run vault get web/PORT -e prod
stdout_has 80 'another environment is whole'

in_table dev.stripe "$(first_letter '^API_KEY = \["')"
refuses 5 stripe/API_KEY '' vault get stripe/API_KEY
refuses 5 stripe '' vault list stripe
refuses 5 '' '' vault list --verify
refuses 5 '' '' vault rename stripe payments
refuses 5 '' '' vault copy stripe --to prod -y
refuses 5 '' '' vault rename stripe/API_KEY x/Y
refuses 5 '' '' vault env copy dev new
refuses 5 '' '' vault env rename dev new
refuses 5 '' '' vault verify
refuses 125 '' '' vault exec -- touch started
refuses 125 '' '' vault exec stripe -- touch started
run vault get db/PASSWORD
stdout_has 2 'one damaged value does not take the others with it'
run vault exec db -- sh -c 'echo $PASSWORD'
stdout_is 2 'a secret that is whole can be used'

in_table vault.env.dev.readers 's/^me = \["[^"]*"/bob = ["'"$bob"'"/'
refuses 5 'the entry of bob, which has your public key, does not open dev' '' \
    vault get stripe/API_KEY --identity bob.key
in_table vault.env.dev.readers 's/^me = /mallory = /'
refuses 5 '' '' vault grant bob "$bob"
refuses 5 '' '' vault env create new --like dev
refuses 5 '' '' vault env copy dev new
refuses 5 '' '' vault verify

# ---- 3: a file in which nobody is left

in_table vault.env.dev.readers '/^[^[]/d'
refuses 3 'nobody reads dev' 'ask a reader: vault grant NAME age1.* -e dev' vault get stripe/API_KEY

# ---- verify goes on behind the first that it finds, and says each once

in_table dev.stripe 's/^created-by = .*/created-by = "mallory"/'
sed 's/^\[dev\.db\]/[dev.dbx]/' vault.toml >both.toml
mv both.toml vault.toml
refuses 5 'findings in dev' '' vault verify
for finding in 'the start of the secret dev/stripe' 'what follows the secret dev/dbx' 'the value of dev/dbx/PASSWORD'; do
    is "verify: $finding" "$(grep -c "^note: line [0-9]*: $finding was changed" "$STDERR")" 1
done
is 'verify: one message, which counts them' "$(grep '^vault: ' "$STDERR")" \
    "vault: $(grep -c '^note: ' "$STDERR") findings in dev"

# doctor looks at all of them, and tells what is broken from what is amiss.
run vault doctor
status_is 5 'doctor: an environment that is not whole'
stdout_has 'problem  line ' 'doctor: the first finding'
stdout_has 'ok       prod opens and verifies' 'doctor: the other one'
cp whole.toml vault.toml
run env -u XDG_CONFIG_HOME HOME="$TMP/nobody" "$BIN" doctor
status_is 0 'doctor: what is not open to one is no problem'
stdout_has 'note     you cannot open dev' 'doctor: says so'
stdout_has 'hint: ask a reader: vault grant NAME age1… -e dev' 'doctor: and the line to pass on'

# Nobody can take a key out and have it taken for one that never was.
in_table dev.db "/^PASSWORD/d$newline/^  /d"
refuses 5 '' '' vault get PASSWORD
refuses 5 '' '' vault get db/PASSWORD
refuses 5 '' '' vault delete db/PASSWORD
refuses 5 '' '' vault copy PASSWORD OTHER
refuses 5 '' '' vault edit - </dev/null
refuses 125 '' '' vault exec --require PASSWORD -- touch started

# ---- 1: no vault file

for text in '' 'x' '[vault]' "$(head -c 600 whole.toml)" "$(sed 's/^format = 1/format = "1"/' whole.toml)" \
    "$(sed "s/^created-by = .*/created-by = '$MARKER'/" whole.toml)" \
    "$(cat whole.toml; echo "$MARKER")" "$(cat whole.toml; tail -n 2 whole.toml)"; do
    printf '%s\n' "$text" >vault.toml
    refuses 1 '' '' vault get stripe/API_KEY
    refuses 1 '' '' vault set stripe/API_KEY=1
    names_refuse 1 ''
done
head -c 300 /dev/urandom >vault.toml
all_refuse 1 vault.toml
names_refuse 1 vault.toml
sed 's/^format = 1/format = 2/' whole.toml >vault.toml
some_refuse 1 'newer'
names_refuse 1 'newer'

# ---- 6: in conflict

awk '/^API_KEY/ { print "<<<<<<< HEAD"; print; getline; print; print "======="; print ">>>>>>> b"; next }
     { print }' whole.toml >vault.toml
all_refuse 6 'conflict'
names_refuse 6 'conflict'
ok 'the hint is the verb that finishes it' has_text 'hint: vault merge' "$STDERR"

# ---- 4: not there

rm vault.toml
all_refuse 4 'there is no vault.toml'
names_refuse 4 'there is no vault.toml'
mkdir vault.toml
refuses 1 'vault.toml' '' vault list
refuses 1 'vault.toml' '' vault set A=1

ok 'nothing was ever started' not test -e started
finish
