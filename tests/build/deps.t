#!/bin/sh
# make deps and make deps-test, with package managers that only write down what they are told.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

DEPS=$TOP/build-aux/deps.sh
CALLS=$WORK/calls
export CALLS
unset DEBIAN_FRONTEND

stand_in() { # NAME SCRIPT
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}

# A machine with the usual small tools and what make check wants, a compiler that finds no header, and
# nothing else.
bare_machine() { # UID [MANAGER]
    rm -rf bin "$CALLS"
    mkdir bin
    touch "$CALLS"
    for tool in sh awk env find grep sort; do
        ln -s "$(command -v $tool)" "bin/$tool"
    done
    stand_in cc 'exit 1'
    for tool in age age-keygen git prove python3 ssh-keygen; do
        stand_in $tool 'exit 0'
    done
    stand_in id "echo $1"
    stand_in sudo 'echo "sudo:" >>"$CALLS" && exec "$@"'
    [ -z "${2-}" ] || stand_in "$2" 'echo "${0##*/} $*" >>"$CALLS"'
}

deps() {
    PATH=$WORK/bin CC=cc "$DEPS" "$@"
}

called() { # NAME LINES
    ok "$1: calls" or_say "it called: $(cat "$CALLS")" same_text "$2" "$CALLS"
}

installs() { # MANAGER CALLS
    bare_machine 0 "$1"
    run deps
    status_is 0 "$1, as root: done"
    called "$1, as root" "$2"
    ok "$1, as root: prints what it runs" has_text "${2##*"$newline"}" "$STDOUT"
    stdout_lacks sudo "$1, as root: without sudo"

    bare_machine 1000 "$1"
    run deps
    status_is 0 "$1, as a user: done"
    if [ "$1" = brew ]; then
        called "$1, as a user" "$2"
    else
        called "$1, as a user" "$(echo "$2" | sed 's/^/sudo:\
/')"
        stdout_has 'deps: sudo ' "$1, as a user: prints that it runs sudo"
    fi
}

installs apt-get 'apt-get update
apt-get install -y --no-install-recommends libsodium-dev pkg-config'
installs dnf 'dnf install -y libsodium-devel pkgconf-pkg-config'
installs apk 'apk add --no-cache libsodium-dev pkgconf'
installs pacman 'pacman -Sy --needed --noconfirm libsodium pkgconf'
installs zypper 'zypper --non-interactive install libsodium-devel pkg-config'
installs brew 'brew install libsodium pkgconf'
installs pkg 'pkg install -y libsodium pkgconf'

# What make check wants is installed too, but not needed.
bare_machine 0 apt-get
rm bin/prove bin/git
run deps
called 'to build and to check' 'apt-get update
apt-get install -y --no-install-recommends libsodium-dev pkg-config
apt-get install -y --no-install-recommends git perl'
everything_to_build() {
    bare_machine 0 apt-get
    stand_in pkg-config 'exit 0'
}
everything_to_build
rm bin/prove
stand_in apt-get 'exit 9'
run deps
status_is 0 'nothing to check with can be had: goes on'
stderr_has 'what needs one of these is skipped: prove' 'nothing to check with can be had: says so'

# deps-test brings more, with each manager.
for manager in apt-get dnf apk pacman zypper brew pkg; do
    bare_machine 0 $manager
    run deps test
    status_is 0 "$manager, for the tests: done"
    for package in libsodium clang shellcheck; do
        case $manager-$package in
        brew-clang | pkg-clang) package=llvm ;;
        esac
        ok "$manager, for the tests: installs $package" grep -qi "install.* [a-z-]*$package\|add .*$package\|-Sy.* $package" "$CALLS"
    done
    is "$manager, for the tests: nothing twice" "$(tr ' ' '\n' <"$CALLS" |
        grep -v -x -e '-.*' -e install -e add -e update -e "$manager" | sort | uniq -d)" ''
done

# apt-get is told not to ask.
bare_machine 0
stand_in apt-get 'echo "$DEBIAN_FRONTEND" >>"$CALLS"'
run deps
called 'apt-get is told not to ask' "$newline"noninteractive

# Lists that cannot be fetched are no reason to stop; packages that cannot be had are.
bare_machine 0
stand_in apt-get 'echo "$1" >>"$CALLS"; [ "$1" != update ]'
run deps
status_is 0 'apt-get update fails: goes on'
called 'apt-get update fails' "update${newline}install"
stdout_has 'deps: apt-get update' 'apt-get update fails: it was said'
for manager in apt-get dnf apk pacman zypper brew pkg; do
    bare_machine 0
    stand_in $manager 'exit 9'
    run deps
    status_is 9 "$manager fails: so does deps"
done

# Only what is missing, and nothing when all is there.
everything() {
    bare_machine 0 apt-get
    mkdir -p runtime
    touch runtime/libclang_rt.fuzzer-test.a
    for tool in pkg-config age age-keygen prove python3 git ssh-keygen strace tmux readelf shellcheck \
        mandoc clang-format clang-tidy node npm go ruby gem dash zsh fish busybox direnv lintian debootstrap valgrind; do
        stand_in $tool 'exit 0'
    done
    stand_in cc "exit 0" # and finds each header
    stand_in clang "echo '$WORK/runtime'"
}
for purpose in build test; do
    everything
    run deps $purpose
    status_is 0 "all is there, to $purpose: done"
    stdout_is 'deps: everything is here' "all is there, to $purpose: says so"
    called "all is there, to $purpose" ''
