/* The state behind a handle: what was read, what is open, what this machine has accepted, what is
 * changed. vault.c's functions are thin over it.
 *
 * What can fail returns a code, with the sentence about it in v->err. */
#ifndef VAULT_HANDLE_H
#define VAULT_HANDLE_H

#include "age/plugin.h"
#include "base/file.h"
#include "base/hashtable.h"
#include "base/text.h"
#include "change.h"
#include "pins.h"
#include "unlock.h"

typedef void handle_notice(void *user, const char *sentence);

/* An environment that was opened and verified, as the doc is now. */
struct opened_env {
    struct opened_env *next;
    char name[NAME_MAX_LEN + 1], reader[NAME_MAX_LEN + 1];
    struct seal_keys *keys;
    bool made; /* its key is new: it is pinned when it is saved */
};

/* What a caller has said of an environment before it was opened. */
struct told_env {
    struct told_env *next;
    char name[NAME_MAX_LEN + 1];
    char fingerprint[SEAL_FINGERPRINT_TEXT + 1]; /* empty: any */
    bool named;
    char said[SEAL_FINGERPRINT_TEXT + 1]; /* the key that was told as one seen for the first time */
};

struct settings;

struct vault {
    struct err err;
    struct pool pool; /* of the keys, and of the sets of values that are given out */
    struct unlock unlock;

    struct doc doc;
    char id[DOC_ID_TEXT + 1]; /* empty: none is open */
    bool loaded, changed, created;
    bool staged; /* a change or vault_lock has succeeded since the last save: the lock is held */
    char *path;  /* NULL: opened from bytes */
    struct age_plugins plugins; /* how they are started, if unlock has its address */
    struct settings *settings;  /* what vault_find_default has found; NULL: it was not called */
    struct file_lock *lock;
    int lock_wait;           /* milliseconds; negative: as file_lock does */
    struct file_stamp stamp; /* of what was read under the lock */
    struct file_stamp read;  /* of what was loaded, with the lock or without it */

    struct arena keys;       /* of the opened environments: lent by unlock, to begin with */
    struct seal_keys *spare; /* in it, wiped; or NULL */
    struct opened_env *opened;
    struct hashtable opened_by_name;

    struct told_env *told;
    struct hashtable told_by_name;
    char *pins, *author;
    struct buf pinned; /* the pins, as they were before the file was read */
    struct pins_index pinned_by_env;
    bool pins_are_read; /* and could be */
    bool forgets;       /* there is no place for pins */
    bool looks;         /* nothing is accepted, only judged */
    bool makes_pq;      /* new identities are post-quantum */
    bool skips_invalid; /* lines of dotenv files */
    bool expands;       /* names in dotenv files */
    bool searched;      /* the file was found, not named */
    handle_notice *notice;
    void *notice_user;
    struct buf scratch;
    /* Variables that changes have removed, or made a template, as ENV/SECRET/NAME. */
    struct hashtable removed, templates;
};

/* Puts "NAME: " in front of the error's sentence. */
enum err_code handle_prefix(struct vault *v, const char *name);

/* Tells a person what is no error; frees the sentence. */
void handle_tell(const struct vault *v, struct buf *sentence);

/* The same with a sentence in two parts. */
void handle_tell_of(const struct vault *v, const char *what, const char *why);

/* ERR_INVALID for what is no name; `what`: "a secret". */
enum err_code handle_check_name(struct vault *v, const char *what, const char *name)
    __attribute__((warn_unused_result));
enum err_code handle_check_env_name(struct vault *v, const char *env)
    __attribute__((warn_unused_result));

/* Adds the identities in a file to the credentials. */
enum err_code handle_add_identity_file(struct vault *v, const char *path)
    __attribute__((warn_unused_result));

/* What a caller says of env, to be filled in; NULL: no name, or no memory. */
struct told_env *handle_told(struct vault *v, const char *env);

/* --- the file --- */

/* Reads the file of the handle, unless it was read already. */
enum err_code handle_load(struct vault *v) __attribute__((warn_unused_result));

/* Takes over text as what is read; leaves it empty. */
enum err_code handle_read(struct vault *v, struct buf *text);
void handle_close(struct vault *v);

/* Begins a new vault, which handle_save writes to path. ERR_EXISTS if there is a file. */
enum err_code handle_create(struct vault *v, const char *path) __attribute__((warn_unused_result));

/* --- environments --- */

/* ERR_ABSENT; ERR_INTEGRITY if the environment has another key than the one given for this run. No
 * key is needed, and nothing else is verified. */
