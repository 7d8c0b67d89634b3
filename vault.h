/* libvault: the public API, and its manual.
 *
 * A vault is one file (vault(5)) with environments, each with its own key and readers.
 * An environment holds secrets; a secret is a named set of environment variables.
 *
 *     vault *v = vault_new();
 *     vault_kv *kv = NULL;
 *
 *     if (!v || vault_open_default(v, "prod", NULL) ||
 *         vault_secret_get(v, "prod", "stripe", NULL, 0, &kv))
 *         fprintf(stderr, "%s\n", v ? vault_error(v) : "no memory");
 *     else
 *         use(vault_kv_get(kv, "API_KEY", NULL));
 *     vault_kv_free(kv);
 *     vault_free(v);
 *
 * Errors. What can fail returns a vault_err, 0 for success; the sentence about it is in the handle,
 * which exists before anything is opened. No sentence holds a value, a passphrase or a key. What a
 * function returns through a pointer is NULL, 0 or "" on every error, unless its comment says
 * otherwise.
 *
 * Arguments. A NULL is VAULT_INVALID, the handle included, unless the comment gives it a meaning.
 * An env of NULL is the one that vault_find_default has found, or VAULT_ENV_DEFAULT; except in the
 * functions vault_env_…, which take its name. An array with a count of 0 may be NULL. Functions
 * that return no error accept NULL for anything.
 *
 * Ownership. What a function returns through a pointer is the caller's, and says how it is freed.
 * What is passed in stays the caller's and is copied. Strings end in zero; values are bytes with a
 * length.
 *
 * Unlocking is lazy: the credentials are tried in the order in which they were added when an
 * environment is first needed, and last the prompt asks. A passphrase is stretched once for each
 * reader it may be of. Every seal of an environment is verified before anything of it is handed out
 * or changed.
 *
 * Changes. The first one opens what it needs, then takes the file's lock, and reads the file again
 * if it has changed; vault_save writes it and gives the lock back. A lock that another program
 * holds is waited for, which is told after half a second, and is VAULT_FAILED after 10 seconds in
 * which the file has not changed. Until then nothing is written. A change that fails before it has
 * changed anything, as it does for every invalid argument, leaves what was changed before as it is.
 * One that fails in its midst forgets all changes since the last save and gives the lock back.
 *
 * Threads. A handle is used by one thread at a time; different handles are independent. A call with
 * two handles (vault_add_keys_of, vault_add_credentials_of, vault_compare) uses both, and changes
 * what they have open; afterwards neither needs the other. vault_kv_from_environ reads the
 * process's environment, which no other thread may change meanwhile. A set of values belongs to no
 * handle and outlives it, and so do lists and texts; what a callback is given lives until it
 * returns. */
#ifndef VAULT_H
#define VAULT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#define VAULT_CHECKED __attribute__((warn_unused_result))
#define VAULT_API __attribute__((visibility("default"))) /* what libvault.so exports */
#else
#define VAULT_CHECKED
#define VAULT_API
#endif

#define VAULT_VERSION "0.1.0"
#define VAULT_VERSION_MAJOR 0
#define VAULT_VERSION_MINOR 1
#define VAULT_VERSION_PATCH 0
#define VAULT_VERSION_NUMBER \
    (VAULT_VERSION_MAJOR * 1000000 + VAULT_VERSION_MINOR * 1000 + VAULT_VERSION_PATCH)
#define VAULT_ENV_DEFAULT "dev"

enum {
    VAULT_NAME_MAX = 64,      /* of an environment, a secret, a reader: [A-Za-z0-9][A-Za-z0-9_-]* */
    VAULT_VARIABLE_MAX = 256, /* of a value's name: [A-Za-z_][A-Za-z0-9_]* */
    VAULT_VALUE_MAX = 1 << 20,  /* bytes of a value */
    VAULT_AUTHOR_MAX = 255,     /* bytes of an author */
    VAULT_FINGERPRINT_LEN = 22, /* characters */
    VAULT_DATE_LEN = 20         /* 2026-01-31T12:00:00Z */
};

typedef struct vault vault;
typedef struct vault_kv vault_kv;

typedef enum vault_err {
    VAULT_OK = 0,
    VAULT_FAILED,        /* the system refused: disk, permission */
    VAULT_FORMAT,        /* not a vault file, or a damaged one: the sentence names the line */
    VAULT_NEWER,         /* written by a newer version of the format */
    VAULT_CONFLICT,      /* a merge left its conflict markers */
    VAULT_INTEGRITY,     /* a seal, a value or a pin does not match */
    VAULT_NO_CREDENTIAL, /* nothing was given that could open it */
    VAULT_LOCKED,        /* something was given, and none of it opens it */
    VAULT_ABSENT,        /* not there: file, environment, secret, value, required value */
    VAULT_EXISTS,        /* there already */
    VAULT_INVALID,       /* an argument that can never be right: a name, a length */
    VAULT_CANCELLED,     /* the person did not want to */
    VAULT_NO_MEMORY      /* there is no memory, and so no answer */
} vault_err;

/* What a program can act on, beside the code: why exactly, and about what (vault_error_detail). The
 * words in capitals are details. New reasons come at the end. */
