#!/bin/sh
# Installs what is missing to build and check vault, or with "test" to run all tests, with this
# system's package manager. Tools for make check, peers.sh and .ci/run are optional: without them
# tests are skipped.
# usage: deps.sh [test]
set -eu

purpose=${1:-build}
PATH=$PATH:/usr/bin/core_perl # where Arch keeps prove

# What to look for, and the package that contains it ("-": part of the system).
table='
for    needed         apt-get          dnf                apk                pacman       zypper           brew         pkg
build  libsodium      libsodium-dev    libsodium-devel    libsodium-dev      libsodium    libsodium-devel  libsodium    libsodium
build  pkg-config     pkg-config       pkgconf-pkg-config pkgconf            pkgconf      pkg-config       pkgconf      pkgconf
check  age            age              age                age                age          age              age          age
check  age-keygen     age              age                age                age          age              age          age
check  prove          perl             perl-Test-Harness  perl-utils         perl         perl             perl         perl5
check  python3        python3          python3            python3            python       python3          python3      python3
check  git            git              git                git                git          git              git          git
check  ssh-keygen     openssh-client   openssh-clients    openssh-keygen     openssh      openssh-clients  openssh      -
test   strace         strace           strace             strace             strace       strace           strace       -
test   tmux           tmux             tmux               tmux               tmux         tmux             tmux         tmux
test   readelf        binutils         binutils           binutils           binutils     binutils         binutils     binutils
test   shellcheck     shellcheck       ShellCheck         shellcheck         shellcheck   ShellCheck       shellcheck   hs-ShellCheck
test   mandoc         mandoc           mandoc             mandoc             mandoc       mandoc           mandoc       -
test   clang          clang            clang              clang              clang        clang            llvm         llvm
test   clang-runtime  libclang-rt-dev  compiler-rt        compiler-rt        compiler-rt  clang            llvm         llvm
test   clang-format   clang-format     clang-tools-extra  clang-extra-tools  clang        clang            clang-format llvm
test   clang-tidy     clang-tidy       clang-tools-extra  clang-extra-tools  clang        clang-tools      llvm         llvm
peer   node           nodejs           nodejs             nodejs             nodejs       nodejs           node         node
peer   npm            npm              nodejs-npm         npm                npm          npm              node         npm
peer   pip            python3-pip      python3-pip        py3-pip            python-pip   python3-pip      -            -
peer   go             golang-go        golang             go                 go           go               go           go
peer   ruby           ruby             ruby               ruby               ruby         ruby             ruby         ruby
peer   gem            ruby             rubygems           ruby               rubygems     ruby             ruby         ruby
peer   dash           dash             dash               dash               dash         dash             dash         dash
peer   zsh            zsh              zsh                zsh                zsh          zsh              zsh          zsh
peer   fish           fish             fish               fish               fish         fish             fish         fish
peer   busybox        busybox          busybox            busybox            busybox      busybox          -            busybox
peer   direnv         direnv           direnv             direnv             direnv       direnv           direnv       direnv
peer   valgrind       valgrind         valgrind         valgrind           valgrind     valgrind         -            valgrind
peer   memcheck.h     valgrind         valgrind-devel   valgrind-dev       valgrind     valgrind-devel   -            valgrind
peer   lintian        lintian          -                  -                  -            -                -            -
peer   debootstrap    debootstrap      -                  -                  -            -                -            -
'

has() {
    command -v "$1" >/dev/null
}

# The run-time library of the sanitizers and libFuzzer, a separate package on some systems.
has_clang_runtime() {
    has clang &&
        find "$(clang --print-runtime-dir)" -name 'libclang_rt.fuzzer*' 2>/dev/null | grep -q .
}

includes() { # HEADER
    echo "#include <$1>" | ${CC:-cc} -E - >/dev/null 2>&1
}

has_libsodium() {
    pkg-config --exists libsodium 2>/dev/null || includes sodium.h
}

is_here() {
    case $1 in
    libsodium) has_libsodium ;;
    clang-runtime) has_clang_runtime ;;
    memcheck.h) includes valgrind/memcheck.h ;;
    pip) python3 -m pip --version >/dev/null 2>&1 ;;
    *) has "$1" ;;
    esac
}

find_manager() {
    for manager in apt-get dnf apk pacman zypper brew pkg; do
        has "$manager" && break
        manager=
    done
    case $manager in
    apt-get) verb='install -y --no-install-recommends' ;;
    apk) verb='add --no-cache' ;;
    pacman) verb='-Sy --needed --noconfirm' ;;
    zypper) verb='--non-interactive install' ;;
    brew) verb=install ;;
    *) verb='install -y' ;;
    esac
}

package_for() { # NEEDED
    echo "$table" | awk -v manager="$manager" -v needed="$1" '
        $2 == "needed" { for (i = 3; i <= NF; i++) if ($i == manager) column = i }
        $2 == needed && $column != "-" { print $column }'
}

run() {
    echo "deps: $*"
    "$@"
}

may_install() {
    [ "$manager" = brew ] || [ "$(id -u)" -eq 0 ] || has sudo
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        run "$@"
    else
        run sudo "$@"
    fi
}

update_lists() {
    [ -z "$updated" ] || return 0
    updated=true
    as_root apt-get update || echo 'deps: going on with the lists that are here' >&2
}
updated=

install_packages() {
    # shellcheck disable=SC2086
    case $manager in
    apt-get)
        update_lists
        as_root env DEBIAN_FRONTEND=noninteractive apt-get $verb "$@"
        ;;
    brew) run brew $verb "$@" ;; # refuses to be root
    *) as_root "$manager" $verb "$@" ;;
    esac
}

missing() { # PURPOSE
    for needed in $(echo "$table" | awk -v purpose="$1" '$1 == purpose { print $2 }'); do
        is_here "$needed" || echo "$needed"
    done
}

packages_for() { # NEEDED…
    for needed in "$@"; do package_for "$needed"; done | sort -u
}

is_empty() { # LIST
    [ $# -eq 0 ]
}

# Unquoted variables are lists of names.
# shellcheck disable=SC2046,SC2086
{
    must=$(missing build) may=$(missing check)
    if [ "$purpose" = test ]; then
        must="$must $may $(missing test)" may=$(missing peer)
    fi
    if is_empty $must $may; then
        echo 'deps: everything is here'
        exit 0
    fi
    echo deps: missing: $must $may

    find_manager
    if [ -z "$manager" ]; then
        echo 'deps: there is no package manager that is known; please install them yourself' >&2
        is_empty $must
        exit
    fi
    if ! may_install; then
        echo deps: only root may install packages, and there is no sudo. As root, type: >&2
        echo deps: $manager $verb $(packages_for $must $may) >&2
        is_empty $must
        exit
    fi
    packages=$(packages_for $must)
    [ -z "$packages" ] || install_packages $packages
    packages=$(packages_for $may)
    [ -z "$packages" ] || install_packages $packages ||
        echo deps: what needs one of these is skipped: $may >&2
}