enum err_code handle_find_env(struct vault *v, const char *env) __attribute__((warn_unused_result));

/* Opens and verifies an environment, and compares it with the pins, if that was not done on what is
 * read now. */
enum err_code handle_open_env(struct vault *v, const char *env, struct seal_env *e)
    __attribute__((warn_unused_result));

/* What key env has, what the pins say it should have ("": nothing), and whether that came later. */
enum err_code handle_key_seen(struct vault *v, const char *env,
                              char found[SEAL_FINGERPRINT_TEXT + 1],
                              char known[SEAL_FINGERPRINT_TEXT + 1], bool *older)
    __attribute__((warn_unused_result));

/* The same, but nothing is remembered: neither that it is open, nor its key. */
enum err_code handle_judge_env(struct vault *v, const char *env)
    __attribute__((warn_unused_result));

/* Whether the machine has accepted this key last, and the older one before it. */
enum err_code handle_has_seen(struct vault *v, const struct pins_query *newer, struct slice older,
                              bool *seen, struct err *err) __attribute__((warn_unused_result));

/* The key that env must have: the one given for this run, or the one last accepted. Empty: there is
 * none. */
enum err_code handle_last_pin(struct vault *v, struct slice id, struct slice env,
                              char fingerprint[SEAL_FINGERPRINT_TEXT + 1], struct err *err)
    __attribute__((warn_unused_result));

/* Accepts the key that env has, though the pins do not know it. One that was accepted earlier is
 * taken back only if its fingerprint was given. */
enum err_code handle_trust(struct vault *v, const char *env) __attribute__((warn_unused_result));

/* The same three without a key of env: what counts is the fingerprint of the inbox-key in the file,
 * which nothing else in it proves. handle_check_shown: whether it is the key that was given for
 * this run or, without one, the key that this machine accepted last. */
enum err_code handle_check_shown(struct vault *v, const char *env)
    __attribute__((warn_unused_result));
enum err_code handle_shown_seen(struct vault *v, const char *env,
                                char found[SEAL_FINGERPRINT_TEXT + 1],
                                char known[SEAL_FINGERPRINT_TEXT + 1], bool *older)
    __attribute__((warn_unused_result));
enum err_code handle_trust_shown(struct vault *v, const char *env)
    __attribute__((warn_unused_result));

/* Gives v the key that env has in `from`, and those of its past. */
enum err_code handle_add_keys_of(struct vault *v, struct vault *from, const char *env)
    __attribute__((warn_unused_result));

/* NULL: it is not open. */
/* Room for keys, in v->keys; NULL: no memory. Keys that do not stay are given back, and wiped: a
 * file may have 100,000 environments that do not open. */
struct seal_keys *handle_take_keys(struct vault *v) __attribute__((warn_unused_result));
void handle_give_back_keys(struct vault *v, struct seal_keys *keys);

struct opened_env *handle_opened(const struct vault *v, struct slice env);
struct opened_env *handle_add_opened(struct vault *v, struct slice env, struct slice reader,
                                     struct seal_keys *keys) __attribute__((warn_unused_result));
void handle_forget_opened(struct vault *v, struct slice env);
bool handle_rename_opened(struct vault *v, struct opened_env *o, struct slice name)
    __attribute__((warn_unused_result));
struct seal_env handle_seal_env(struct vault *v, const struct opened_env *o);

/* --- changes --- */

/* Takes the lock; tells if it has to be waited for. */
enum err_code handle_take_lock(struct vault *v) __attribute__((warn_unused_result));

/* Takes the lock, and reads the file again if it is not what was read before. */
enum err_code handle_lock(struct vault *v) __attribute__((warn_unused_result));

/* Opens the environment, then takes the lock: nobody waits for a lock while a person types. */
enum err_code handle_begin(struct vault *v, const char *env, struct change *c)
    __attribute__((warn_unused_result));

/* What a change of an open environment is made as. */
enum err_code handle_change(struct vault *v, const struct opened_env *o, struct change *c)
    __attribute__((warn_unused_result));

/* Unix seconds. */
enum err_code handle_now(uint64_t *now, struct err *err) __attribute__((warn_unused_result));

/* Every change ends here, with its code. A doc that was half changed is forgotten, with all that
 * was changed before; an error that has changed nothing leaves that as it was. */
enum err_code handle_end(struct vault *v, enum err_code code);

/* Forgets the changes; the error that led here stays. */
void handle_discard(struct vault *v);
enum err_code handle_save(struct vault *v) __attribute__((warn_unused_result));

#endif