typedef enum vault_reason {
    VAULT_REASON_NONE = 0,
    VAULT_REASON_NAMES,          /* names that no value can have */
    VAULT_REASON_SSH_PASSPHRASE, /* an SSH key that has a passphrase */
    VAULT_REASON_MARKERS,        /* the file has conflict markers */
    VAULT_REASON_CHANGED,     /* an entry was changed by somebody who cannot open the environment */
    VAULT_REASON_WORK_FACTOR, /* a passphrase asks for a work factor (NUMBER) that may be allowed */
    VAULT_REASON_WORK_FACTOR_MOST, /* a passphrase (NAME) asks for a work factor over the highest,
                                      NUMBER */
    VAULT_REASON_WORK, /* the passphrases together ask for work that a work factor (NUMBER) allows
                        */
    VAULT_REASON_WORK_MOST,     /* they ask for more work than is ever done */
    VAULT_REASON_NO_PASSPHRASE, /* a passphrase is needed, and nobody was there to give it */
    VAULT_REASON_NOT_GRANTED, /* none of the credentials reads the environment; SUBJECT: the public
                                 key of the first */
    VAULT_REASON_PINS_UNREADABLE, /* the pins cannot be read */
    VAULT_REASON_OTHER_VAULT, /* another vault was at this path when this machine last opened it */
    VAULT_REASON_NEW_VAULT, /* a new vault (SUBJECT) beside one that is known in this repository */
    VAULT_REASON_NEW_ENVIRONMENT, /* an environment that is new in a vault that is known */
    VAULT_REASON_KEY_TAKEN_BACK,  /* the file is older than the key that this machine has made */
    VAULT_REASON_KEY_OLDER,       /* this machine has accepted a later key, KNOWN, than FOUND */
    VAULT_REASON_KEY_GOES_BACK,   /* vault_trust was to go back from the key KNOWN to FOUND */
    VAULT_REASON_KEY_REPLACED, /* the key FOUND is neither the one that this machine knows, KNOWN,
                                  nor does it vouch for it */
    VAULT_REASON_KEY_NOT_ASKED_FOR, /* the key FOUND is not the one that vault_pin has named,
                                       KNOWN */
    VAULT_REASON_LOCK_HELD,         /* another program holds the lock on SUBJECT */
    VAULT_REASON_READ_ONLY,         /* the file SUBJECT is read-only */
    VAULT_REASON_MERGE_CIRCLE,      /* a merge: each side's key has the other's in its past */
    VAULT_REASON_MERGE_KEY_UNKNOWN, /* a merge: the pins lead to no side's key */
    VAULT_REASON_MERGE_MARKERS, /* a merge: one side has conflict markers; SUBJECT: the side that
                                   has none, "ours" or "theirs" */
    VAULT_REASON_MERGE_OTHER_VAULT,  /* a merge: of different vaults */
    VAULT_REASON_MERGE_TOO_LARGE,    /* a merge: the three versions are over the limits together */
    VAULT_REASON_MERGE_OPEN,         /* a merge: conflicts have no answer */
    VAULT_REASON_MERGE_OPEN_READERS, /* the same, and some are about readers */
    VAULT_REASON_FILE_ABSENT,        /* a search has found no vault file */
    VAULT_REASON_FILE_OF_ANOTHER, /* a search has found a file, SUBJECT, that is another user's, or
                                     whose folder is */
    VAULT_REASON_READABLE_BY_OTHERS, /* a file of credentials, SUBJECT, can be read by others */
    VAULT_REASON_KEY_FOR_PATH,       /* a key was given in place of the path of an identity file */
    VAULT_REASON_IDENTITY_VARIABLE,  /* VAULT_IDENTITY holds no identity that can be used */
    VAULT_REASON_DISAGREE,           /* two secrets have different values of one name, NAME */
    VAULT_REASON_DANGEROUS, /* the value SECRET, NAME would set a variable, SUBJECT, by which
                               programs run other code */
    VAULT_REASON_ZERO_BYTE, /* the value SECRET, NAME has a zero byte, for an environment */
    VAULT_REASON_TOO_LONG,  /* the value SECRET, NAME is too long for an environment */
    VAULT_REASON_PLACE_WITHOUT_VALUE, /* a template names values that ENV does not have */
    VAULT_REASON_PLACE_AMBIGUOUS, /* a template names values, without a secret, that several have */
    VAULT_REASON_FILE_PASSPHRASE /* an identity file, SUBJECT, is under a passphrase, and nobody was
                                    there to give it */
} vault_reason;

/* What an error is about. */
typedef enum vault_detail {
    VAULT_DETAIL_ENV,
    VAULT_DETAIL_SECRET,
    VAULT_DETAIL_NAME,    /* of a value or a reader */
    VAULT_DETAIL_FOUND,   /* the fingerprint of the key that env has */
    VAULT_DETAIL_KNOWN,   /* and of the one that it should have */
    VAULT_DETAIL_SUBJECT, /* a path, a public key or a side, as the reason says */
    VAULT_DETAIL_NUMBER   /* in decimal */
} vault_detail;

/* "integrity", "key-replaced": the name without its prefix, for logs. Static. */
VAULT_API const char *vault_err_name(vault_err err);
VAULT_API const char *vault_reason_name(vault_reason reason);

/* The version of the library that is linked; the macros above are the header's. */
VAULT_API const char *vault_version(void);
VAULT_API long vault_version_number(void);

/* A date is Unix seconds, and in text "2026-01-31T12:00:00Z". vault_date_write returns text, which
 * is empty for a year that has not four digits. */
VAULT_API vault_err vault_date_read(vault *v, const char *text, int64_t *date) VAULT_CHECKED;
VAULT_API const char *vault_date_write(int64_t date, char text[VAULT_DATE_LEN + 1]);

/* ---- the handle ---- */

/* NULL only if there is no memory, or no source of randomness. */
VAULT_API vault *vault_new(void) VAULT_CHECKED;
VAULT_API void vault_free(vault *v); /* accepts NULL; wipes every key */

/* The last error: its sentence, lowercase and without a full stop; its reason; and a detail, "" if
 * the error has none such. The texts live until the next call with v. */
VAULT_API const char *vault_error(const vault *v);
VAULT_API vault_reason vault_error_reason(const vault *v);
VAULT_API const char *vault_error_detail(const vault *v, vault_detail which);

/* Frees a list that one of the functions below has made; accepts NULL. */
VAULT_API void vault_release(void *list);

/* ---- before opening ---- */

/* Credentials. The text of an identity file: age's, also under a passphrase (vault_file_prompt), or
 * an OpenSSH ed25519 private key without passphrase. */