done
everything
rm bin/mandoc runtime/*
run deps
called 'to build, nothing of the tests is wanted' ''
run deps test
called 'what is missing, and no more' 'apt-get update
apt-get install -y --no-install-recommends libclang-rt-dev mandoc'

# What is only compared with may be missing, whatever the reason.
everything
rm bin/go bin/node
run deps test
called 'to compare with' 'apt-get update
apt-get install -y --no-install-recommends golang-go nodejs'
stand_in apt-get 'exit 9'
run deps test
status_is 0 'nothing to compare with can be had: goes on'
stderr_has 'what needs one of these is skipped: node go' 'nothing to compare with can be had: says so'

# Without the means, the reason.
for manager in apt-get dnf apk pacman zypper pkg; do
    bare_machine 0 $manager
    run deps
    typed=$(tail -n 1 "$CALLS")
    bare_machine 1000 $manager
    rm bin/sudo
    run deps
    status_is 1 "$manager, no sudo: fails"
    stderr_is "deps: only root may install packages, and there is no sudo. As root, type:
deps: $typed" "$manager, no sudo: says what to type"
    called "$manager, no sudo" ''
done
everything_to_build
rm bin/prove bin/sudo
stand_in id 'echo 1000'
run deps
status_is 0 'no sudo, and only what make check wants is missing: goes on'
stderr_has 'apt-get install -y --no-install-recommends perl' 'no sudo: says what to type for make check'
bare_machine 0
run deps
status_is 1 'no package manager: fails'
stdout_has 'missing: libsodium pkg-config' 'no package manager: says what is missing'
stderr_has 'no package manager' 'no package manager: says so'

# What is compared with: vectors come with go, as one of its modules, and not twice.
bare_machine 0
for tool in cat cksum cp dirname mkdir rm sed tar; do
    ln -s "$(command -v $tool)" "bin/$tool"
done
mkdir -p module/testdata module/tests/valid module/tests/invalid
touch module/LICENSE module/testdata/one module/tests/valid/listed.toml module/tests/valid/other.toml
echo valid/listed.toml >module/tests/files-toml-1.0.0
stand_in go '[ "$1" = mod ] || exit 1
echo "go $*" >>"$CALLS"; printf "{\n\t\"Dir\": \"%s\",\n}\n" "$WORK/module"'
mkdir 'a build'
run env PATH="$WORK/bin" "$TOP/build-aux/peers.sh" 'a build'
status_is 0 'peers: done'
called 'peers' "$(sed -n 's/^	\(.*\) \(v.*\)/\1@\2/p' "$TOP/tests/vectors/go/go.mod" |
    sed 's/^/go mod download -json /')"
is 'peers: the vectors are there, those that the list names' \
    "$(cd 'a build/peers/vectors' && find . -type f | sort)" './age/one
./toml/LICENSE
./toml/valid/listed.toml'
stdout_has 'peers: vectors of age' 'peers: says what is there'
stdout_has 'peers: no dotenv for node: its tests are skipped' 'peers: says what is not'
is 'the tests find them' "$(BUILD="$WORK/a build" "$TOP/tests/vectors/find.sh" age)" "$WORK/a build/peers/vectors/age"
: >"$CALLS"
run env PATH="$WORK/bin" "$TOP/build-aux/peers.sh" 'a build'
called 'peers, once more: what is there is left as it is' ''

# In one go, on a machine where libsodium comes with deps: what is built finds it, and is hardened.
small_tree tree
bare_machine 0
for tool in make as cat chmod cmp cksum cp cut getconf head ld ar ln mkdir mktemp mv nm readelf rm sed touch uname; do
    ln -sf "$(command -v $tool)" "bin/$tool"
done
stand_in cc "case \" \$* \" in *' -E '*) [ -e '$WORK/bin/pkg-config' ] || exit 1 ;; esac; exec '$(command -v cc)' \"\$@\""
stand_in apt-get "[ \$1 = update ] || ln -s '$(command -v pkg-config)' '$WORK/bin/pkg-config'"
printf '#!/bin/sh\necho "a demo of $1"\n' >tree/build-aux/demo.sh
run env PATH="$WORK/bin" make -s -j8 -C tree demo
status_is 2 'make demo, without libsodium: fails'
stderr_has "libsodium's headers are not here: make deps" 'make demo, without libsodium: says what to type'
run env PATH="$WORK/bin" make -s -j8 -C tree demo deps
status_is 0 'make deps demo, on a bare machine: done'
stderr_is '' 'make deps demo, on a bare machine: without a warning'
stdout_has 'apt-get install' 'make deps demo, on a bare machine: installs'
stdout_has 'a demo of vault' 'make deps demo, on a bare machine: shows it'
if static_libsodium; then
    run env PATH="$WORK/bin" make -s -C tree check-hardening
    status_is 0 'make deps demo, on a bare machine: its program is hardened'
    run env PATH="$WORK/bin" make -q -C tree
    status_is 0 'make deps demo, on a bare machine: it is built for good'
else
    skip 'make deps demo, on a bare machine: its program is hardened' 'there is no static libsodium'
fi

done_testing
