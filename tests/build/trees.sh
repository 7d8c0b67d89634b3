# Trees for the tests of the build: one in miniature, with the real Makefile and what it runs, quick
# to build and to break; and a copy of the real one.
# shellcheck shell=sh

unset CFLAGS CPPFLAGS LDFLAGS BUILD ONLY DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR MANDIR PROGRAM \
    BASHDIR ZSHDIR FISHDIR RUN

small_tree() { # FOLDER
    mkdir -p "$1/lib/base" "$1/cli" "$1/man" "$1/tests/unit"
    cp -R "$TOP/Makefile" "$TOP/build-aux" "$TOP/.clang-format" "$TOP/.clang-tidy" "$TOP/.shellcheckrc" \
        "$1"
    cp "$TOP/lib/base/system.h" "$1/lib/base"
    cat >"$1/vault.h" <<'END'
/* A library of one function. */
#ifndef VAULT_H
#define VAULT_H

#ifdef __cplusplus
extern "C" {
#endif

#define VAULT_VERSION "7.8.9"
#define VAULT_API __attribute__((visibility("default")))

VAULT_API const char *vault_greeting(const char *whom);

#ifdef __cplusplus
}
#endif

#endif
END
    cat >"$1/vault.c" <<'END'
/* What vault.h promises. */
#include "vault.h"

#include "base/text.h"

const char *vault_greeting(const char *whom)
{
    return text_join("hello, ", whom);
}
END
    cat >"$1/lib/base/text.h" <<'END'
/* Text put together. */
#ifndef TEXT_H
#define TEXT_H

/* The caller frees it; NULL when there is no memory. */
char *text_join(const char *a, const char *b);

#endif
END
    cat >"$1/lib/base/text.c" <<'END'
/* Text put together. */
#include "text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

char *text_join(const char *a, const char *b)
{
    char both[256] = "";

    snprintf(both, sizeof both, "%s%s", a, b);
    return sodium_init() < 0 ? NULL : strdup(both);
}
END
    cat >"$1/lib/base/file.c" <<'END'
/* The file that may touch the disk. */
#include "file.h"

#include <unistd.h>

int file_remove(const char *path)
{
    return unlink(path);
}
END
    cat >"$1/lib/base/file.h" <<'END'
/* The file that may touch the disk. */
#ifndef FILE_H
#define FILE_H

int file_remove(const char *path);

#endif
END
    cat >"$1/cli/main.c" <<'END'
/* A program of one line. */
#include "base/text.h"
#include "vault.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    return puts(vault_greeting(argv[argc - 1])) < 0;
}
END
    cat >"$1/man/vault.1" <<'END'
.Dd November 1, 2026
.Dt VAULT 1
.Os
.Sh NAME
.Nm vault
.Nd says hello
.Sh SYNOPSIS
.Nm
.Ar whom
.Sh DESCRIPTION
.Nm
greets
.Ar whom .
END
    cat >"$1/tests/hello.sh" <<'END'
#!/bin/sh
# Says hello.
echo "hello, $1"
END
}

# A copy of the whole tree, without .git and what was built, but for the objects, to save the time.
copy_tree() { # FOLDER
    mkdir -p "$1/build"
    (cd "$TOP" && tar -cf - --exclude=./.git --exclude=./build --exclude=./vault \
        --exclude=./vault-static --exclude='./libvault.*' --exclude='./*.tar.gz' --exclude='./*.deb' .) |
        tar -xf - -C "$1"
    for part in settings flags.mk vault.o vault.d lib cli; do
        [ ! -e "$TOP/build/$part" ] || cp -Rp "$TOP/build/$part" "$1/build"
    done
}

# Replaces text in a file, which must have it: a test that breaks nothing would prove nothing.
replace() { # FILE OLD NEW
    grep -qF -- "$2" "$1" || {
        echo "$1 does not have: $2" >&2
        return 1
    }
    python3 - "$@" <<'END'
import sys

path, old, new = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    text = file.read()
with open(path, "w", encoding="utf-8") as file:
    file.write(text.replace(old, new))
END
}

static_libsodium() {
    echo 'int main(void) { return 0; }' >"$TMP/static.c"
    "${CC:-cc}" -static -o "$TMP/static" "$TMP/static.c" -lsodium 2>/dev/null
}