VAULT_API vault_err vault_add_identity(vault *v, const char *text, size_t len) VAULT_CHECKED;
VAULT_API vault_err vault_add_identity_file(vault *v, const char *path) VAULT_CHECKED;
VAULT_API vault_err vault_add_passphrase(vault *v, const char *passphrase,
                                         size_t len) VAULT_CHECKED;

/* Lets v open other versions of the vault that `from` has opened, or can open: env's key and all of
 * its past, as credentials that are tried before the others. */
VAULT_API vault_err vault_add_keys_of(vault *v, vault *from, const char *env) VAULT_CHECKED;

/* Whatever `from` was given as credentials, and what it has opened with them; not its prompt. */
VAULT_API vault_err vault_add_credentials_of(vault *v, const vault *from) VAULT_CHECKED;

/* A new identity, written to a file that must not be there yet (0600; its folder is made);
 * it is not added to the credentials. */
VAULT_API vault_err vault_identity_create(vault *v, const char *path) VAULT_CHECKED;

/* Whether new identities are post-quantum, of age's kind mlkem768x25519. VAULT_INVALID if the
 * libsodium of this program is older than 1.0.22. */
VAULT_API vault_err vault_set_post_quantum(vault *v, int is_wanted) VAULT_CHECKED;

/* The same, under a passphrase, as `age -p` makes it; with its public key, since nothing else tells
 * that before the file is opened. vault_release(*public_key). */
VAULT_API vault_err vault_identity_create_sealed(vault *v, const char *path, const char *passphrase,
                                                 size_t len, char **public_key) VAULT_CHECKED;

/* The public key of the first identity that was added: the one to be given to a reader who can
 * grant. VAULT_NO_CREDENTIAL if there is none. vault_release(*public_key). */
VAULT_API vault_err vault_public_key(vault *v, char **public_key) VAULT_CHECKED;

/* The identities that were given, in their order. env (NULL: none): those that cannot open it are
 * told apart. vault_release(*list). */
typedef struct vault_identity_entry {
    const char *from;       /* the file or variable */
    const char *kind;       /* as in vault_reader_entry; "" if it is not known */
    const char *public_key; /* "" if it is not known while the file is closed */
    const char *why_not;    /* why it is passed over; "" if it is tried */
    int closed;             /* it has a passphrase that was not given yet */
} vault_identity_entry;
VAULT_API vault_err vault_identity_list(vault *v, const char *env, vault_identity_entry **list,
                                        size_t *count) VAULT_CHECKED;

/* The identity that env was opened with, to be kept where it is found again: a set of one value,
 * IDENTITY, the text of an identity file. VAULT_INVALID for an SSH key without a passphrase, which
 * stays where it is. vault_kv_free(*out). */
VAULT_API vault_err vault_identity_of(vault *v, const char *env, vault_kv **out) VAULT_CHECKED;

/* A public key as people write it ("ssh-ed25519 AAAA… comment"), checked and without the comment;
 * VAULT_INVALID says why it cannot be used. vault_release(*public_key). */
VAULT_API vault_err vault_public_key_read(vault *v, const char *text,
                                          char **public_key) VAULT_CHECKED;

/* How much work a passphrase that is tried may take, as the work factor of scrypt: 18 at first, 22
 * at most. An environment's passphrases together may take 16 times that; what asks for more is not
 * tried. */
VAULT_API vault_err vault_set_work_factor(vault *v, unsigned factor) VAULT_CHECKED;

/* Asks for the passphrase of one of the readers (their names, with commas) of env; attempt counts
 * from 0. Writes at most size bytes and returns how many; 0 or -1 if there is no answer;
 * VAULT_NOBODY if there is nobody to ask, which is as if there were no prompt. */
enum { VAULT_NOBODY = -2 };
typedef int vault_prompt(void *user, const char *env, const char *readers, int attempt,
                         char *answer, size_t size);
VAULT_API void vault_set_prompt(vault *v, vault_prompt *ask, void *user);

/* Asks for the passphrase of an identity file, which is opened when no other credential opens an
 * environment. attempt counts from 0. It answers like vault_prompt; with VAULT_NOBODY, as without
 * this function, the file stays closed (VAULT_REASON_FILE_PASSPHRASE). Each file is asked for once.
 */
typedef int vault_file_prompt(void *user, const char *path, int attempt, char *answer, size_t size);
VAULT_API void vault_set_file_prompt(vault *v, vault_file_prompt *ask, void *user);

/* Takes the passphrase off an OpenSSH private key, which is text of len bytes, and writes the key
 * without it. It asks for the passphrase itself, and answers like vault_prompt. It is called only
 * for a key whose public half reads the environment. Without it such a key stays closed
 * (VAULT_REASON_SSH_PASSPHRASE). */
typedef int vault_ssh_opener(void *user, const char *path, const char *text, size_t len,
                             char *plain, size_t size);
VAULT_API void vault_set_ssh_opener(vault *v, vault_ssh_opener *opener, void *user);

/* If the only identities are in files under a passphrase, opens the first of these files now:
 * vault_public_key needs one that is open. VAULT_NO_CREDENTIAL if there is no identity. */
VAULT_API vault_err vault_open_identity(vault *v) VAULT_CHECKED;

/* Receives what a person should know and what is no error: a key seen for the first time, a
 * rotation, a line that may mean something else. */
typedef void vault_notice(void *user, const char *sentence);
VAULT_API void vault_set_notice(vault *v, vault_notice *tell, void *user);

/* Who changes are by; without it, the reader as whom the environment was opened. */
VAULT_API vault_err vault_set_author(vault *v, const char *author) VAULT_CHECKED;

/* The pins: which key each environment has on this machine. path: the file that keeps them. Without
 * this call nothing is remembered or compared; with NULL that is told of each environment, as when
 * one is seen for the first time. A pin that cannot be written is told. */
enum {
    VAULT_PINS_LOOK_ONLY = 1, /* environments are held against the pins, and none is pinned */
    VAULT_PINS_SEARCHED = 2   /* the file was found by a search, and not named by a person: a vault
                                 that is new to a repository, above or below the one that is known
                                 there, is refused */
};
VAULT_API vault_err vault_pins_use(vault *v, const char *path, unsigned flags) VAULT_CHECKED;

