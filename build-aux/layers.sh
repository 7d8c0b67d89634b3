#!/bin/sh
# Checks that dependencies point down: cli -> vault.h -> lib -> libsodium and libc. It reads the
# #include lines, and the symbol tables of the objects, where macros and comments cannot mislead.
# usage: layers.sh BUILD    the folder of the objects; run from the top of the tree
set -u

build=$1
failed=0

complain() {
    failed=$((failed + 1))
    echo "layers: $*" >&2
}

includes() { # FILE: what it includes, with the quotes or brackets
    sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\(["<][^">]*[">]\).*/\1/p' "$1"
}

include_only() { # PATTERN FILE…
    allowed=$1
    shift
    for file in "$@"; do
        [ -e "$file" ] || continue
        for header in $(includes "$file" | grep -Evx "$allowed"); do
            complain "$file includes $header"
        done
    done
}

SYSTEM='<((sys|sys/platform|linux|net|netinet|arpa)/)?[a-z0-9_]+\.h>'

# A source may include the headers of its own folder and of the named folders, and its object may
# call what these define.
arrows=
room() { # FOLDER FOLDER-OR-HEADER…
    folder=$1
    shift
    pattern=$SYSTEM
    arrows="$arrows|$folder $folder $*"
    for header in "$folder"/*.h; do
        pattern="$pattern|\"${header##*/}\""
    done
    for from; do
        case $from in
        *.h) pattern="$pattern|\"$from\"" ;;
        *) pattern="$pattern|\"$from/[a-z0-9_]+\\.h\"" ;;
        esac
    done
    include_only "$pattern" "$folder"/*.[ch]
}

include_only "$SYSTEM" vault.h
include_only "$SYSTEM|\"vault\.h\"|\"(base|text|text/dotenv|text/format|find|vault|merge|open|api)/[a-z0-9_]+\.h\"" vault.c
room lib/base
room lib/age base
room lib/text base
room lib/text/dotenv base text
room lib/text/format base text text/dotenv
room lib/find base
room lib/vault base age text
room lib/merge base vault
room lib/open base vault text text/dotenv
room lib/api vault.h base text text/format find vault merge open
beneath='vault.h base text text/dotenv text/format find'
# shellcheck disable=SC2086 # a list
{
    room cli/ui $beneath ui
    room cli/run $beneath run ui
    room cli/session $beneath session run ui
    room cli/git $beneath session run ui
    room cli/verbs $beneath git session run ui
    room cli $beneath verbs git session run ui
}

# The Python package calls the library through vault.h.
declared=bindings/python/src/vaultfile/_library.py
if [ -e "$declared" ]; then
    called=$(sed -n 's/^    ("\([a-z_]*\)", .*/\1/p' "$declared")
    for name in $called; do
        grep -qE "(^|[ *])vault_$name\(" vault.h || complain "$declared calls vault_$name, which vault.h does not declare"
    done
fi

needs() { # OBJECT: what it calls, without what glibc puts around a name
    nm -u "$1" | sed 's/.* //; s/@.*//; s/^_*//; s/_chk$//; s/_2$//; s/64$//; s/^isoc[0-9]*_//'
}

call_none() { # WHY NAMES OBJECT…
    why=$1
    names=$(echo "$2" | tr -s ' \n' '||')
    shift 2
    for object in "$@"; do
        for name in $(needs "$object" | grep -Ex "$names" | sort -u); do
            complain "${object#"$build/"} calls $name: $why"
        done
    done
}

symbols() { # OBJECT…: its folder, its name, T or U, a symbol
    for object in "$@"; do
        source=${object#"$build/"}
        folder=${source%/*}
        case $source in
        vault.o | lib/api/*) folder=vault.h ;; # the API, which they implement
        esac
        nm -g "$object" | awk -v folder="$folder" -v file="$source" \
            '{ print folder, file, ($(NF - 1) == "U" ? "U" : "T"), $NF }'
    done
}

call_down() { # OBJECT…
    symbols "$@" | sort -k3,3 | awk -v arrows="$arrows" '
        BEGIN {
            n = split(arrows, rooms, "|")
            for (i = 1; i <= n; i++) {
                m = split(rooms[i], room, " ")
                for (j = 2; j <= m; j++)
                    allowed[room[1], room[j]] = 1
            }
        }
        $3 == "T" { home[$4] = $1; file[$4] = $2; next }
        $4 in home && $1 != home[$4] && $1 != "vault.h" {
            short = home[$4]
            sub(/^(lib|cli)\//, "", short)
            if (!(($1, short) in allowed))
                print $2 " calls " $4 " of " file[$4]
        }'
}

# No two files depend on each other, in any room.
circle() { # OBJECT…: the files in it
    symbols "$@" | sort -k3,3 | awk '
        $3 == "T" { file[$4] = $2; next }
        $4 in file && $2 != file[$4] { print $2, file[$4] }' | tsort 2>&1 >/dev/null |
        sed -n 's/^tsort: \(.*\.o\)$/\1/p'
}

PRINTING='printf vprintf fprintf vfprintf dprintf vdprintf puts fputs putchar fputc putc fwrite perror
psignal syslog vsyslog warn warnx stdin stdout stderr getpass isatty ttyname tcgetattr tcsetattr'
ENDING='exit Exit quick_exit abort assert_fail raise kill err errx
signal sigaction fork vfork system popen posix_spawn posix_spawnp
execl execle execlp execv execve execvp execvpe fexecve'
SURROUNDINGS='getenv secure_getenv setenv putenv unsetenv clearenv environ'
DISK='open openat creat fopen fopen64 fdopen freopen read readv pread write writev pwrite sendfile
stat lstat fstat fstatat xstat lxstat fxstat statx access faccessat opendir fdopendir readdir
rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat remove mkdir mkdirat rmdir
mkstemp mkostemp mkdtemp tmpfile truncate ftruncate chmod fchmod fchmodat chown fchown lchown
fchownat utimensat futimens fsync fdatasync sync flock lockf fcntl realpath readlink readlinkat
chdir fchdir'
MEMORY='mmap mprotect mlock'
NETWORK='socket connect bind listen accept send sendto sendmsg getaddrinfo gethostbyname'

objects_of() { # SOURCE…
    for source in "$@"; do
        [ -e "$source" ] || continue
        echo "$build/${source%.c}.o"
    done
}
library=$(objects_of vault.c lib/*/*.c lib/*/*/*.c)
blind=$(echo "$library" | grep -v '/lib/open/variables\.o$')
pure=$(echo "$library" | grep -v '/lib/base/file\.o$')
unmapped=$(echo "$library" | grep -v '/lib/base/mem\.o$')
program=$(objects_of cli/*.c cli/*/*.c)

# The unquoted variables are lists of objects.
# shellcheck disable=SC2086
{
    call_none 'only cli talks to people' "$PRINTING" $library
    call_none 'only cli starts or ends a process' "$ENDING" $library
    call_none 'only lib/open/variables.c and cli look around' "$SURROUNDINGS" $blind
    call_none 'only lib/base/file.c touches the disk' "$DISK" $pure
    call_none 'only lib/base/mem.c maps memory' "$MEMORY" $unmapped
    call_none 'vault is offline' "$NETWORK" $library $program
    while read -r sentence; do
        [ -z "$sentence" ] || complain "$sentence"
    done <<END
$(call_down $library $program)
END
    files=$(circle $library $program | tr '\n' ' ')
    [ -z "$files" ] || complain "these need each other: $files"
}

[ "$failed" -eq 0 ]
