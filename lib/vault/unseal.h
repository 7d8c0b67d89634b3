/* Identity files that a person has to open first. */
#ifndef VAULT_UNSEAL_H
#define VAULT_UNSEAL_H

#include "age/age.h"

enum {
    UNSEAL_PASSPHRASE_MAX = 1024,
    UNSEAL_ATTEMPTS = 3,
    UNSEAL_NOBODY = -2 /* there is nobody to ask */
};

/* Asks for the passphrase of an identity file; attempt counts from 0. Writes at most size bytes to
 * answer and returns their number; -1: the person declines; UNSEAL_NOBODY. */
typedef int unseal_ask(void *user, const char *name, int attempt, char *answer, size_t size);

/* Takes the passphrase off an OpenSSH private key, for which it asks itself. Writes the key to
 * `plain`, at most size bytes, and returns its length, -1 or UNSEAL_NOBODY, as above. */
typedef int unseal_ssh(void *user, const char *name, const char *key, size_t len, char *plain,
                       size_t size);

/* How identity files are opened. NULL: they stay closed. */
struct unseal {
    unseal_ask *ask;
    void *ask_user;
    unseal_ssh *ssh;
    void *ssh_user;
    unsigned work_factor_max;
};

/* One identity file. */
struct unseal_file {
    const char *name;  /* its path, or the variable that holds it */
    struct slice text; /* a binary age file, or an OpenSSH private key */
    bool is_ssh;
    struct age_recipient self; /* of an SSH key: it is public */
    bool is_given_up;          /* nobody is asked a second time */
};

/* Sets *file to NULL if the text is not one that a person has to open. All memory is the arena's.
 */
enum err_code unseal_read(const char *name, struct slice text, struct arena *arena,
                          struct unseal_file **file, struct err *err)
    __attribute__((warn_unused_result));

enum err_code unseal_copy(const struct unseal_file *from, struct arena *arena,
                          struct unseal_file **file, struct err *err)
    __attribute__((warn_unused_result));

/* Opens the file. An SSH key leaves its text, without the passphrase, in f->text. ERR_LOCKED: it
 * stays closed; ERR_CANCELLED: the person declines. */
enum err_code unseal_open(const struct unseal *how, struct unseal_file *file, struct arena *arena,
                          struct age_identity **ids, size_t *count, struct err *err)
    __attribute__((warn_unused_result));

/* Appends an identity file, encrypted to the passphrase. */
enum err_code unseal_write(struct slice identities, struct slice passphrase, struct buf *out,
                           struct err *err) __attribute__((warn_unused_result));

#endif