/* What a person has said of env: the fingerprint that it must have, exactly, and the pins are then
 * not asked; or, with NULL, that it is meant, so that a vault which is known may have it without a
 * pin. */
VAULT_API vault_err vault_pin(vault *v, const char *env, const char *fingerprint) VAULT_CHECKED;

/* The fingerprint of the key that env has here and now, whatever the pins say, and of the one that
 * this machine has accepted last: "" if there is none. older: the first was accepted before the
 * second. VAULT_INVALID without pins. */
VAULT_API vault_err vault_pin_state(vault *v, const char *env,
                                    char found[VAULT_FINGERPRINT_LEN + 1],
                                    char known[VAULT_FINGERPRINT_LEN + 1],
                                    int *older) VAULT_CHECKED;

/* Accepts the key that env has here and now, though this machine's pins do not know it. An older
 * one only if vault_pin has named it: whoever was revoked since could read what is written then. */
VAULT_API vault_err vault_trust(vault *v, const char *env) VAULT_CHECKED;

/* ---- opening and saving ---- */

VAULT_API vault_err vault_open(vault *v, const char *path) VAULT_CHECKED;

/* A vault that is not a file (a version of it from history). It can be changed, and vault_text says
 * what it then is; vault_save has nowhere to write. */
VAULT_API vault_err vault_open_bytes(vault *v, const char *text, size_t len) VAULT_CHECKED;

/* The id that the vault was made with; "" if none is open. The handle's memory. */
VAULT_API const char *vault_id(const vault *v);

/* A new vault, without environments, which the first vault_save writes. VAULT_EXISTS if there is a
 * file. */
VAULT_API vault_err vault_create(vault *v, const char *path) VAULT_CHECKED;

/* Takes the lock now, as the first change would: what is read from here on is what will be changed.
 * vault_save and vault_discard give it back. It waits so many milliseconds at most, and with a
 * negative number as a change does; then it is VAULT_FAILED, for VAULT_REASON_LOCK_HELD. */
VAULT_API vault_err vault_lock(vault *v, int milliseconds) VAULT_CHECKED;

/* Whether there is anything that vault_save would write: a value that is set to what it is, is no
 * change. */
VAULT_API int vault_changed(const vault *v);

/* Writes the changes, if there are any. The new text is parsed and its seals are verified first.
 * If that fails the old file stays, and the changes are forgotten, except where an environment has
 * no reader yet: that is VAULT_INVALID, and forgets nothing. */
VAULT_API vault_err vault_save(vault *v) VAULT_CHECKED;

/* Forgets the changes. */
VAULT_API void vault_discard(vault *v);

/* The file as it is with all changes. vault_release(text). */
VAULT_API vault_err vault_text(vault *v, char **text, size_t *len) VAULT_CHECKED;

/* ---- sets of values ---- */

/* A NULL value is skipped. vault_kv_free(*out), as for all of these. */
typedef struct vault_pair {
    const char *name;
    const char *value;
    size_t len;
} vault_pair;
VAULT_API vault_err vault_kv_from_pairs(vault *v, const vault_pair *pairs, size_t count,
                                        vault_kv **out) VAULT_CHECKED;

/* From this process's environment. VAULT_ABSENT names all that are missing. */
VAULT_API vault_err vault_kv_from_environ(vault *v, const char *const *names, size_t count,
                                          vault_kv **out) VAULT_CHECKED;

/* From a dotenv file; a name without '/' is searched upward from the folder `start` (NULL: this
 * one). Nothing in it is expanded. dialect: whose reading it is, "node", "python", "ruby",
 * "compose" or "godotenv"; NULL: a rule of vault's own (vault(1), Sources). Lines that parsers read
 * differently, and those that the dialect passes over, are told (vault_set_notice), by number. */
VAULT_API vault_err vault_kv_from_dotenv(vault *v, const char *name, const char *start,
                                         const char *dialect, vault_kv **out) VAULT_CHECKED;

/* All of several, the later one winning. */
VAULT_API vault_err vault_kv_layer(vault *v, const vault_kv *const *sets, size_t count,
                                   vault_kv **out) VAULT_CHECKED;

VAULT_API void vault_kv_free(vault_kv *kv); /* accepts NULL; wipes */

VAULT_API size_t vault_kv_count(const vault_kv *kv);

/* By place, in byte order of the names; all NULL behind the last. A value has a zero byte behind it
 * that len does not count. They live as long as the set. */
VAULT_API vault_pair vault_kv_at(const vault_kv *kv, size_t place);

/* NULL, and a length of 0, if there is no such name; len may be NULL. Lives as long as the set. */
VAULT_API const char *vault_kv_get(const vault_kv *kv, const char *name, size_t *len);

/* ---- secrets ---- */

/* The secret's values. VAULT_ABSENT names all required names that are missing. */
VAULT_API vault_err vault_secret_get(vault *v, const char *env, const char *secret,
                                     const char *const *required, size_t required_count,
                                     vault_kv **out) VAULT_CHECKED;

/* One value of it, as a set of one; the others stay sealed. */
VAULT_API vault_err vault_value_get(vault *v, const char *env, const char *secret, const char *name,
                                    vault_kv **out) VAULT_CHECKED;

/* What to do when the secret that is to be created exists. */
typedef enum vault_existing {
    VAULT_EXISTING_ERROR,
    VAULT_EXISTING_KEEP,
    VAULT_EXISTING_REPLACE
} vault_existing;
VAULT_API vault_err vault_secret_create(vault *v, const char *env, const char *secret,
                                        const vault_kv *kv, vault_existing existing) VAULT_CHECKED;

/* Sets the values of kv and leaves the others alone. A value that is the same keeps its date; one
 * that replaces another is dated now, or a second after that one if that is later. */
VAULT_API vault_err vault_secret_update(vault *v, const char *env, const char *secret,
                                        const vault_kv *kv) VAULT_CHECKED;

