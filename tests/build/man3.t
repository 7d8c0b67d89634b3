#!/bin/sh
# vault(3): its examples compile, against each of the installed libraries, and do what it says; its
# functions and errors are vault.h's, all of them and none besides; and so are the library's.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

page=$TOP/man/vault.3

# --- what it names

# One declaration a line, without comments.
"${CC:-cc}" -E -P "$TOP/vault.h" | tr '\n;' ' \n' | sed 's/__attribute__((visibility("default"))) *//' | grep -v '^ *typedef\|^ *enum' >declarations
named() { # PATTERN FILE
    grep -o "$1" "$2" | grep -o 'vault_[a-z_]*' | sort -u
}
declared=$(named 'vault_[a-z_]*(' declarations)
is 'every function of vault.h is in the synopsis, and no other' \
    "$(sed '/^.Sh DESCRIPTION/,$d' "$page" >synopsis && named '^\.F[no] vault_[a-z_]*' synopsis)" "$declared"
is 'and in the description' \
    "$(sed -n '/^.Sh DESCRIPTION/,/^.Sh EXAMPLES/p' "$page" >text && named '^\.Fn vault_[a-z_]*' text)" \
    "$declared"
is 'each is given NULLs by a test' "$(named 'vault_[a-z_]*(' "$TOP/tests/unit/vault-null.c" |
    grep -xF "$declared")" "$declared"
is 'every error of vault.h is there, and no other' \
    "$(sed -n '/^.Sh ERRORS/,/^.Sh SEE/s/^\.It Dv //p' "$page" | sort)" \
    "$(sed -n -e '/^typedef enum vault_err/,/^}/p' -e '/^typedef enum vault_reason/,/^}/p' "$TOP/vault.h" |
        sed -n 's/^ *\(VAULT_[A-Z_]*\)\([, ].*\)\{0,1\}$/\1/p' | grep -vx 'VAULT_OK\|VAULT_REASON_NONE' | sort)"
ok 'there are some' test "$(echo "$declared" | wc -l)" -gt 50

# The synopsis as C: declared again, and otherwise, would be an error.
awk -v q='"' '
    function put(name, args) { print type " " name "(" args ");" }
    /^\.Ft/ { type = substr($0, 5) }
    /^\.Fn/ { name = $2; args = substr($0, length(name) + 6); gsub(q " " q, ", ", args)
              gsub(q, "", args); put(name, args) }
    /^\.Fo/ { name = $2; args = "" }
    /^\.Fa/ { arg = substr($0, 5); gsub(q, "", arg); args = args (args == "" ? "" : ", ") arg }
    /^\.Fc/ { put(name, args) }
    BEGIN { print "#include <vault.h>" }' synopsis >synopsis.c
run "${CC:-cc}" -std=c99 -Wall -Wextra -Werror -fsyntax-only -I"$TOP" synopsis.c
status_is 0 'the synopsis declares what vault.h declares'
sed 's/const char \*path/char *path/' synopsis.c >other.c
run "${CC:-cc}" -std=c99 -Wall -Wextra -Werror -fsyntax-only -I"$TOP" other.c
status_is 1 'and could not declare anything else'

# The types that the description shows, one a line, are the header's.
squeezed() { # FILE
    tr '\n' ' ' <"$1" | sed 's/  */ /g'
}
"${CC:-cc}" -E -P "$TOP/vault.h" >plain
squeezed plain >header
sed -n '/^\.Sh DESCRIPTION/,/^\.Sh RETURN/p' "$page" |
    awk '/^\.Bd/ { shown = 1; next } /^\.Ed/ { shown = 0 } shown { print }' >shown
{ squeezed shown && echo; } | sed 's/; *typedef/;\ntypedef/g' >types
ok 'the page shows types' test "$(wc -l <types)" -gt 5
while read -r type; do
    ok "it is vault.h's: $type" grep -qF -- "${type% }" header
done <types

# The header by itself, in each language that may include it.
cp "$TOP/vault.h" header.c
cp "$TOP/vault.h" header.cc
for language in c99 c11; do
    run "${CC:-cc}" -std="$language" -pedantic -Wall -Wextra -Wstrict-prototypes -Werror \
        -fsyntax-only header.c
    status_is 0 "vault.h is $language"
done
if command -v "${CXX:-c++}" >/dev/null; then
    run "${CXX:-c++}" -std=c++11 -pedantic -Wall -Wextra -Werror -fsyntax-only header.cc
    status_is 0 'vault.h is C++11'
else
    skip 'vault.h is C++11' 'there is no C++ compiler'
fi

# --- the examples

awk '/^\.Sh/ { wanted = $2 == "EXAMPLES" }
    wanted && /^\.Ed/ { file = "" }
    file { gsub(/\\e/, "\\"); print >file }
    wanted && /^\.Bd/ { file = "example" ++n ".c" }' "$page"
is 'there are three examples' "$(echo example*.c)" 'example1.c example2.c example3.c'

command -v pkg-config >/dev/null || {
    skip 'the examples compile and run' 'there is no pkg-config'
    done_testing
}
copy_tree tree
run make -s -C tree install DESTDIR="$WORK/root" PREFIX=/opt/vault
status_is 0 'the library is installed'
lib=$WORK/root/opt/vault/lib
export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$WORK/root"
is 'libvault.so has the functions of vault.h, and no other' \
    "$(nm -D --defined-only "$lib/libvault.so" | awk '$2 != "A" { print $3 }' | sort)" "$declared"
public_key=$(sed -n 's/^# public key: //p' "$TOP/tests/golden/features/me.key")

compile() { # LIBRARY FLAG…
    library=$1
    shift
    for i in 1 2 3; do
        # shellcheck disable=SC2046
        run "${CC:-cc}" -std=c99 -Wall -Wextra -Werror -o "example$i" "example$i.c" \
            $(pkg-config "$@" --cflags --libs vault)
        status_is 0 "example $i compiles with $library"
    done
}

# The second makes what the others read.
try() { # LIBRARY
    rm -f key.txt vault.toml .env
    export VAULT_IDENTITY_FILE=key.txt XDG_STATE_HOME="$WORK/state-of-$1"
    run ./example1
    status_is 1 "$1: there is nothing to read"
    stderr_has 'there is no vault.toml in this folder or above it' "$1: which is said"
    run ./example2 "$public_key"
    status_is 0 "$1: a vault is made"
    ok "$1: which holds no value in plain text" not grep -q 'sk_live\|whsec' vault.toml
    run ./example2 "$public_key"
    stderr_is 'key.txt exists already' "$1: and not made again"
    run ./example1
    status_is 0 "$1: a secret is read"
    stdout_is 'sk_live_1' "$1: its value"
    run ./example3
    stderr_has 'there is no .env' "$1: without a dotenv file there is no layer"
    echo 'API_KEY=local' >.env
    run ./example3
    stdout_is "API_KEY=local${newline}WEBHOOK_KEY=whsec_1" "$1: the layers"
    cat "$TOP/tests/golden/features/me.key" >key.txt
    run ./example1
    stdout_is 'sk_live_1' "$1: the other reader reads it too"
}

compile libvault.so
export LD_LIBRARY_PATH="$lib"
try libvault.so
unset LD_LIBRARY_PATH
rm "$lib"/libvault.so*
compile libvault.a --static
try libvault.a

done_testing
