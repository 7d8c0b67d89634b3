#!/bin/sh
# vault.h is read as it is by what binds C to other languages: cffi of Python, which reads what the
# preprocessor leaves of it, and cgo. Each makes a handle and a vault through it.
. "$(dirname "$0")/../lib.sh"
. "$TOP/tests/build/trees.sh"

copy_tree tree
run make -s -C tree libvault.so libvault.a
status_is 0 'the libraries are built'

cat >use.py <<'END'
import sys

import cffi

text, library = sys.argv[1:]
ffi = cffi.FFI()
ffi.cdef(open(text).read())
lib = ffi.dlopen(library)
v = lib.vault_new()
key, kv = ffi.new("char **"), ffi.new("vault_kv **")
pairs = ffi.new("vault_pair[1]")
name, value = ffi.new("char[]", b"KEY"), ffi.new("char[]", b"value")
pairs[0].name, pairs[0].value, pairs[0].len = name, value, 5


def must(err):
    if err != lib.VAULT_OK:
        sys.exit(ffi.string(lib.vault_error(v)).decode())


must(lib.vault_identity_create(v, b"py.key"))
must(lib.vault_add_identity_file(v, b"py.key"))
must(lib.vault_public_key(v, key))
must(lib.vault_create(v, b"py.toml"))
must(lib.vault_env_create(v, b"dev", ffi.NULL))
must(lib.vault_reader_add(v, b"dev", b"me", key[0]))
must(lib.vault_kv_from_pairs(v, pairs, 1, kv))
must(lib.vault_secret_create(v, ffi.NULL, b"app", kv[0], lib.VAULT_EXISTING_ERROR))
must(lib.vault_save(v))
lib.vault_kv_free(kv[0])
must(lib.vault_secret_get(v, ffi.NULL, b"app", ffi.NULL, 0, kv))
print(ffi.string(lib.vault_kv_get(kv[0], b"KEY", ffi.NULL)).decode())
if lib.vault_secret_get(v, b"none", b"app", ffi.NULL, 0, kv) != lib.VAULT_ABSENT or kv[0]:
    sys.exit("an environment that is not there")
lib.vault_free(v)
END
if python3 -c 'import cffi' 2>/dev/null; then
    # Without GNU C's attributes, and without what the system's headers declare: cffi knows it.
    grep -v '^#include <' "$TOP/vault.h" >alone.h
    "${CC:-cc}" -E -P -U__GNUC__ alone.h >plain.h
    run python3 use.py plain.h "$PWD/tree/libvault.so"
    status_is 0 'cffi reads vault.h'
    stdout_is value 'and Python gets a value through it'
else
    skip 'cffi reads vault.h' 'there is no cffi for Python'
fi

mkdir go
cat >go/go.mod <<'END'
module use

go 1.18
END
cat >go/use.go <<'END'
package main

// #include <stdlib.h>
// #include <vault.h>
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

func main() {
	v := C.vault_new()
	defer C.vault_free(v)
	path, app, name := C.CString(os.Args[1]), C.CString("app"), C.CString("KEY")
	defer C.free(unsafe.Pointer(path))
	defer C.free(unsafe.Pointer(app))
	defer C.free(unsafe.Pointer(name))
	var list **C.char
	var count C.size_t
	if C.vault_open(v, path) != C.VAULT_OK || C.vault_value_list(v, nil, app, &list, &count) != C.VAULT_OK {
		fmt.Println(C.GoString(C.vault_error(v)))
		os.Exit(1)
	}
	fmt.Println(C.GoString(*list), count, C.GoString(C.vault_err_name(C.VAULT_LOCKED)))
	C.vault_release(unsafe.Pointer(list))
}
END
if ! command -v go >/dev/null; then
    skip 'cgo reads vault.h' 'there is no go'
elif [ ! -e py.toml ]; then
    skip 'cgo reads vault.h' 'there is no vault to read'
else
    libs=$(pkg-config --libs libsodium 2>/dev/null || echo -lsodium)
    run env CGO_CFLAGS="-I$TOP" CGO_LDFLAGS="$PWD/tree/libvault.a $libs" GOFLAGS=-mod=mod GOPROXY=off \
        GOCACHE="$PWD/cache" GOTOOLCHAIN=local sh -c 'cd go && go build -o ../use-go .'
    status_is 0 'cgo reads vault.h'
    run ./use-go py.toml
    stdout_is 'KEY 1 locked' 'and Go gets a name through it'
fi
[ ! -d cache ] || chmod -R u+w cache 2>/dev/null
done_testing