typedef enum vault_missing { VAULT_MISSING_ERROR, VAULT_MISSING_IGNORE } vault_missing;
VAULT_API vault_err vault_secret_delete(vault *v, const char *env, const char *secret,
                                        vault_missing missing) VAULT_CHECKED;
VAULT_API vault_err vault_value_delete(vault *v, const char *env, const char *secret,
                                       const char *name, vault_missing missing) VAULT_CHECKED;

VAULT_API vault_err vault_secret_rename(vault *v, const char *env, const char *from,
                                        const char *to) VAULT_CHECKED;
VAULT_API vault_err vault_secret_copy(vault *v, const char *from_env, const char *from,
                                      const char *to_env, const char *to) VAULT_CHECKED;

/* What can be told without a key, and is then unverified. */
typedef struct vault_secret_entry {
    const char *name, *created_by;
    int64_t created_at; /* Unix seconds */
    size_t values;
} vault_secret_entry;

/* In the file's order. created_before: Unix seconds; 0: all. max: 0 for all.
 * vault_release(*list). */
VAULT_API vault_err vault_secret_list(vault *v, const char *env, int64_t created_before, size_t max,
                                      vault_secret_entry **list, size_t *count) VAULT_CHECKED;

typedef struct vault_value_entry {
    const char *name, *author;
    int64_t updated_at; /* Unix seconds */
} vault_value_entry;

/* When each value of a secret last changed, and by whom; needs the environment's key.
 * vault_release(*list). */
VAULT_API vault_err vault_secret_info(vault *v, const char *env, const char *secret,
                                      vault_secret_entry *about, vault_value_entry **list,
                                      size_t *count) VAULT_CHECKED;

/* The names of a secret's values, without a key and unverified. vault_release(*names). */
VAULT_API vault_err vault_value_list(vault *v, const char *env, const char *secret,
                                     const char ***names, size_t *count) VAULT_CHECKED;

/* ---- environments ---- */

/* vault_release(*names). */
VAULT_API vault_err vault_env_list(vault *v, const char ***names, size_t *count) VAULT_CHECKED;

/* With the readers of `like`, whose seals must verify, or with none yet: give it at least one with
 * vault_reader_add before it is saved. */
VAULT_API vault_err vault_env_create(vault *v, const char *env, const char *like) VAULT_CHECKED;
VAULT_API vault_err vault_env_delete(vault *v, const char *env) VAULT_CHECKED;
VAULT_API vault_err vault_env_rename(vault *v, const char *from, const char *to) VAULT_CHECKED;

/* A new environment with a key of its own, and the readers and values of `from`. */
VAULT_API vault_err vault_env_copy(vault *v, const char *from, const char *to) VAULT_CHECKED;

/* Opens and verifies the environment, and gives the fingerprint of its key. */
VAULT_API vault_err vault_fingerprint(vault *v, const char *env,
                                      char fingerprint[VAULT_FINGERPRINT_LEN + 1]) VAULT_CHECKED;

/* A new key. The old one is kept for reading history, unless the past is to be forgotten. Whoever
 * opened it must be able to open it afterwards. */
typedef enum vault_past { VAULT_PAST_KEEP, VAULT_PAST_FORGET } vault_past;
VAULT_API vault_err vault_rotate(vault *v, const char *env, vault_past past) VAULT_CHECKED;

/* ---- readers ---- */

/* Gives env's key to a public key: "age1…" or "ssh-ed25519 AAAA…". The caller answers for the key:
 * a person has given it, or confirmed it after it was shown in full. VAULT_EXISTS if the name is
 * there with another key. */
VAULT_API vault_err vault_reader_add(vault *v, const char *env, const char *name,
                                     const char *public_key) VAULT_CHECKED;

/* Gives env's key to a passphrase. NULL: to the one that the name has already, as
 * vault_passphrase_key opens it. */
VAULT_API vault_err vault_reader_add_passphrase(vault *v, const char *env, const char *name,
                                                const char *passphrase, size_t len) VAULT_CHECKED;

/* The public key behind the passphrase of a name: of the identity that it opens, with what was
 * added before (vault_add_passphrase) or else what the prompt, which is told env, is answered.
 * VAULT_INTEGRITY names an environment in which the name reads with another key.
 * vault_release(*public_key). */
VAULT_API vault_err vault_passphrase_key(vault *v, const char *env, const char *name,
                                         char **public_key) VAULT_CHECKED;

/* Another key for a name that reads already, in each environment that it reads; each gets a new key
 * of its own. All or nothing: those that cannot be opened are an error. */
VAULT_API vault_err vault_reader_replace(vault *v, const char *name,
                                         const char *public_key) VAULT_CHECKED;

/* The same with a passphrase: another one, or one in place of a key. */
VAULT_API vault_err vault_passphrase_change(vault *v, const char *name, const char *passphrase,
                                            size_t len) VAULT_CHECKED;

/* Takes a reader away, with every other name that its key has there, and makes a new key, in one:
 * there is no other way. The last reader stays. */
VAULT_API vault_err vault_reader_remove(vault *v, const char *env, const char *name) VAULT_CHECKED;

/* The same for oneself: what is saved then may not be open to whoever saved it. Who has made a key
 * can have kept it, so another reader should rotate once more. */
VAULT_API vault_err vault_reader_leave(vault *v, const char *env, const char *name) VAULT_CHECKED;

typedef enum vault_seal { VAULT_SEAL_UNCHECKED, VAULT_SEAL_VERIFIED, VAULT_SEAL_FORGED } vault_seal;
typedef struct vault_reader_entry {
    const char *name;
    const char *kind; /* "X25519", "mlkem768x25519", "ssh-ed25519", "passphrase", or "unknown" */
    const char *public_key;
    int own;         /* it is one of the credentials that were added */
    vault_seal seal; /* checked if the environment is open already */
} vault_reader_entry;

/* vault_release(*list). */
VAULT_API vault_err vault_reader_list(vault *v, const char *env, vault_reader_entry **list,
                                      size_t *count) VAULT_CHECKED;

