// A program in Go with libvault: reads a secret, starts a command with it, and changes a key.
//
//	go run . COMMAND [ARGUMENT…]
package main

/*
#cgo pkg-config: vault
#include <stdlib.h>
#include <vault.h>

// cgo exports functions without const, so it cannot be the callback itself.
void goNotice(void *user, char *sentence);
static void notice(void *user, const char *sentence)
{
	goNotice(user, (char *)sentence);
}
static void set_notice(vault *v)
{
	vault_set_notice(v, notice, NULL);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"unsafe"
)

// Error says what failed, why, and what it is about.
type Error struct {
	Code, Reason, Message string
}

func (e *Error) Error() string { return e.Message }

// Is makes errors.Is(err, &Error{Code: "absent"}) work.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code && other.Message == ""
}

// Vault is an open vault, for one goroutine at a time.
type Vault struct{ v *C.vault }

// Secret is a set of environment variables.
type Secret struct {
	vault  *Vault
	name   string
	Values map[string]string
}

//export goNotice
func goNotice(_ unsafe.Pointer, sentence *C.char) {
	fmt.Fprintln(os.Stderr, "note:", C.GoString(sentence))
}

func (v *Vault) check(err C.vault_err) error {
	if err == C.VAULT_OK {
		return nil
	}
	reason := C.vault_reason_name(C.vault_error_reason(v.v))
	return &Error{C.GoString(C.vault_err_name(err)), C.GoString(reason), C.GoString(C.vault_error(v.v))}
}

// Strings of C, freed together. libvault reads a name up to a zero byte, so that is refused here.
type texts struct {
	all []unsafe.Pointer
	err error
}

func (t *texts) one(s string) *C.char {
	if strings.IndexByte(s, 0) >= 0 {
		t.err = &Error{Code: "invalid", Message: "a zero byte in a name"}
	}
	c := C.CString(s)
	t.all = append(t.all, unsafe.Pointer(c))
	return c
}

// Memory of C for what has pointers that C follows.
func (t *texts) room(count int, size uintptr) unsafe.Pointer {
	room := C.calloc(C.size_t(count+1), C.size_t(size))
	t.all = append(t.all, room)
	return room
}

func (t *texts) array(list []string) **C.char {
	array := (**C.char)(t.room(len(list), unsafe.Sizeof((*C.char)(nil))))
	for i, s := range list {
		unsafe.Slice(array, len(list))[i] = t.one(s)
	}
	return array
}

func (t *texts) free() {
	for _, p := range t.all {
		C.free(p)
	}
}

// Open opens the vault that the program would use here. env "": VAULT_ENV, or dev.
func Open(env string) (*Vault, error) {
	var t texts
	var name *C.char

	defer t.free()
	if env != "" {
		name = t.one(env)
	}
	v := &Vault{C.vault_new()}
	if v.v == nil {
		return nil, errors.New("no memory")
	}
	C.set_notice(v.v)
	err := t.err
	if err == nil {
		err = v.check(C.vault_open_default(v.v, name, nil))
	}
	if err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// Close wipes the keys.
func (v *Vault) Close() {
	C.vault_free(v.v)
	v.v = nil
}

// FromName reads a secret. The error names all required keys that it lacks.
func (v *Vault) FromName(name string, required ...string) (*Secret, error) {
	var t texts
	var kv *C.vault_kv

	defer t.free()
	cName, cRequired := t.one(name), t.array(required)
	if t.err != nil {
		return nil, t.err
	}
	if err := v.check(C.vault_secret_get(v.v, nil, cName, cRequired, C.size_t(len(required)), &kv)); err != nil {
		return nil, err
	}
	defer C.vault_kv_free(kv)
	s := &Secret{v, name, map[string]string{}}
	for i := C.size_t(0); i < C.vault_kv_count(kv); i++ {
		pair := C.vault_kv_at(kv, i)
		s.Values[C.GoString(pair.name)] = C.GoStringN(pair.value, C.int(pair.len))
	}
	return s, nil
}

// Environ is the environment for a child process, by the rules of vault exec.
func (v *Vault) Environ(secrets ...string) ([]string, error) {
	var t texts
	var selection *C.vault_selection
	var variables *C.vault_variables
	var env []string

	defer t.free()
	rules := (*C.vault_select_rules)(t.room(1, C.sizeof_vault_select_rules))
	rules.size = C.sizeof_vault_select_rules
	rules.secrets, rules.secret_count = t.array(secrets), C.size_t(len(secrets))
	if t.err != nil {
		return nil, t.err
	}
	if err := v.check(C.vault_select(v.v, nil, rules, &selection)); err != nil {
		return nil, err
	}
	defer C.vault_selection_free(selection)
	if err := v.check(C.vault_environ(v.v, selection, nil, &variables)); err != nil {
		return nil, err
	}
	defer C.vault_variables_free(variables)
	for p := C.vault_variables_list(variables); *p != nil; p = (**C.char)(unsafe.Add(unsafe.Pointer(p), unsafe.Sizeof(*p))) {
		env = append(env, C.GoString(*p))
	}
	return env, nil
}

// Update sets keys of the secret in the vault, and leaves the others alone.
func (s *Secret) Update(values map[string]string) error {
	var t texts
	var kv *C.vault_kv
	v := s.vault

	defer t.free()
	pairs := (*C.vault_pair)(t.room(len(values), C.sizeof_vault_pair))
	room, name := unsafe.Slice(pairs, len(values))[:0], t.one(s.name)
	for key, value := range values {
		data := C.CBytes([]byte(value + "\x00"))
		t.all = append(t.all, data)
		room = append(room, C.vault_pair{name: t.one(key), value: (*C.char)(data), len: C.size_t(len(value))})
	}
	if t.err != nil {
		return t.err
	}
	if err := v.check(C.vault_kv_from_pairs(v.v, pairs, C.size_t(len(values)), &kv)); err != nil {
		return err
	}
	defer C.vault_kv_free(kv)
	if err := v.check(C.vault_secret_update(v.v, nil, name, kv)); err != nil {
		return err
	}
	return v.check(C.vault_save(v.v))
}

func run(command []string) error {
	v, err := Open("")
	if err != nil {
		return err
	}
	defer v.Close()
	db, err := v.FromName("db", "PGHOST", "PGPASSWORD")
	if err != nil {
		return err
	}
	fmt.Println("connecting to", db.Values["PGHOST"], "with a password of", len(db.Values["PGPASSWORD"]), "bytes")
	if err := db.Update(map[string]string{"LAST_PROGRAM": "go"}); err != nil {
		return err
	}
	child := exec.Command(command[0], command[1:]...)
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if child.Env, err = v.Environ("db"); err != nil {
		return err
	}
	return child.Run()
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . COMMAND [ARGUMENT…]")
		os.Exit(2)
	}
	err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if errors.Is(err, &Error{Code: "absent"}) {
		os.Exit(4)
	} else if err != nil {
		os.Exit(1)
	}
}
