#!/bin/sh
# make lint passes a tree that is whole, and sees each rule that is broken.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

for tool in clang clang-format clang-tidy shellcheck mandoc; do
    command -v $tool >/dev/null || skip_all "there is no $tool"
done

small_tree whole
run make -s -C whole lint
status_is 0 'a tree that is whole passes'
run sh -c 'cd "$TOP" && build-aux/layers.sh "$BUILD"'
status_is 0 'the layers of vault itself point down'

# In a copy, where the file has NEW instead of OLD.
sees() { # NAME LINT COMPLAINT FILE OLD NEW
    cp -Rp whole broken
    replace "broken/$4" "$5" "$6"
    run make -s -C broken "$2"
    status_is 2 "$1: $2 fails"
    cat "$STDERR" >>"$STDOUT"
    stdout_has "$3" "$1: $2 says \"$3\""
    rm -rf broken
}

sees 'a line out of shape' lint-format 'cli/main.c:8' \
    cli/main.c '    return' '  return'
sees 'a bug' lint-bugs 'Null pointer' \
    lib/base/text.c '    char both' '    strlen(a ? a : NULL + 0); char both'
sees 'a word split' lint-shell 'SC2086' \
    tests/hello.sh 'echo "hello, $1"' 'echo $1'
sees 'a page without a name' lint-man 'NAME' \
    man/vault.1 '.Sh NAME' '.Sh NAMES'

# Each header stands alone, and vault.h in every language.
sees 'a header that needs another' lint-headers 'size_t' \
    lib/base/text.h 'const char *b' 'size_t b'
sees 'a word of C++' lint-headers 'class' \
    vault.h 'const char *whom' 'const char *class'
sees 'a word of C11' lint-headers 'C11' \
    vault.h 'extern "C" {
#endif' 'extern "C" {
#endif
_Static_assert(1, "");'

# Each room includes what its arrows allow.
layers_see() { # NAME COMPLAINT FILE OLD NEW
    sees "$1" lint-layers "layers: $2" "$3" "$4" "$5"
}
layers_see 'lib looks up to cli' 'lib/base/text.h includes "../cli/words.h"' \
    lib/base/text.h '/* The caller' '#if 0