/* ---- merging ---- */

/* What one side has in the place of a conflict. */
typedef struct vault_one_side {
    int there;          /* 0: it was deleted, or never was */
    const char *author; /* "": not known */
    int64_t updated_at; /* Unix seconds; 0: not known */
    const char *text;   /* a reader's public key, an environment's fingerprint, or "" */
} vault_one_side;

/* Why a person must answer. What is said of "it" is said of the incoming side's. */
typedef enum vault_why {
    VAULT_WHY_BOTH_CHANGED, /* both sides have changed it, differently */
    VAULT_WHY_CLAIM,    /* it stands only under a key that is not main's: rotated out, or forked */
    VAULT_WHY_OLDER,    /* it was not set later than main's */
    VAULT_WHY_RETURNED, /* it stood in main before */
    VAULT_WHY_NOT_ROTATED, /* a reader was removed without a new key */
    VAULT_WHY_ROTATED,     /* both sides were rotated; a reader reads one side alone */
    VAULT_WHY_UNRELATED,   /* an environment: nothing leads from one side's key to the other's */
    VAULT_WHY_NOT_OPEN     /* an environment: no key that was given opens both sides */
} vault_why;

/* VAULT_ANSWER_BOTH answers a fork: both sides become one, under a new key. VAULT_ANSWER_NEW
 * answers a value. */
typedef enum vault_answer {
    VAULT_ANSWER_NONE,
    VAULT_ANSWER_OURS,
    VAULT_ANSWER_THEIRS,
    VAULT_ANSWER_BOTH,
    VAULT_ANSWER_NEW
} vault_answer;

typedef struct vault_conflict {
    const char *kind; /* "value", "secret", "reader", "environment", "fork", "passphrase" or
                         "proposal" */
    const char *env, *secret, *name; /* of the value or the reader; \"\" where the kind has none */
    vault_why why;
    vault_answer
        incoming; /* the side that is not main's: VAULT_ANSWER_OURS or VAULT_ANSWER_THEIRS */
    int locked;   /* no key was given that opens both sides: there is no answer to it */
    vault_one_side ours, theirs;
    const char *sentence; /* all of that for a person, fit for a terminal; never a value */

    vault_answer answer; /* VAULT_ANSWER_NONE; to be set */
    vault_kv *value;     /* with VAULT_ANSWER_NEW, a set of one; vault_merge frees it */
    const void *of;      /* vault_merge's own */
} vault_conflict;

/* Is given all conflicts, and sets their answers. An answer to a "fork" or an "environment" settles
 * all others of that environment, but for VAULT_ANSWER_BOTH. */
typedef void vault_resolve(void *user, vault_conflict *conflicts, size_t count);

/* While vault_resolve runs: both values of a conflict of the kind "value", as sets of one; NULL
 * where a side has none. vault_kv_free both. */
VAULT_API vault_err vault_conflict_values(vault *v, const vault_conflict *conflict, vault_kv **ours,
                                          vault_kv **theirs) VAULT_CHECKED;

/* Sealed text that once may have stood in the history that ours comes from. */
typedef struct vault_text_seen {
    const char *text; /* no zero byte behind it */
    size_t len;
    int seen; /* 0; to be set */
} vault_text_seen;
/* Returns 0; anything else ends the merge: what comes back could not be told from what is new. */
typedef int vault_look_back(void *user, vault_text_seen *texts, size_t count);

/* A caller begins with all of it 0, and sets size: a later version may have more members behind the
 * last, and reads a shorter one as if they were 0. */
typedef struct vault_merging {
    size_t size;      /* sizeof (vault_merging) */
    const char *base; /* NULL: no common ancestor */
    size_t base_len;
    const char *ours, *theirs; /* two versions of one vault */
    size_t ours_len, theirs_len;
    vault_resolve *resolve;     /* NULL: no conflict is answered */
    vault_look_back *look_back; /* NULL: what was removed from main may come back unseen */
    void *user;                 /* of both */
    size_t marker_size;         /* of the conflict markers, 7 or more; 0: 7 */
    const char *path;    /* the file that receives the result, replaced atomically; NULL: none */
    int write_conflicts; /* it also receives a result with conflict markers */
} vault_merging;

/* Merges two versions by environment, secret and value, with the credentials that v has; whatever v
 * had open before is closed. An environment comes out under the key of main: ours, or, where the
 * keys differ, the side whose key leads from the other's (its past holds it, or the pins have
 * accepted it later) and is the pinned one or leads from it. Whatever stands only under the other
 * key is a conflict. VAULT_OK: v is as vault_open_bytes makes it of the result. VAULT_CONFLICT: an
 * environment with a conflict that has no answer is ours, byte for byte, with a block of comments
 * between conflict markers, and v is closed. Anything else, such as VAULT_INTEGRITY for a version
 * that does not verify, or for keys of which the pins know none, leaves no result, and nothing is
 * written. *text (NULL: it is not wanted) is the result, or NULL; vault_release(*text). */
VAULT_API vault_err vault_merge(vault *v, const vault_merging *how, char **text,
                                size_t *len) VAULT_CHECKED;

/* ---- verifying ---- */

/* Checks all of an environment that its key can check, tells each finding (tell may be NULL; no
 * more than a hundred), and returns VAULT_INTEGRITY if there was one. */
VAULT_API vault_err vault_verify(vault *v, const char *env, vault_notice *tell,
                                 void *user) VAULT_CHECKED;

/* ---- versions ---- */

typedef enum vault_what {
    VAULT_WHAT_ADDED,
    VAULT_WHAT_CHANGED,
    VAULT_WHAT_REMOVED,
    VAULT_WHAT_UNREAD /* could not be opened: error and sentence say why */
} vault_what;

typedef enum vault_part {
    VAULT_PART_ID,  /* of the vault */
    VAULT_PART_ENV, /* an environment; changed: it has another name */
    VAULT_PART_KEY, /* an environment's own key: it was rotated, or replaced */
    VAULT_PART_READER,
    VAULT_PART_SECRET, /* as a whole; its values are told too */
    VAULT_PART_VALUE,
    VAULT_PART_PROPOSAL
} vault_part;

