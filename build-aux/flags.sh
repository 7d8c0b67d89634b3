#!/bin/sh
# Probes each hardening flag with $CC, and prints the accepted ones as make variables. The user's
# CFLAGS and LDFLAGS come last, as in the build, so a flag that conflicts with them is left out.
# check-hardening checks the result.
set -u

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

cat >"$scratch/try.c" <<'END'
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
    char copy[16] = "";
    strncpy(copy, argv[argc - 1], sizeof copy - 1);
    return printf("%s\n", copy) < 0;
}
END

compiler=
linker=
static=

# The variables are parsed as a recipe's shell parses them, including quotes.
compile() { # FLAG…
    eval "$CC $compiler $* ${CPPFLAGS-} ${CFLAGS-} -Werror -c" '-o "$scratch/try.o" "$scratch/try.c"' \
        2>/dev/null && compiler="$compiler $*"
}

links() { # FLAG…
    eval "$CC ${CFLAGS-} $* ${LDFLAGS-} -Werror" '-o "$scratch/try" "$scratch/try.o"' 2>/dev/null
}

link() { # FLAG…
    links "$linker" "$@" && linker="$linker $*"
}

compile -fPIC
compile -fvisibility=hidden
compile -fstack-protector-strong
compile -fstack-clash-protection
compile -fcf-protection=full            # x86: marks and checks jump targets
compile -mbranch-protection=standard    # ARM: the same
compile -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 || compile -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
compile '"-ffile-prefix-map=$PWD=."'    # the same bytes in any folder

link -Wl,-z,relro
link -Wl,-z,now
link -Wl,-z,noexecstack
links -static-pie && static=-static-pie

map=-Wl,--version-script=build-aux/libvault.map
links "$linker" -shared "$map" || map=

echo "HARDEN_CFLAGS =$compiler"
echo "HARDEN_LDFLAGS =$linker"
echo "STATIC = ${static:--static}"
echo "EXPORTS = $map"