#  include  "../cli/words.h"
#endif
/* The caller'
layers_see 'another library' 'lib/base/text.c includes <openssl/evp.h>' \
    lib/base/text.c '#include <string.h>' '#include <string.h>
#if 0
#include <openssl/evp.h>
#endif'
layers_see 'vault.h looks into lib' 'vault.h includes "base/text.h"' \
    vault.h 'VAULT_API const char *v' '#include "base/text.h"
VAULT_API const char *v'
layers_see 'vault.c looks up to cli' 'vault.c includes "ui/say.h"' \
    vault.c '#include "base/text.h"' '#include "base/text.h"
#if 0
#include "ui/say.h"
#endif'
layers_see 'cli hides where it looks' 'cli/main.c includes "../lib/base/text.h"' \
    cli/main.c 'base/text.h' '../lib/base/text.h'

# In a room of its own, a file that includes one header of another room.
room_sees() { # FOLDER HEADER
    cp -Rp whole broken
    mkdir -p "broken/$1"
    printf '#if 0\n#include "%s"\n#endif\ntypedef int empty;\n' "$2" >"broken/$1/new.c"
    run make -s -C broken lint-layers
    status_is 2 "$1 includes $2: lint-layers fails"
    stderr_has "layers: $1/new.c includes \"$2\"" "$1 includes $2: lint-layers says so"
    rm -rf broken
}
room_sees lib/base vault/doc.h # base knows no vault
room_sees lib/base vault.h
room_sees cli vault/doc.h
room_sees lib/age vault/seal.h # age knows no vault
room_sees lib/text age/age.h
room_sees lib/find age/age.h # what looks for values knows no key
room_sees lib/find text/json.h
room_sees lib/vault merge/merge.h
room_sees lib/merge find/leak.h
room_sees lib/vault open/settings.h
room_sees lib/open merge/merge.h
room_sees cli/ui run/cage.h # from below: the terminal, processes, a vault, its history, verbs
room_sees cli/ui verbs/table.h
room_sees cli/run session/session.h
room_sees cli/run git/git.h
room_sees cli/session git/git.h
room_sees cli/session verbs/table.h
room_sees cli/git verbs/scan_values.h
room_sees cli/git age/age.h
room_sees cli/verbs age/age.h

# The same, where no #include shows it: a file declares a function of another room by itself.
room_calls() { # FOLDER OTHER
    cp -Rp whole broken
    mkdir -p "broken/$1" "broken/$2"
    printf 'int there(void);\nint here(void);\nint here(void)\n{\n    return there();\n}\n' >"broken/$1/new.c"
    printf 'int there(void);\nint there(void)\n{\n    return 1;\n}\n' >"broken/$2/other.c"
    run make -s -C broken lint-layers
    status_is "$3" "$1 calls $2: lint-layers exits with $3"
    [ "$3" = 0 ] || stderr_has "layers: $1/new.o calls there of $2/other.o" "$1 calls $2: lint-layers says so"
    rm -rf broken
}
room_calls lib/base lib/vault 2
room_calls lib/text lib/age 2
room_calls lib/vault lib/open 2
room_calls cli/ui cli/run 2
room_calls cli/run cli/session 2
room_calls cli/session cli/git 2
room_calls cli/git cli/verbs 2
room_calls cli/verbs lib/vault 2
room_calls cli/verbs cli/session 0

cp -Rp whole broken
printf 'int here(void);\nint there(void);\nint here(void)\n{\n    return there();\n}\n' >broken/lib/base/one.c
printf 'int here(void);\nint there(void);\nint there(void)\n{\n    return here();\n}\n' >broken/lib/base/two.c
run make -s -C broken lint-layers
status_is 2 'two files that need each other: lint-layers fails'
stderr_has 'layers: these need each other: lib/base/' 'two files that need each other: lint-layers says so'
rm -rf broken

# Calls, where the objects show them.
calls() { # COMPLAINT FILE STATEMENT
    cp -Rp whole broken
    {
        printf '#include <%s>\n' assert.h fcntl.h stdio.h stdlib.h sys/mman.h sys/socket.h sys/stat.h \
            unistd.h
        sed "s|^    return|    $3; return|" "whole/$2"
    } >"broken/$2"
    run make -s -C broken lint-layers
    status_is 2 "$3 in $2: lint-layers fails"
    stderr_has "layers: ${2%.c}.o calls $1" "$3 in $2: lint-layers says \"calls $1\""
    rm -rf broken
}

people='only cli talks to people'
calls "puts: $people" lib/base/text.c '(void)puts(a)'
calls "printf: $people" lib/base/text.c '(void)printf("%s", a)'
calls "stderr: $people" lib/base/text.c '(void)fprintf(stderr, "%s", a)'
calls "perror: $people" vault.c 'perror(whom)'
calls "printf: $people" lib/base/file.c '(void)printf("%s", path)'
process='only cli starts or ends a process'
calls "exit: $process" lib/base/text.c 'if (!a) exit(1)'
calls "abort: $process" lib/base/text.c 'if (!a) abort()'
calls "assert_fail: $process" vault.c 'assert(whom)'
calls "fork: $process" lib/base/file.c 'if (fork() < 0) return 1'
around='only lib/open/variables.c and cli look around'
calls "getenv: $around" lib/base/text.c 'if (getenv(a)) return NULL'
calls "getenv: $around" vault.c 'if (getenv(whom)) return NULL'
calls "environ: $around" vault.c 'extern char **environ; if (!environ) return NULL'
cp -Rp whole broken
mkdir broken/lib/open
printf '#include <stdlib.h>\nchar *look(void);\nchar *look(void)\n{\n    return getenv("HOME");\n}\n' \
    >broken/lib/open/variables.c
run make -s -C broken lint-layers
status_is 0 'lib/open/variables.c may'
mv broken/lib/open/variables.c broken/lib/open/settings.c
run make -s -C broken lint-layers
stderr_has "layers: lib/open/settings.o calls getenv: $around" 'its neighbours may not'
rm -rf broken
disk='only lib/base/file.c touches the disk'
calls "open: $disk" lib/base/text.c 'if (open(a, O_RDONLY) < 0) return NULL'
calls "fopen: $disk" lib/base/text.c 'if (!fopen(a, "r")) return NULL'
calls "rename: $disk" lib/base/text.c 'if (rename(a, b) != 0) return NULL'
calls "unlink: $disk" vault.c 'if (unlink(whom) != 0) return NULL'
calls "read: $disk" lib/base/text.c 'if (read(0, both, 2) < 0) return NULL'
calls "mkdir: $disk" lib/base/text.c 'if (mkdir(a, 0700) != 0) return NULL'
maps='only lib/base/mem.c maps memory'
calls "mlock: $maps" lib/base/text.c 'if (mlock(a, 1) != 0) return NULL'
offline='vault is offline'
calls "socket: $offline" lib/base/file.c 'if (socket(AF_INET, SOCK_STREAM, 0) < 0) return 1'
calls "socket: $offline" cli/main.c 'if (socket(AF_INET, SOCK_STREAM, 0) < 0) return 1'

done_testing