/* One of the two sides of a difference. */
typedef struct vault_side {
    const char *text; /* an id, an environment's name, a fingerprint, a public key, or what is
                         sealed: no zero byte behind it. NULL: not there, or not known */
    size_t text_len;
    const char *value; /* NULL: it is none, or was not opened */
    size_t len;
    const char *author; /* of the value */
    int64_t updated_at;
} vault_side;

typedef struct vault_difference {
    vault_what what;
    vault_part part;
    const char *env, *secret, *name; /* name: of a value or a reader; "" where there is none */
    vault_side before, after;
    int vouched;  /* a key: the new one's past holds the old one */
    int same_key; /* the environment has the same key in both versions */
    int in_after; /* what was not opened stands in the second version */
    vault_err error;
    const char *sentence;
} vault_difference;

/* Tells each difference of two versions (one may be NULL: nothing), of one environment or, with
 * NULL, of all. Values are compared as plain text where both versions open, one perhaps by the
 * other's past, and otherwise as they are sealed, if that tells anything. An environment that is
 * the same byte for byte is not opened. What a difference points to lives as long as the call of
 * tell. VAULT_INTEGRITY, with the sentence in after (before, if that is NULL), if a seal or a
 * value does not match: the rest was told nevertheless. */
typedef void vault_compare_tell(void *user, const vault_difference *difference);
VAULT_API vault_err vault_compare(vault *before, vault *after, const char *env,
                                  vault_compare_tell *tell, void *user) VAULT_CHECKED;

enum { VAULT_MARK_LEN = 10 };

/* A short mark for each value of a secret, or (NULL) of all secrets in the file's order, which
 * shows whether it changed and nothing else. It is keyed by the oldest key known, so a rotation
 * changes none; without a key, or where a seal does not match, it is one of what is sealed.
 * vault_release(*list). */
typedef struct vault_mark_entry {
    const char *secret, *name;
    char mark[VAULT_MARK_LEN + 1];
    int keyed;
} vault_mark_entry;
VAULT_API vault_err vault_mark_list(vault *v, const char *env, const char *secret,
                                    vault_mark_entry **list, size_t *count) VAULT_CHECKED;

/* The fingerprints of the keys that env had before, the oldest first. vault_release(*list). */
typedef struct vault_past_entry {
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    int64_t rotated_at; /* Unix seconds */
} vault_past_entry;
VAULT_API vault_err vault_past_list(vault *v, const char *env, vault_past_entry **list,
                                    size_t *count) VAULT_CHECKED;

/* ---- defaults: as the program does it ---- */

/* A file that holds credentials. */
typedef struct vault_credential_file {
    const char *path;
    int is_passphrase; /* its first line is a passphrase; otherwise it holds identities */
} vault_credential_file;

/* What a handle is for; flags, to be combined. */
typedef enum vault_purpose {
    VAULT_PURPOSE_READ = 1,     /* nothing will be changed: no author is looked for */
    VAULT_PURPOSE_CREATE = 2,   /* the file will be created: it is not searched for */
    VAULT_PURPOSE_VERSIONS = 4, /* other versions of the file will be opened: pins are not used */
    VAULT_PURPOSE_OPTIONAL = 8, /* that no file is found is not an error */
    VAULT_PURPOSE_LOOK = 16     /* environments are held against the pins, and none is pinned */
} vault_purpose;

/* What replaces the environment variables and the usual places. A member that is NULL or 0 replaces
 * nothing. */
typedef struct vault_overrides {
    size_t size;      /* sizeof(vault_overrides) */
    unsigned purpose; /* of vault_purpose */
    const char *file; /* replaces VAULT_FILE and the search */
    const char *author;
    const vault_credential_file *credentials; /* replace all other credentials */
    size_t credential_count;
    const char *const *pins; /* each "ENV=FINGERPRINT,…"; they replace VAULT_PIN */
    size_t pin_count;
} vault_overrides;

/* Opens a vault as the program does: a forged or replaced environment, an identity that others can
 * read, and a vault that another user put above this folder are refused.
 *
 * The file is VAULT_FILE, or vault.toml in this folder or in the nearest one above it. The
 * credentials are those of VAULT_IDENTITY, VAULT_IDENTITY_FILE, VAULT_PASSPHRASE and
 * VAULT_PASSPHRASE_FILE; or, if none of these is set, what `vault unlock` keeps, then
 * $XDG_CONFIG_HOME/vault/identity, then ~/.ssh/id_ed25519. Pins are kept in
 * $XDG_STATE_HOME/vault/pins, and VAULT_PIN takes their place. The author is VAULT_AUTHOR or
 * GIT_AUTHOR_EMAIL. vault(1) has the details.
 *
 * env: the environment that the caller names, which this machine then need not know yet, or NULL
 * for VAULT_ENV or dev. more: NULL, or what replaces the variables. An empty variable counts as not
 * set, which is told (vault_set_notice). VAULT_LOCKED: a credential cannot be used. */
VAULT_API vault_err vault_open_default(vault *v, const char *env,
                                       const vault_overrides *more) VAULT_CHECKED;

/* The same in steps, for what has to happen between them: vault_find_default finds everything and
 * opens nothing; then vault_open or one of its kind, with vault_default_file; then
 * vault_add_default_credentials. is_given (NULL: not wanted): whether a credential was named by the
 * caller or by a variable. It must then open the environment: the prompt is dropped, and can be set
 * again. */
VAULT_API vault_err vault_find_default(vault *v, const char *env,
                                       const vault_overrides *more) VAULT_CHECKED;
VAULT_API vault_err vault_add_default_credentials(vault *v, int *is_given) VAULT_CHECKED;

/* What was found: the file, or NULL; the environment, which is "dev" before anything was looked
 * for; and the files that credentials will be read from, if they are there
 * (vault_release(*paths)). The first two live until the next vault_find_default. */
