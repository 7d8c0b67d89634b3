#!/bin/sh
# Makes the loader find a library that was just installed or removed. If it does not search LIBDIR,
# prints what a program linked with the library needs in order to find it. With a DESTDIR it does
# nothing: the package's installation does this on another machine.
# usage: rpath.sh LIBDIR DESTDIR
set -eu

libdir=$1
[ -z "$2" ] || exit 0
PATH=$PATH:/usr/sbin:/sbin

searched() {
    [ "$(uname -s)" = Linux ] && ldconfig -N -X -v 2>/dev/null | sed 's/:.*//' | grep -qxF "$libdir"
}

if ! searched; then
    printf ' -Wl,-rpath,%s' "$libdir"
elif [ "$(id -u)" -eq 0 ]; then
    ldconfig
fi