VAULT_API const char *vault_default_file(const vault *v);
VAULT_API const char *vault_default_env(const vault *v);
VAULT_API vault_err vault_default_files(vault *v, const char ***paths, size_t *count) VAULT_CHECKED;

/* The usual place of a file with this name. VAULT_ABSENT: there is no HOME. It needs no handle, and
 * leaves no sentence. vault_release(*path). */
typedef enum vault_folder {
    VAULT_FOLDER_CONFIG, /* "identity": $XDG_CONFIG_HOME/vault */
    VAULT_FOLDER_STATE   /* "pins": $XDG_STATE_HOME/vault */
} vault_folder;
VAULT_API vault_err vault_default_path(vault_folder folder, const char *name,
                                       char **path) VAULT_CHECKED;

/* The passphrase that was added last, as a set of one value, PASSPHRASE. VAULT_ABSENT: none was.
 * vault_kv_free(*out). */
VAULT_API vault_err vault_passphrase_given(vault *v, vault_kv **out) VAULT_CHECKED;

/* ---- handing values out, as exec, export and render do ---- */

/* Which values. A list that is NULL is no rule; one that is not must have names in it. */
typedef struct vault_select_rules {
    size_t size;                /* sizeof(vault_select_rules) */
    const char *const *secrets; /* of equal names the later secret's wins. NULL: all secrets, which
                                   must then agree */
    size_t secret_count;
    const char *const *only, *const *except; /* names; each must be in one of the secrets */
    size_t only_count, except_count;
    const char *const *required; /* names that must be among what is selected */
    size_t required_count;
    const char *prefix;                                      /* is put before each name */
    void (*progress)(void *user, size_t done, size_t count); /* is called before each secret */
    void *user;
} vault_select_rules;

typedef struct vault_selected {
    const char *name, *key; /* with the prefix, and without it */
    const char *secret;
    const char *value; /* with a zero byte behind it that len does not count */
    size_t len;
} vault_selected;

/* The values of an environment, in byte order of their names. rules: NULL, or which of them.
 * VAULT_ABSENT: a secret or a name is missing. VAULT_INVALID: two secrets disagree.
 * vault_selection_free(*out). */
typedef struct vault_selection vault_selection;
VAULT_API vault_err vault_select(vault *v, const char *env, const vault_select_rules *rules,
                                 vault_selection **out) VAULT_CHECKED;
VAULT_API size_t vault_selection_count(const vault_selection *s);
VAULT_API vault_selected vault_selection_at(const vault_selection *s, size_t place);
VAULT_API void vault_selection_free(vault_selection *s); /* accepts NULL; wipes */

typedef struct vault_environ_rules {
    size_t size;       /* sizeof(vault_environ_rules) */
    int is_clean;      /* of this process's variables only PATH, HOME and their like are kept */
    int keeps_present; /* a variable that this process has is not set anew */
    const char *const *allowed; /* names that may be set although programs run other code by them */
    size_t allowed_count;
    const char *const *files; /* for each place of the selection the path of a file that has, or
                                 will have, the value: NAME_FILE is set to it, in place of NAME */
} vault_environ_rules;

/* The environment for a program that is started, as `vault exec` makes it: this process's variables
 * without VAULT_IDENTITY and VAULT_PASSPHRASE, and the selected ones. VAULT_INVALID: a name by
 * which known programs run other code (vault help dangerous), or a value that no environment can
 * carry. It lives as long as the selection and this process's variables.
 * vault_variables_free(*out). */
typedef struct vault_variables vault_variables;
VAULT_API vault_err vault_environ(vault *v, const vault_selection *s,
                                  const vault_environ_rules *rules,
                                  vault_variables **out) VAULT_CHECKED;
VAULT_API char *const *
vault_variables_list(const vault_variables *variables);          /* ends in NULL, for execve */
VAULT_API void vault_variables_free(vault_variables *variables); /* accepts NULL; wipes */

/* The selected values as `vault export --format` writes them: as a set of one value, TEXT. It was
 * read again, and has the same values. format: a name from `vault help formats`; title (NULL:
 * "vault"): what a manifest is called. VAULT_INVALID names the values that the format cannot carry.
 * The masks of "github" are not in it. vault_kv_free(*out). */
VAULT_API vault_err vault_export(vault *v, const vault_selection *s, const char *format,
                                 const char *title, vault_kv **out) VAULT_CHECKED;

/* A template, in which {{ NAME }} and {{ SECRET/NAME }} are replaced by the values of env: as a set
 * of one value, TEXT. VAULT_ABSENT and VAULT_INVALID name the lines of values that are missing, or
 * are in several secrets. vault_kv_free(*out). */
VAULT_API vault_err vault_render(vault *v, const char *env, const char *text, size_t len,
                                 vault_kv **out) VAULT_CHECKED;

/* Masks the selected values in a text that comes piece by piece: each becomes [SECRET/NAME], in all
 * forms in which programs write it. Values of fewer than 6 bytes are not masked. It keeps copies of
 * its own. vault_redact_free(*out). */
typedef struct vault_redact vault_redact;
VAULT_API vault_err vault_redact_new(vault *v, const vault_selection *s,
                                     vault_redact **out) VAULT_CHECKED;

/* What can be shown of the text so far; what may be the beginning of a value is held back.
 * vault_redact_finish: all that was held back, as the text ends here; another may follow. *out
 * (NULL after an error) lives until the next call. VAULT_NO_MEMORY: no more of this text may be
 * shown. */
VAULT_API vault_err vault_redact_feed(vault_redact *r, const char *text, size_t len,
                                      const char **out, size_t *out_len) VAULT_CHECKED;
VAULT_API vault_err vault_redact_finish(vault_redact *r, const char **out,
                                        size_t *out_len) VAULT_CHECKED;
VAULT_API void vault_redact_free(vault_redact *r); /* accepts NULL; wipes */

#ifdef __cplusplus
}
#endif

#endif
