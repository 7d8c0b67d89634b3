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
 * Errors. A function that can fail returns a vault_err, 0 for success. The message is in the
 * handle, which exists before anything is opened. No message contains a value, a passphrase or a
 * key. On every error, outputs are NULL, 0 or "", unless the function's comment says otherwise.
 *
 * Arguments. A NULL argument, including the handle, is VAULT_INVALID unless the comment gives it a
 * meaning. An env of NULL is the one that vault_find_default found, or VAULT_ENV_DEFAULT; the
 * functions vault_env_… need a name. An array with a count of 0 may be NULL. Functions that return
 * no error accept NULL everywhere.
 *
 * Structs. A struct that the caller makes begins with its size: set that to sizeof, and everything
 * else to 0 first. A struct that the library makes is read through the pointer that the library
 * gives. Later versions may add members at the end of both, so do not step through an array of
 * them. vault_pair and vault_credential_file never change.
 *
 * Lists. A list of entries is opaque: …_count returns its length, and …_at an entry, or NULL after
 * the last one. Entries and their strings live as long as the list; vault_release frees it. A list
 * of names is an array of strings, and a count.
 *
 * Ownership. The caller owns what a function returns through a pointer; the comment says how to
 * free it. Arguments stay the caller's, and are copied. Strings end with a zero byte; values are
 * bytes with a length.
 *
 * Unlocking is lazy. When an environment is first needed, the credentials are tried in the order in
 * which they were added, and then the prompt asks. A passphrase is stretched once for each reader
 * that it may belong to. Every seal of an environment is verified before anything in it is returned
 * or changed.
 *
 * Changes. The first change opens what it needs, takes the file's lock, and reads the file again if
 * it has changed. Nothing is written until vault_save, which also releases the lock. If another
 * program holds the lock, the change waits, and says so after half a second; if the file has not
 * changed for 10 seconds, it returns VAULT_FAILED. A change that fails before it has changed
 * anything, such as any call with an invalid argument, keeps the earlier changes. A change that
 * fails halfway discards all changes since the last save and releases the lock.
 *
 * Threads. One thread at a time may use a handle; different handles are independent. A call with
 * two handles (vault_add_keys_of, vault_add_credentials_of, vault_compare) uses both and may open
 * environments in both; afterwards neither needs the other. vault_kv_from_environ reads the
 * process's environment, which no other thread may change meanwhile. Sets of values, lists and
 * texts are independent of the handle and outlive it. What a callback is given lives until it
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
    VAULT_VARIABLE_MAX = 256, /* of a variable's name: [A-Za-z_][A-Za-z0-9_]* */
    VAULT_VALUE_MAX = 1 << 20,  /* bytes of a value */
    VAULT_AUTHOR_MAX = 255,     /* bytes of an author */
    VAULT_FINGERPRINT_LEN = 22, /* characters */
    VAULT_DATE_LEN = 20         /* 2026-01-31T12:00:00Z */
};

typedef struct vault vault;
typedef struct vault_kv vault_kv;

typedef enum vault_err {
    VAULT_OK = 0,
    VAULT_FAILED,        /* a system error: disk, permission */
    VAULT_FORMAT,        /* not a vault file, or a damaged one: the message names the line */
    VAULT_NEWER,         /* written by a newer version of the format */
    VAULT_CONFLICT,      /* the file has conflict markers from a merge */
    VAULT_INTEGRITY,     /* a seal, a value or a pin does not match */
    VAULT_NO_CREDENTIAL, /* no credential was given that could open it */
    VAULT_LOCKED,        /* no credential that was given opens it */
    VAULT_ABSENT,        /* not found: file, environment, secret, variable */
    VAULT_EXISTS,        /* exists already */
    VAULT_INVALID,       /* an argument that can never be valid: a name, a length */
    VAULT_CANCELLED,     /* the person declined */
    VAULT_NO_MEMORY      /* out of memory: the result is not known */
} vault_err;

/* Why an error happened, for programs. Words in capitals name the details that vault_error_detail
 * then has. New reasons are added at the end. */
typedef enum vault_reason {
    VAULT_REASON_NONE = 0,
    VAULT_REASON_NAMES,            /* names that no variable can have */
    VAULT_REASON_SSH_PASSPHRASE,   /* an SSH key with a passphrase */
    VAULT_REASON_MARKERS,          /* the file has conflict markers */
    VAULT_REASON_CHANGED,          /* someone who cannot open the environment changed an entry */
    VAULT_REASON_WORK_FACTOR,      /* a passphrase needs a higher work factor, NUMBER, which can be
                                      allowed */
    VAULT_REASON_WORK_FACTOR_MOST, /* the passphrase NAME needs a work factor over the maximum,
                                      NUMBER */
    VAULT_REASON_WORK, /* the passphrases together need work that the work factor NUMBER allows */
    VAULT_REASON_WORK_MOST,     /* they need more work than any work factor allows */
    VAULT_REASON_NO_PASSPHRASE, /* a passphrase is needed, and there was nobody to ask */
    VAULT_REASON_NOT_GRANTED,   /* no credential is a reader of the environment; SUBJECT: the public
                                   key of the first one */
    VAULT_REASON_PINS_UNREADABLE, /* the pins cannot be read */
    VAULT_REASON_OTHER_VAULT, /* when this machine last opened this path, another vault was there */
    VAULT_REASON_NEW_VAULT,   /* a new vault, SUBJECT, in a repository with a known one */
    VAULT_REASON_NEW_ENVIRONMENT, /* a new environment in a known vault */
    VAULT_REASON_KEY_TAKEN_BACK,  /* the file is older than a key that this machine made */
    VAULT_REASON_KEY_OLDER,       /* this machine has accepted a later key, KNOWN, than FOUND */
    VAULT_REASON_KEY_GOES_BACK,   /* vault_trust would go back from the key KNOWN to FOUND */
    VAULT_REASON_KEY_REPLACED, /* the key FOUND is not KNOWN, which this machine accepted, and its
                                  past does not hold KNOWN */
    VAULT_REASON_KEY_NOT_ASKED_FOR, /* the key FOUND is not KNOWN, which vault_pin requires */
    VAULT_REASON_LOCK_HELD,         /* another program holds the lock on SUBJECT */
    VAULT_REASON_READ_ONLY,         /* the file SUBJECT is read-only */
    VAULT_REASON_MERGE_CIRCLE,      /* a merge: each side's key has the other in its past */
    VAULT_REASON_MERGE_KEY_UNKNOWN, /* a merge: the pins know neither side's key */
    VAULT_REASON_MERGE_MARKERS, /* a merge: one side has conflict markers; SUBJECT: the other side,
                                   "ours" or "theirs" */
    VAULT_REASON_MERGE_OTHER_VAULT,  /* a merge: of different vaults */
    VAULT_REASON_MERGE_TOO_LARGE,    /* a merge: the three versions together exceed a limit */
    VAULT_REASON_MERGE_OPEN,         /* a merge: there are conflicts without an answer */
    VAULT_REASON_MERGE_OPEN_READERS, /* the same, and some are about readers */
    VAULT_REASON_FILE_ABSENT,        /* a search found no vault file */
    VAULT_REASON_FILE_OF_ANOTHER,    /* a search found a file, SUBJECT, that another user owns, or
                                        whose folder another user owns */
    VAULT_REASON_READABLE_BY_OTHERS, /* others can read a file with credentials, SUBJECT */
    VAULT_REASON_KEY_FOR_PATH,       /* a key was given instead of the path of an identity file */
    VAULT_REASON_IDENTITY_VARIABLE,  /* VAULT_IDENTITY holds no usable identity */
    VAULT_REASON_DISAGREE,           /* two secrets have different values for the variable NAME */
    VAULT_REASON_DANGEROUS, /* SECRET/NAME would set SUBJECT, a variable through which programs
                               run other code */
    VAULT_REASON_ZERO_BYTE, /* SECRET/NAME has a zero byte, which no environment can carry */
    VAULT_REASON_TOO_LONG,  /* SECRET/NAME is too long for an environment */
    VAULT_REASON_PLACE_WITHOUT_VALUE, /* a template names variables that ENV does not have */
    VAULT_REASON_PLACE_AMBIGUOUS,     /* a template names variables that several secrets have */
    VAULT_REASON_TEMPLATE_SYNTAX,     /* a template has a {{ that begins no hole */
    VAULT_REASON_TEMPLATE_MISSING,    /* a template names SECRET/NAME, which ENV does not have */
    VAULT_REASON_TEMPLATE_CIRCULAR,   /* the template SECRET/NAME needs itself */
    VAULT_REASON_TEMPLATE_FILTER, /* a template's filter cannot write the value of SECRET/NAME */
    VAULT_REASON_TEMPLATE_LIMIT, /* a template has too many holes, makes too much, or leads over too
                                    many names */
    VAULT_REASON_TEMPLATE_USES,  /* SECRET/NAME is a template that uses what the change would remove
                                  */
    VAULT_REASON_KEY_NOT_ACCEPTED, /* a proposal: this machine has not accepted the key FOUND */
    VAULT_REASON_FILE_PASSPHRASE,  /* an identity file, SUBJECT, needs a passphrase, and there was
                                      nobody to ask */
    VAULT_REASON_PLUGIN,           /* the age plugin SUBJECT failed, or broke the protocol */
    VAULT_REASON_PLUGIN_ABSENT,    /* the age plugin SUBJECT is needed, and was not found */
    VAULT_REASON_PLUGINS_OFF,      /* the same, and no plugin may be started */
    VAULT_REASON_DOTENV_LINES /* malformed lines, which VAULT_DOTENV_SKIP_INVALID passes over */
} vault_reason;

/* What an error is about. */
typedef enum vault_detail {
    VAULT_DETAIL_ENV,
    VAULT_DETAIL_SECRET,
    VAULT_DETAIL_NAME,    /* of a variable or a reader */
    VAULT_DETAIL_FOUND,   /* the fingerprint of the key that env has */
    VAULT_DETAIL_KNOWN,   /* the fingerprint of the key that it should have */
    VAULT_DETAIL_SUBJECT, /* a path, a public key or a side, as the reason says */
    VAULT_DETAIL_NUMBER   /* in decimal */
} vault_detail;

/* "integrity", "key-replaced": the name without its prefix, for logs. Static. */
VAULT_API const char *vault_err_name(vault_err err);
VAULT_API const char *vault_reason_name(vault_reason reason);

/* The version of the linked library; the macros above are the header's. */
VAULT_API const char *vault_version(void);
VAULT_API long vault_version_number(void);

/* A date is in Unix seconds; as text it is "2026-01-31T12:00:00Z". vault_date_write returns text,
 * which is empty for a year that does not have four digits. */
VAULT_API vault_err vault_date_read(vault *v, const char *text, int64_t *date) VAULT_CHECKED;
VAULT_API const char *vault_date_write(int64_t date, char text[VAULT_DATE_LEN + 1]);

/* ---- the handle ---- */

/* NULL only if there is no memory or no source of randomness. */
VAULT_API vault *vault_new(void) VAULT_CHECKED;
VAULT_API void vault_free(vault *v); /* accepts NULL; wipes every key */

/* The last error: its message, in lowercase and without a full stop; its reason; and a detail, or
 * "" if the error has no such detail. The texts live until the next call with v. */
VAULT_API const char *vault_error(const vault *v);
VAULT_API vault_reason vault_error_reason(const vault *v);
VAULT_API const char *vault_error_detail(const vault *v, vault_detail which);

/* Frees a list or a text that one of the functions below returned; accepts NULL. */
VAULT_API void vault_release(void *list);

/* ---- before opening ---- */

/* Credentials. text: an identity file of age, which may be encrypted with a passphrase
 * (vault_set_file_prompt), or an OpenSSH ed25519 private key, which may have a passphrase
 * (vault_set_ssh_opener). */
VAULT_API vault_err vault_add_identity(vault *v, const char *text, size_t len) VAULT_CHECKED;
VAULT_API vault_err vault_add_identity_file(vault *v, const char *path) VAULT_CHECKED;
VAULT_API vault_err vault_add_passphrase(vault *v, const char *passphrase,
                                         size_t len) VAULT_CHECKED;

/* Lets v open other versions of the vault in `from`: gives it env's key and all earlier keys, which
 * are tried before the credentials. */
VAULT_API vault_err vault_add_keys_of(vault *v, vault *from, const char *env) VAULT_CHECKED;

/* Gives v the credentials of `from`, and the keys that it has opened with them, but not its prompt.
 */
VAULT_API vault_err vault_add_credentials_of(vault *v, const vault *from) VAULT_CHECKED;

/* Writes a new identity to a new file (mode 0600; its folder is created). The identity is not added
 * to the credentials. */
VAULT_API vault_err vault_identity_create(vault *v, const char *path) VAULT_CHECKED;

/* Whether new identities are post-quantum, of age's kind mlkem768x25519. VAULT_INVALID if this
 * program's libsodium is older than 1.0.22. */
VAULT_API vault_err vault_set_post_quantum(vault *v, int is_wanted) VAULT_CHECKED;

/* As vault_identity_create, encrypted with a passphrase as `age -p` does it. Also returns the
 * public key, because the file shows it only once it is open. vault_release(*public_key). */
VAULT_API vault_err vault_identity_create_sealed(vault *v, const char *path, const char *passphrase,
                                                 size_t len, char **public_key) VAULT_CHECKED;

/* The public key of the first identity that was added: what a reader needs to grant access.
 * VAULT_NO_CREDENTIAL if there is none. vault_release(*public_key). */
VAULT_API vault_err vault_public_key(vault *v, char **public_key) VAULT_CHECKED;

/* An identity that was added. */
typedef struct vault_identity_entry {
    const char *from;       /* the file or variable */
    const char *kind;       /* as in vault_reader_entry; "": not known */
    const char *public_key; /* "": not known while the file is closed */
    const char *why_not;    /* why it is passed over; "": it is tried */
    int closed;             /* it needs a passphrase that has not been given */
} vault_identity_entry;

typedef struct vault_identities vault_identities;
VAULT_API size_t vault_identities_count(const vault_identities *list);
VAULT_API const vault_identity_entry *vault_identities_at(const vault_identities *list,
                                                          size_t place);

/* The identities in the order in which they were added. env, unless it is NULL: why_not then also
 * says which of them cannot open env. vault_release(*list). */
VAULT_API vault_err vault_identity_list(vault *v, const char *env,
                                        vault_identities **list) VAULT_CHECKED;

/* The identity that opened env, for a caller that caches it: a set with one variable, IDENTITY, the
 * text of an identity file. If a plugin opened env, or a key that was cached before, it is the key
 * of env, which vault_add_default_credentials understands in the keyring. VAULT_INVALID for an SSH
 * key without a passphrase. vault_kv_free(*out).
 */
VAULT_API vault_err vault_identity_of(vault *v, const char *env, vault_kv **out) VAULT_CHECKED;

/* A public key as people write it ("ssh-ed25519 AAAA… comment"), checked and without the comment;
 * VAULT_INVALID says why it cannot be used. vault_release(*public_key). */
VAULT_API vault_err vault_public_key_read(vault *v, const char *text,
                                          char **public_key) VAULT_CHECKED;

/* The highest scrypt work factor of a passphrase that is tried: 18 by default, 22 at most. The
 * passphrases of an environment together may take 16 times that work; otherwise none is tried. */
VAULT_API vault_err vault_set_work_factor(vault *v, unsigned factor) VAULT_CHECKED;

/* Asks for the passphrase of one of the readers of env (their names, separated by commas); attempt
 * counts from 0. Writes at most size bytes to answer and returns their number; 0 or -1 if there is
 * no answer; VAULT_NOBODY if there is nobody to ask, as if no prompt were set. */
enum { VAULT_NOBODY = -2 };
typedef int vault_prompt(void *user, const char *env, const char *readers, int attempt,
                         char *answer, size_t size);
VAULT_API void vault_set_prompt(vault *v, vault_prompt *ask, void *user);

/* Asks for the passphrase of an identity file, when no other credential opens an environment.
 * attempt counts from 0. Answers like vault_prompt. If it answers VAULT_NOBODY, or is not set, the
 * file stays closed (VAULT_REASON_FILE_PASSPHRASE). A file that was not opened is not asked for
 * again. */
typedef int vault_file_prompt(void *user, const char *path, int attempt, char *answer, size_t size);
VAULT_API void vault_set_file_prompt(vault *v, vault_file_prompt *ask, void *user);

/* Asks for the passphrase of an OpenSSH private key, text, removes it, and writes the key without
 * it to plain. Answers like vault_prompt. Called only if the key's public half is a reader of the
 * environment. If it is not set, such a key stays closed (VAULT_REASON_SSH_PASSPHRASE). */
typedef int vault_ssh_opener(void *user, const char *path, const char *text, size_t len,
                             char *plain, size_t size);
VAULT_API void vault_set_ssh_opener(vault *v, vault_ssh_opener *opener, void *user);

/* Age plugins: programs called age-plugin-NAME, each of which wraps and opens keys for public keys
 * age1NAME1… and identities AGE-PLUGIN-NAME-1…. The library speaks their protocol, but starts no
 * process and knows no person: the caller does both. Without this call an identity of a plugin
 * opens nothing, and no environment is given to such a public key (VAULT_REASON_PLUGINS_OFF).
 *
 * A plugin is started only for an identity or a reader of its kind: once for each environment that
 * it opens, and never for a value. What it returns is checked. */
enum {
    VAULT_PLUGIN_ABSENT = -1, /* start: there is no such program */
    VAULT_PLUGIN_FAILED = -2, /* a system call failed */
    VAULT_PLUGIN_LATE = -3,   /* read: nothing came for too long */
    VAULT_PLUGIN_NOBODY = -4  /* confirm, ask: no answer */
};
typedef struct vault_plugins {
    size_t size; /* sizeof(vault_plugins), which grows with later versions */
    void *user;

    /* Starts age-plugin-NAME with one argument, --age-plugin=MACHINE, and pipes to its standard
     * input and output. name has only lowercase letters, digits and +-._ in it. One plugin runs at
     * a time, until stop, which ends it if need be. 0, or a negative value from above. */
    int (*start)(void *user, const char *name, const char *machine);
    int (*write)(void *user, const char *bytes, size_t len); /* 0: all of it was written */
    int (*read)(void *user, char *bytes, size_t size);       /* bytes read; 0: it has ended */
    void (*stop)(void *user);

    /* Shows or asks what the plugin wants. The texts are escaped for a terminal, but they are the
     * plugin's, and must be shown as such. Each of these may be NULL: then nobody is there. */
    void (*say)(void *user, const char *name, const char *text);
    int (*confirm)(void *user, const char *name, const char *text, const char *yes,
                   const char *no); /* 1: yes; 0: no; no is NULL if there is only a yes */
    int (*ask)(void *user, const char *name, const char *text, int is_secret, char *answer,
               size_t size); /* the length of the answer */
} vault_plugins;
VAULT_API vault_err vault_set_plugins(vault *v, const vault_plugins *plugins) VAULT_CHECKED;

/* If every identity is in a file that is encrypted with a passphrase, opens the first of them now:
 * vault_public_key needs an open one. VAULT_NO_CREDENTIAL if there is no identity. */
VAULT_API vault_err vault_open_identity(vault *v) VAULT_CHECKED;

/* Receives what a person should know, but is no error: a key seen for the first time, a rotation, a
 * line that parsers read differently. */
typedef void vault_notice(void *user, const char *sentence);
VAULT_API void vault_set_notice(vault *v, vault_notice *tell, void *user);

/* The author of changes. Default: the name of the reader whose credential opened the environment.
 */
VAULT_API vault_err vault_set_author(vault *v, const char *author) VAULT_CHECKED;

/* The pins: which key of each environment this machine has accepted. path: the file that keeps
 * them. Without this call nothing is remembered or compared. With NULL every environment is
 * reported, as one that is seen for the first time. A pin that cannot be written is reported too
 * (vault_set_notice). */
enum {
    VAULT_PINS_LOOK_ONLY = 1, /* environments are compared with the pins, and none is pinned */
    VAULT_PINS_SEARCHED = 2   /* a search found the file, no person named it: a vault that is new to
                                 a repository, above or below the known one, is refused */
};
VAULT_API vault_err vault_pins_use(vault *v, const char *path, unsigned flags) VAULT_CHECKED;

/* What a person said about env. fingerprint: the key that it must have; the pins are then not
 * consulted. NULL: the person named env, so a known vault may have it without a pin. */
VAULT_API vault_err vault_pin(vault *v, const char *env, const char *fingerprint) VAULT_CHECKED;

/* found: the fingerprint of the key that env has now, whatever the pins say. known: the one that
 * this machine accepted last, or "". older: found was accepted before known. VAULT_INVALID without
 * pins. */
VAULT_API vault_err vault_pin_state(vault *v, const char *env,
                                    char found[VAULT_FINGERPRINT_LEN + 1],
                                    char known[VAULT_FINGERPRINT_LEN + 1],
                                    int *older) VAULT_CHECKED;

/* Accepts the key that env has now, although this machine's pins do not know it. An older key is
 * accepted only if vault_pin names it: readers who were revoked since then could read what is
 * written under it. */
VAULT_API vault_err vault_trust(vault *v, const char *env) VAULT_CHECKED;

/* ---- opening and saving ---- */

VAULT_API vault_err vault_open(vault *v, const char *path) VAULT_CHECKED;

/* Opens a vault that is not a file, such as a version from history. It can be changed, and
 * vault_text returns the result; there is no file for vault_save to write. */
VAULT_API vault_err vault_open_bytes(vault *v, const char *text, size_t len) VAULT_CHECKED;

/* The id of the open vault, or "". It belongs to the handle. */
VAULT_API const char *vault_id(const vault *v);

/* Begins a new vault without environments, which the first vault_save writes. VAULT_EXISTS if the
 * file exists. */
VAULT_API vault_err vault_create(vault *v, const char *path) VAULT_CHECKED;

/* Takes the lock now, as the first change would, so that nobody changes the file after it is read.
 * vault_save and vault_discard release it. It waits for at most this many milliseconds, or, if the
 * number is negative, as a change does; then it returns VAULT_FAILED with VAULT_REASON_LOCK_HELD.
 */
VAULT_API vault_err vault_lock(vault *v, int milliseconds) VAULT_CHECKED;

/* Whether vault_save would write anything. Setting a value to what it already is changes nothing.
 */
VAULT_API int vault_changed(const vault *v);

/* Writes the changes, if there are any. The new text is parsed and its seals are verified first. If
 * that fails, the file stays as it is and the changes are discarded. An environment without a
 * reader is VAULT_INVALID, and so is one in which a template uses a variable that was removed; a
 * new template that cannot be resolved is VAULT_ABSENT or VAULT_INVALID. These discard nothing. */
VAULT_API vault_err vault_save(vault *v) VAULT_CHECKED;

/* Discards the changes. */
VAULT_API void vault_discard(vault *v);

/* The file's text with all changes. vault_release(*text). */
VAULT_API vault_err vault_text(vault *v, char **text, size_t *len) VAULT_CHECKED;

/* ---- sets of values ---- */

/* A pair with a NULL value is skipped. vault_kv_free(*out), as for all of these. */
typedef struct vault_pair {
    const char *name;
    const char *value;
    size_t len;
} vault_pair;
VAULT_API vault_err vault_kv_from_pairs(vault *v, const vault_pair *pairs, size_t count,
                                        vault_kv **out) VAULT_CHECKED;

/* From this process's environment. VAULT_ABSENT: the message lists the names that are not set. */
VAULT_API vault_err vault_kv_from_environ(vault *v, const char *const *names, size_t count,
                                          vault_kv **out) VAULT_CHECKED;

/* From a dotenv file. A name without '/' is searched for in the folder `start` (NULL: the current
 * one) and those above it. Nothing is expanded. dialect: "node", "python", "ruby", "compose" or
 * "godotenv", whose parser is followed; NULL: vault's own rule (vault(1), Sources). Lines that
 * parsers read differently, or that the dialect ignores, are reported by number
 * (vault_set_notice); so are names that occur twice, of which the last value counts. All lines that
 * are invalid are one error. */
VAULT_API vault_err vault_kv_from_dotenv(vault *v, const char *name, const char *start,
                                         const char *dialect, vault_kv **out) VAULT_CHECKED;

/* How vault_kv_from_dotenv reads from now on. */
enum {
    VAULT_DOTENV_SKIP_INVALID = 1, /* pass over malformed lines and invalid names, each reported; of
                                      a dialect, over invalid names */
    VAULT_DOTENV_EXPAND = 2 /* vault's own rule: $NAME and ${NAME}, outside single quotes, become
                               the value of a line above; any other $ before a name is an error, and
                               \$ is a $ */
};
VAULT_API vault_err vault_set_dotenv(vault *v, unsigned how) VAULT_CHECKED;
/* The same as python-dotenv reads it: dialect "python", and ${NAME} and ${NAME:-DEFAULT} are
 * replaced, by a value of an earlier line, a variable of this process, the default, or nothing. The
 * values together may have 16 MiB. */
VAULT_API vault_err vault_kv_from_dotenv_expanded(vault *v, const char *name, const char *start,
                                                  vault_kv **out) VAULT_CHECKED;

/* The whole set in one text, for a caller to whom a call is expensive: NAME=VALUE and a zero byte
 * for each variable, in byte order of the names; in a set with one variable, BLOCK. VAULT_INVALID
 * with VAULT_REASON_ZERO_BYTE: the value of NAME has a zero byte. vault_kv_free(*out). */
VAULT_API vault_err vault_kv_block(vault *v, const vault_kv *kv, vault_kv **out) VAULT_CHECKED;

/* Several sets in one; of equal names the later set's value is used. */
VAULT_API vault_err vault_kv_layer(vault *v, const vault_kv *const *sets, size_t count,
                                   vault_kv **out) VAULT_CHECKED;

VAULT_API void vault_kv_free(vault_kv *kv); /* accepts NULL; wipes */

VAULT_API size_t vault_kv_count(const vault_kv *kv);

/* In byte order of the names; all NULL after the last one. A value is followed by a zero byte that
 * len does not count. Names and values live as long as the set. */
VAULT_API vault_pair vault_kv_at(const vault_kv *kv, size_t place);

/* NULL, and a length of 0, if there is no such name; len may be NULL. The value lives as long as
 * the set. */
VAULT_API const char *vault_kv_get(const vault_kv *kv, const char *name, size_t *len);

/* How a file keeps a value. */
typedef enum vault_kind {
    VAULT_KIND_ANY,    /* of a set that was not read from a vault: what is there and equal stays as
                          it is, anything else is sealed */
    VAULT_KIND_SEALED, /* encrypted */
    VAULT_KIND_TEMPLATE, /* encrypted: a text whose holes other values fill when it is used */
    VAULT_KIND_OPEN      /* readable by everybody, and bound to its place by the environment key */
} vault_kind;
enum { VAULT_OPEN_MAX = 4096 }; /* bytes of an open value, which is UTF-8 without zero bytes */

/* How the value of this name was kept, or is to be kept when the set is stored. The first returns
 * VAULT_KIND_ANY, the second VAULT_ABSENT, if there is no such name. */
VAULT_API vault_kind vault_kv_kind(const vault_kv *kv, const char *name);
VAULT_API vault_err vault_kv_set_kind(vault *v, vault_kv *kv, const char *name,
                                      vault_kind kind) VAULT_CHECKED;

/* ---- secrets ---- */

/* All variables of a secret. VAULT_ABSENT: the message lists the required names that are missing. A
 * template is resolved, or is an error (VAULT_REASON_TEMPLATE_…): its result has VAULT_KIND_SEALED,
 * so a result that is stored again is a value like any other.
 */
VAULT_API vault_err vault_secret_get(vault *v, const char *env, const char *secret,
                                     const char *const *required, size_t required_count,
                                     vault_kv **out) VAULT_CHECKED;

/* The same as they are stored: a template is its text, with VAULT_KIND_TEMPLATE. For a program that
 * changes or moves values. */
VAULT_API vault_err vault_secret_stored(vault *v, const char *env, const char *secret,
                                        vault_kv **out) VAULT_CHECKED;

/* One variable of a secret, as a set; of the others, only what a template uses is decrypted. */
VAULT_API vault_err vault_value_get(vault *v, const char *env, const char *secret, const char *name,
                                    vault_kv **out) VAULT_CHECKED;

/* What vault_secret_create does if the secret exists. */
typedef enum vault_existing {
    VAULT_EXISTING_ERROR,
    VAULT_EXISTING_KEEP,
    VAULT_EXISTING_REPLACE
} vault_existing;
VAULT_API vault_err vault_secret_create(vault *v, const char *env, const char *secret,
                                        const vault_kv *kv, vault_existing existing) VAULT_CHECKED;

/* Sets the variables in kv, and leaves the others alone. A value that does not change keeps its
 * date. One that replaces another is dated now, or a second later than the one it replaces if that
 * is later. */
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

/* What can be read without a key, and is then unverified. */
typedef struct vault_secret_entry {
    const char *name, *created_by;
    int64_t created_at; /* Unix seconds */
    size_t values;      /* the number of its variables */
} vault_secret_entry;
typedef struct vault_secrets vault_secrets;
VAULT_API size_t vault_secrets_count(const vault_secrets *list);
VAULT_API const vault_secret_entry *vault_secrets_at(const vault_secrets *list, size_t place);

/* In the file's order. created_before: Unix seconds; 0: all. max: 0 for all.
 * vault_release(*list). */
VAULT_API vault_err vault_secret_list(vault *v, const char *env, int64_t created_before, size_t max,
                                      vault_secrets **list) VAULT_CHECKED;

typedef struct vault_value_entry {
    const char *name, *author;
    int64_t updated_at; /* Unix seconds */
    vault_kind kind;
} vault_value_entry;
typedef struct vault_values vault_values;
VAULT_API size_t vault_values_count(const vault_values *list);
VAULT_API const vault_value_entry *vault_values_at(const vault_values *list, size_t place);
VAULT_API const vault_secret_entry *vault_values_secret(const vault_values *list); /* whose */

/* When each value of a secret last changed, and who changed it; needs the environment's key.
 * vault_release(*list). */
VAULT_API vault_err vault_secret_info(vault *v, const char *env, const char *secret,
                                      vault_values **list) VAULT_CHECKED;

/* The names of a secret's variables, without a key and unverified. vault_release(*names). */
VAULT_API vault_err vault_value_list(vault *v, const char *env, const char *secret,
                                     const char ***names, size_t *count) VAULT_CHECKED;

/* The text of an open value as the file shows it, without a key and unverified; NULL if the value
 * is sealed. vault_release(*text). */
VAULT_API vault_err vault_open_text(vault *v, const char *env, const char *secret, const char *name,
                                    char **text) VAULT_CHECKED;

/* ---- environments ---- */

/* vault_release(*names). */
VAULT_API vault_err vault_env_list(vault *v, const char ***names, size_t *count) VAULT_CHECKED;

/* like: the environment whose readers it gets, if their seals verify; NULL: none yet, so add at
 * least one with vault_reader_add before saving. */
VAULT_API vault_err vault_env_create(vault *v, const char *env, const char *like) VAULT_CHECKED;
VAULT_API vault_err vault_env_delete(vault *v, const char *env) VAULT_CHECKED;
VAULT_API vault_err vault_env_rename(vault *v, const char *from, const char *to) VAULT_CHECKED;

/* A new environment with a new key, and with the readers and secrets of `from`. */
VAULT_API vault_err vault_env_copy(vault *v, const char *from, const char *to) VAULT_CHECKED;

/* Opens and verifies the environment, and returns the fingerprint of its key. */
VAULT_API vault_err vault_fingerprint(vault *v, const char *env,
                                      char fingerprint[VAULT_FINGERPRINT_LEN + 1]) VAULT_CHECKED;

/* Gives env a new key. VAULT_PAST_KEEP keeps the old one for reading history; VAULT_PAST_FORGET
 * drops all earlier keys. The caller's credentials must still open env afterwards. */
typedef enum vault_past { VAULT_PAST_KEEP, VAULT_PAST_FORGET } vault_past;
VAULT_API vault_err vault_rotate(vault *v, const char *env, vault_past past) VAULT_CHECKED;

/* ---- readers ---- */

/* Adds a reader with a public key, "age1…" or "ssh-ed25519 AAAA…". The caller vouches for the key:
 * a person typed it, or confirmed it after seeing all of it. VAULT_EXISTS if the name has another
 * key. */
VAULT_API vault_err vault_reader_add(vault *v, const char *env, const char *name,
                                     const char *public_key) VAULT_CHECKED;

/* Adds a reader with a passphrase. NULL: the passphrase that the name already has, opened
 * as vault_passphrase_key does. */
VAULT_API vault_err vault_reader_add_passphrase(vault *v, const char *env, const char *name,
                                                const char *passphrase, size_t len) VAULT_CHECKED;

/* The public key of the identity that the passphrase of a name opens. The passphrase was added
 * (vault_add_passphrase), or the prompt, which is given env, asks for it. VAULT_INTEGRITY: the name
 * has another key in an environment, which the message names. vault_release(*public_key). */
VAULT_API vault_err vault_passphrase_key(vault *v, const char *env, const char *name,
                                         char **public_key) VAULT_CHECKED;

/* Changes the public key of a reader in every environment that it reads, and gives each of those a
 * new environment key. All or nothing: an environment that cannot be opened is an error. */
VAULT_API vault_err vault_reader_replace(vault *v, const char *name,
                                         const char *public_key) VAULT_CHECKED;

/* The same with a passphrase, which replaces another passphrase or a key. */
VAULT_API vault_err vault_passphrase_change(vault *v, const char *name, const char *passphrase,
                                            size_t len) VAULT_CHECKED;

/* Removes a reader, with every other name of the same key, and gives env a new key, in one step.
 * The last reader cannot be removed. */
VAULT_API vault_err vault_reader_remove(vault *v, const char *env, const char *name) VAULT_CHECKED;

/* The same, to remove yourself: afterwards your credentials may not open env. You could have kept
 * the new key, so another reader should rotate once more. */
VAULT_API vault_err vault_reader_leave(vault *v, const char *env, const char *name) VAULT_CHECKED;

typedef enum vault_seal { VAULT_SEAL_UNCHECKED, VAULT_SEAL_VERIFIED, VAULT_SEAL_FORGED } vault_seal;
typedef struct vault_reader_entry {
    const char *name;
    const char *kind; /* "X25519", "mlkem768x25519", "ssh-ed25519", "passphrase", "plugin", or
                         "unknown" */
    const char *public_key;
    int own;         /* it belongs to a credential that was added */
    vault_seal seal; /* checked only if the environment is open */
} vault_reader_entry;
typedef struct vault_readers vault_readers;
VAULT_API size_t vault_readers_count(const vault_readers *list);
VAULT_API const vault_reader_entry *vault_readers_at(const vault_readers *list, size_t place);

/* vault_release(*list). */
VAULT_API vault_err vault_reader_list(vault *v, const char *env,
                                      vault_readers **list) VAULT_CHECKED;

/* Whether a quantum computer could open what env holds. It follows from the kinds of the readers'
 * keys in the file, which are verified only if env is open. Proposals to env can always be opened.
 */
typedef enum vault_pq {
    VAULT_PQ_NO,  /* it could: the key of a reader is not post-quantum */
    VAULT_PQ_NEW, /* it could not open what is sealed from now on; env has had other keys, and the
                     file does not say who could open those */
    VAULT_PQ_ALL  /* it could not, and this is env's first key */
} vault_pq;
VAULT_API vault_err vault_post_quantum(vault *v, const char *env, vault_pq *state) VAULT_CHECKED;

/* ---- proposals ---- */

/* A proposal is a value that someone who cannot open env has encrypted to its readers, as a file
 * keeps it under "SECRET/NAME/TAG" in the inbox of env. Anyone can write one, and claim any author
 * and date. None is used before vault_proposal_accept. A vault_proposal_… call that is given an
 * entry returns VAULT_ABSENT if there is none, and all but the last two VAULT_INTEGRITY if that one
 * is damaged or was made for another place, environment or vault.
 *
 * vault_propose needs no key of env. The fingerprint of its key MUST be the one that vault_pin
 * requires or this machine accepted last; otherwise it is VAULT_INTEGRITY, with the reason
 * VAULT_REASON_KEY_NOT_ACCEPTED if there is neither. The author is that of vault_set_author. A
 * value that makes more than 64 KiB is VAULT_INVALID. */
VAULT_API vault_err vault_propose(vault *v, const char *env, const char *secret, const char *name,
                                  const char *value, size_t len) VAULT_CHECKED;

/* Whether vault_propose would accept the key of env. */
VAULT_API vault_err vault_propose_check(vault *v, const char *env) VAULT_CHECKED;

/* vault_pin_state and vault_trust without a key of env. What they find is only what the file says:
 * whoever can write the file can replace it, so a person must compare the fingerprint first. */
VAULT_API vault_err vault_shown_state(vault *v, const char *env,
                                      char found[VAULT_FINGERPRINT_LEN + 1],
                                      char known[VAULT_FINGERPRINT_LEN + 1],
                                      int *older) VAULT_CHECKED;
VAULT_API vault_err vault_shown_trust(vault *v, const char *env) VAULT_CHECKED;

/* The entries in the inbox of env, at most max of them (0: all), and how many there are; needs no
 * key. vault_release(*entries). */
VAULT_API vault_err vault_proposal_list(vault *v, const char *env, size_t max,
                                        const char ***entries, size_t *count,
                                        size_t *total) VAULT_CHECKED;

/* What a person must decide about one proposal at a time. */
typedef enum vault_caution {
    VAULT_CAUTION_NONE,
    VAULT_CAUTION_NO_VARIABLE, /* there is no such variable: it is new, or was deleted since */
    VAULT_CAUTION_NOT_LATER    /* it is not dated after the value that it would replace */
} vault_caution;

typedef struct vault_proposal {
    const char *secret, *name;
    const char *author;                          /* claimed */
    int64_t made_at;                             /* Unix seconds; claimed */
    char fingerprint[VAULT_FINGERPRINT_LEN + 1]; /* of the key that it was encrypted to */
    int old; /* that key was replaced: someone who could open env before may know the value */
    vault_caution caution;
} vault_proposal;

/* Opens a proposal. *value: a set with the one variable. vault_release(*about),
 * vault_kv_free(*value). */
VAULT_API vault_err vault_proposal_open(vault *v, const char *env, const char *entry,
                                        vault_proposal **about, vault_kv **value) VAULT_CHECKED;

/* Makes the proposal a sealed value, dated and with an author as vault_secret_update does it, and
 * removes its entry. seen: the set that vault_proposal_open returned, VAULT_INTEGRITY if the
 * proposal has another value by now; NULL: any. */
VAULT_API vault_err vault_proposal_accept(vault *v, const char *env, const char *entry,
                                          const vault_kv *seen) VAULT_CHECKED;

/* Removes a proposal; needs no key. */
VAULT_API vault_err vault_proposal_reject(vault *v, const char *env,
                                          const char *entry) VAULT_CHECKED;

/* Makes the proposals for a variable ones for another name, as vault_secret_rename and
 * vault_env_rename do it by themselves. Those that do not open are dropped, and a notice names
 * them.
 */
VAULT_API vault_err vault_proposal_carry(vault *v, const char *env, const char *secret,
                                         const char *name, const char *to_secret,
                                         const char *to_name) VAULT_CHECKED;

/* ---- merging ---- */

/* One side of a conflict. */
typedef struct vault_one_side {
    int there;          /* 0: it was deleted, or never existed */
    const char *author; /* "": not known */
    int64_t updated_at; /* Unix seconds; 0: not known */
    const char *text;   /* a reader's public key, an environment's fingerprint, or "" */
} vault_one_side;

/* Why a person must answer. "It" is the incoming side's entry. */
typedef enum vault_why {
    VAULT_WHY_BOTH_CHANGED, /* both sides changed it, differently */
    VAULT_WHY_CLAIM,        /* it is only under a key that is not main's: rotated out, or forked */
    VAULT_WHY_OLDER,        /* it is not later than main's */
    VAULT_WHY_RETURNED,     /* main had it before, and removed it */
    VAULT_WHY_NOT_ROTATED,  /* a reader was removed without a new key */
    VAULT_WHY_ROTATED,      /* both sides were rotated, and a reader reads only one of them */
    VAULT_WHY_UNRELATED,    /* an environment: neither side's key leads to the other's */
    VAULT_WHY_NOT_OPEN,     /* an environment: no credential opens both sides */
    VAULT_WHY_TEMPLATE      /* a template would be left without a variable that it uses */
} vault_why;

/* VAULT_ANSWER_BOTH is for a fork: both sides become one, under a new key. VAULT_ANSWER_NEW is for
 * a value. */
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
    const char *env, *secret, *name; /* of a variable or a reader; "" where the kind has none */
    vault_why why;
    vault_answer
        incoming; /* the side that is not main's: VAULT_ANSWER_OURS or VAULT_ANSWER_THEIRS */
    int locked;   /* no credential opens both sides, so it cannot be answered */
    const vault_one_side *ours, *theirs; /* never NULL */
    const char *sentence; /* all of this for a person, safe for a terminal; never a value */

    vault_answer answer; /* VAULT_ANSWER_NONE; set it */
    vault_kv *value; /* with VAULT_ANSWER_NEW: a set with one variable, which vault_merge frees */
    const void *of;  /* for vault_merge */
} vault_conflict;

typedef struct vault_conflicts vault_conflicts;
VAULT_API size_t vault_conflicts_count(const vault_conflicts *list);
VAULT_API vault_conflict *vault_conflicts_at(vault_conflicts *list, size_t place);

/* Gets all conflicts, and sets their answers. An answer to a "fork" or an "environment" settles all
 * others of that environment, except VAULT_ANSWER_BOTH. */
typedef void vault_resolve(void *user, vault_conflicts *conflicts);

/* While vault_resolve runs: both values of a conflict of the kind "value", each a set with one
 * variable, or NULL where a side has none. vault_kv_free both. */
VAULT_API vault_err vault_conflict_values(vault *v, const vault_conflict *conflict, vault_kv **ours,
                                          vault_kv **theirs) VAULT_CHECKED;

/* A ciphertext that the history of ours may contain. */
typedef struct vault_text_seen {
    const char *text; /* no zero byte follows */
    size_t len;
    int seen; /* 0; set it to 1 if the history contains the text */
} vault_text_seen;
typedef struct vault_texts vault_texts;
VAULT_API size_t vault_texts_count(const vault_texts *list);
VAULT_API vault_text_seen *vault_texts_at(vault_texts *list, size_t place);

/* Returns 0. Anything else ends the merge, which then could not tell what is new from what comes
 * back. */
typedef int vault_look_back(void *user, vault_texts *texts);

typedef struct vault_merging {
    size_t size;      /* sizeof(vault_merging) */
    const char *base; /* NULL: no common ancestor */
    size_t base_len;
    const char *ours, *theirs; /* two versions of one vault */
    size_t ours_len, theirs_len;
    vault_resolve *resolve;     /* NULL: no conflict is answered */
    vault_look_back *look_back; /* NULL: what main removed may come back unnoticed */
    void *user;                 /* for both */
    size_t marker_size;         /* the length of conflict markers, 7 or more; 0: 7 */
    const char *path;           /* the file that the result replaces atomically; NULL: none */
    int write_conflicts;        /* also if the result has conflict markers */
} vault_merging;

/* Merges two versions by environment, secret and variable, with the credentials of v, and closes
 * what v had open before.
 *
 * If the sides have different keys for an environment, the result has the key of main: the side
 * whose key comes after the other's (its past holds the other, or the pins accepted it later) and
 * is the pinned key or comes after it. What exists only under the other key is a conflict.
 *
 * VAULT_OK: v has the result open, as by vault_open_bytes. VAULT_CONFLICT: in the result, each
 * environment with an unanswered conflict is as in ours, byte for byte, followed by comments
 * between conflict markers; v is closed. On any other error, such as VAULT_INTEGRITY for a version
 * that does not verify or for keys that the pins do not know, there is no result and nothing is
 * written. text may be NULL; vault_release(*text). */
VAULT_API vault_err vault_merge(vault *v, const vault_merging *how, char **text,
                                size_t *len) VAULT_CHECKED;

/* ---- verifying ---- */

/* Checks everything in an environment that its key can check, reports each finding, a hundred at
 * most (tell may be NULL), and returns VAULT_INTEGRITY if there was one. */
VAULT_API vault_err vault_verify(vault *v, const char *env, vault_notice *tell,
                                 void *user) VAULT_CHECKED;

/* ---- versions ---- */

typedef enum vault_what {
    VAULT_WHAT_ADDED,
    VAULT_WHAT_CHANGED,
    VAULT_WHAT_REMOVED,
    VAULT_WHAT_UNREAD /* could not be decrypted: error and sentence say why */
} vault_what;

typedef enum vault_part {
    VAULT_PART_ID,  /* of the vault */
    VAULT_PART_ENV, /* an environment; changed: it has another name */
    VAULT_PART_KEY, /* an environment key, which was rotated or replaced */
    VAULT_PART_READER,
    VAULT_PART_SECRET, /* as a whole; its variables are reported too */
    VAULT_PART_VALUE,
    VAULT_PART_PROPOSAL
} vault_part;

/* One side of a difference. */
typedef struct vault_side {
    const char *text; /* an id, an environment's name, a fingerprint, a public key or a ciphertext,
                         without a zero byte after it. NULL: absent, or not known */
    size_t text_len;
    const char *value; /* NULL: there is none, or it was not decrypted */
    size_t len;
    const char *author; /* of the value */
    int64_t updated_at;
    vault_kind kind;   /* of the value; unverified if it was not opened */
    const char *shown; /* an open value as the file shows it, with a zero byte behind it; NULL: it
                          is none. Unverified unless value is set */
} vault_side;

typedef struct vault_difference {
    vault_what what;
    vault_part part;
    const char *env, *secret, *name;  /* name: of a variable or a reader; "" where there is none */
    const vault_side *before, *after; /* never NULL */
    int vouched;                      /* a key: the past of the new one holds the old one */
    int same_key;                     /* the environment has the same key in both versions */
    int in_after;                     /* what was not decrypted is in the second version */
    vault_err error;
    const char *sentence;
} vault_difference;

/* Reports each difference between two versions (one may be NULL: nothing), of one environment or,
 * with NULL, of all. Values are compared as plain text where both versions open, one perhaps with a
 * past key of the other; otherwise their ciphertexts are, if they have the same key. An environment
 * that is equal byte for byte is not opened. VAULT_INTEGRITY if a seal or a value does not match:
 * the message is in after (in before, if after is NULL), and the rest was reported. */
typedef void vault_compare_tell(void *user, const vault_difference *difference);
VAULT_API vault_err vault_compare(vault *before, vault *after, const char *env,
                                  vault_compare_tell *tell, void *user) VAULT_CHECKED;

enum { VAULT_MARK_LEN = 10 };

typedef struct vault_mark_entry {
    const char *secret, *name;
    char mark[VAULT_MARK_LEN + 1];
    int keyed; /* 0: it is a mark of the ciphertext; an open value is then unverified */
    vault_kind kind;
} vault_mark_entry;
typedef struct vault_marks vault_marks;
VAULT_API size_t vault_marks_count(const vault_marks *list);
VAULT_API const vault_mark_entry *vault_marks_at(const vault_marks *list, size_t place);

/* A short mark for each value of a secret, or (NULL) of all secrets in the file's order. It shows
 * whether the value changed, and nothing else. It is keyed with the oldest key known, so a rotation
 * changes none. Without a key, or where a seal does not match, it is a mark of the ciphertext.
 * vault_release(*list). */
VAULT_API vault_err vault_mark_list(vault *v, const char *env, const char *secret,
                                    vault_marks **list) VAULT_CHECKED;

typedef struct vault_past_entry {
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];
    int64_t rotated_at; /* Unix seconds */
    const char *author; /* of the rotation */
} vault_past_entry;
typedef struct vault_past_keys vault_past_keys;
VAULT_API size_t vault_past_keys_count(const vault_past_keys *list);
VAULT_API const vault_past_entry *vault_past_keys_at(const vault_past_keys *list, size_t place);

/* The earlier keys of env, the oldest first. vault_release(*list). */
VAULT_API vault_err vault_past_list(vault *v, const char *env,
                                    vault_past_keys **list) VAULT_CHECKED;

/* ---- defaults: as the program does it ---- */

/* A file that holds credentials. */
typedef struct vault_credential_file {
    const char *path;
    int is_passphrase; /* its first line is a passphrase; otherwise it holds identities */
} vault_credential_file;

/* What a handle is for: flags that can be combined. */
typedef enum vault_purpose {
    VAULT_PURPOSE_READ = 1,   /* nothing will be changed, so no author is looked for */
    VAULT_PURPOSE_CREATE = 2, /* the file will be created, so it is not searched for */
    VAULT_PURPOSE_VERSIONS =
        4, /* other versions of the file will be opened, so pins are not used */
    VAULT_PURPOSE_OPTIONAL = 8, /* finding no file is not an error */
    VAULT_PURPOSE_LOOK = 16     /* environments are compared with the pins, and none is pinned */
} vault_purpose;

/* What replaces environment variables and the usual files. A member that is NULL or 0 replaces
 * nothing. */
typedef struct vault_overrides {
    size_t size;      /* sizeof(vault_overrides) */
    unsigned purpose; /* of vault_purpose */
    const char *file; /* replaces VAULT_FILE and the search */
    const char *author;
    const vault_credential_file *credentials; /* replace all other credentials */
    size_t credential_count;
    const char *const *pins; /* each "ENV=FINGERPRINT,…"; replace VAULT_PIN */
    size_t pin_count;
} vault_overrides;

/* Opens a vault as the program does. Refuses forged and replaced environments, identities that
 * others can read, and a vault that another user put above this folder.
 *
 * The file is VAULT_FILE, or vault.toml in this folder or the nearest one above it. The credentials
 * are VAULT_IDENTITY, VAULT_IDENTITY_FILE, VAULT_PASSPHRASE and VAULT_PASSPHRASE_FILE; or, if none
 * of these is set, what `vault unlock` keeps, then $XDG_CONFIG_HOME/vault/identity, then
 * ~/.ssh/id_ed25519. Pins are kept in $XDG_STATE_HOME/vault/pins; VAULT_PIN replaces them. The
 * author is VAULT_AUTHOR or GIT_AUTHOR_EMAIL. vault(1) has the details.
 *
 * env: the environment that the caller names, which may be new to this machine; NULL: VAULT_ENV,
 * else what was recorded for this file (vault_set_default_env), else dev. more: what replaces the
 * variables, or NULL. An empty variable counts as not set, and is reported (vault_set_notice).
 * VAULT_LOCKED: a credential cannot be used. */
VAULT_API vault_err vault_open_default(vault *v, const char *env,
                                       const vault_overrides *more) VAULT_CHECKED;

/* The same in steps, for callers that do something in between. vault_find_default finds everything
 * and opens nothing; then call vault_open or a similar function with vault_default_file; then
 * vault_add_default_credentials. *is_given (may be NULL): the caller or a variable named a
 * credential. That credential must then open the environment: the prompt is removed, and can be set
 * again. */
VAULT_API vault_err vault_find_default(vault *v, const char *env,
                                       const vault_overrides *more) VAULT_CHECKED;
VAULT_API vault_err vault_add_default_credentials(vault *v, int *is_given) VAULT_CHECKED;

/* What vault_find_default found: the file, or NULL; and the environment ("dev" before the first
 * call). They live until the next vault_find_default, and the environment until it is set. */
VAULT_API const char *vault_default_file(const vault *v);
VAULT_API const char *vault_default_env(const vault *v);

/* Records on this machine, and not in the file, which environment of the file that
 * vault_find_default found is the default. VAULT_ABSENT: HOME is not set, or there is no file. */
VAULT_API vault_err vault_set_default_env(vault *v, const char *env) VAULT_CHECKED;

/* The files that credentials are read from if they exist. vault_release(*paths). */
VAULT_API vault_err vault_default_files(vault *v, const char ***paths, size_t *count) VAULT_CHECKED;

/* The usual path of a file with this name. VAULT_ABSENT: HOME is not set. It needs no handle and
 * sets no message. vault_release(*path). */
typedef enum vault_folder {
    VAULT_FOLDER_CONFIG, /* "identity": $XDG_CONFIG_HOME/vault */
    VAULT_FOLDER_STATE   /* "pins": $XDG_STATE_HOME/vault */
} vault_folder;
VAULT_API vault_err vault_default_path(vault_folder folder, const char *name,
                                       char **path) VAULT_CHECKED;

/* The passphrase that was added last, as a set with one variable, PASSPHRASE. VAULT_ABSENT: there
 * is none. vault_kv_free(*out). */
VAULT_API vault_err vault_passphrase_given(vault *v, vault_kv **out) VAULT_CHECKED;

/* ---- values for programs, as exec, export and render pass them ---- */

/* What is selected without a key, and unverified: nothing; open values; or the names of all values,
 * with the sealed ones empty. */
typedef enum vault_keyless {
    VAULT_KEYLESS_NOTHING,
    VAULT_KEYLESS_OPEN,
    VAULT_KEYLESS_NAMES
} vault_keyless;

/* Which variables. A list that is NULL sets no rule; any other list must have names. */
typedef struct vault_select_rules {
    size_t size;                /* sizeof(vault_select_rules) */
    const char *const *secrets; /* of equal names, the later secret's value is used. NULL: all
                                   secrets, whose values must then agree */
    size_t secret_count;
    const char *const *only, *const *except; /* names that the secrets must have */
    size_t only_count, except_count;
    const char *const *required; /* names that must be selected */
    size_t required_count;
    const char *prefix;                                      /* added in front of each name */
    void (*progress)(void *user, size_t done, size_t count); /* called before each secret */
    void *user;
    vault_keyless keyless;   /* not NOTHING: no key is tried */
    const vault_kv *overlay; /* another layer, on top, as a secret with the name VAULT_OVERLAY; or
                                NULL. It is copied */
} vault_select_rules;
#define VAULT_OVERLAY "overlay"

typedef struct vault_selected {
    const char *name, *key; /* the name with the prefix, and without it */
    const char *secret;
    const char *value; /* followed by a zero byte that len does not count */
    size_t len;
    vault_kind kind;
    const char *env; /* "": of the overlay */
} vault_selected;

/* The variables of an environment, in byte order of their names. rules: which ones; NULL: all. A
 * template is resolved, also with variables that are not selected; its kind stays.
 * env may name several environments, as "dev,local": each is a layer over the one before. All must
 * open and verify. Of equal names the last layer's value is used, and values must agree only within
 * a layer. A template is resolved in its own environment. A named secret must be in one of the
 * layers; required names may come from any.
 * VAULT_ABSENT: a secret or a name is missing. VAULT_INVALID: two secrets disagree.
 * vault_selection_free(*out). vault_selection_at returns NULL after the last one. */
typedef struct vault_selection vault_selection;
VAULT_API vault_err vault_select(vault *v, const char *env, const vault_select_rules *rules,
                                 vault_selection **out) VAULT_CHECKED;

/* The same of sets of values, from a vault or not; of equal names the later set's value is used or,
 * if keeps_all is not 0, all are: for vault_redact_new, and not for vault_environ. A name for each
 * set stands for its secret, in messages and in what vault_redact_new writes. The values are
 * copied. A value whose kind is VAULT_KIND_TEMPLATE is not resolved. */
VAULT_API vault_err vault_select_sets(vault *v, const char *const *secrets,
                                      const vault_kv *const *sets, size_t count, int keeps_all,
                                      vault_selection **out) VAULT_CHECKED;

VAULT_API size_t vault_selection_count(const vault_selection *s);
VAULT_API const vault_selected *vault_selection_at(const vault_selection *s, size_t place);

/* The variables that the templates of the selection use, directly or not, and those templates; each
 * with its value and the kind in which it is stored. NULL after the last one. */
VAULT_API const vault_selected *vault_selection_source_at(const vault_selection *s, size_t place);
VAULT_API void vault_selection_free(vault_selection *s); /* accepts NULL; wipes */

typedef struct vault_environ_rules {
    size_t size;       /* sizeof(vault_environ_rules) */
    int is_clean;      /* of this process's variables, only PATH, HOME and the like are kept */
    int keeps_present; /* variables that this process has are not replaced */
    const char *const
        *allowed; /* names that may be set although programs run other code through them */
    size_t allowed_count;
    const char *const *files; /* for each place of the selection, the path of a file for the value:
                                 NAME_FILE is set to it, and NAME is not set */
} vault_environ_rules;

/* The environment for a child process, as `vault exec` makes it: this process's variables without
 * VAULT_IDENTITY and VAULT_PASSPHRASE, and the selected ones. VAULT_INVALID: a name through which
 * programs run other code (vault help dangerous), or a value that no environment can carry. It must
 * not be used after the selection is freed or this process's variables change.
 * vault_variables_free(*out). */
typedef struct vault_variables vault_variables;
VAULT_API vault_err vault_environ(vault *v, const vault_selection *s,
                                  const vault_environ_rules *rules,
                                  vault_variables **out) VAULT_CHECKED;
VAULT_API char *const *
vault_variables_list(const vault_variables *variables);          /* ends in NULL, for execve */
VAULT_API void vault_variables_free(vault_variables *variables); /* accepts NULL; wipes */

/* The selected variables as `vault export --format` writes them, in a set with one variable, TEXT.
 * The text has been parsed again and has the same values. format: a name from `vault help formats`;
 * title: the name of a manifest; NULL: "vault". VAULT_INVALID: the message names the values that
 * the format cannot carry. The masks of "github" are not included. vault_kv_free(*out). */
VAULT_API vault_err vault_export(vault *v, const vault_selection *s, const char *format,
                                 const char *title, vault_kv **out) VAULT_CHECKED;

/* A template in which {{ NAME }} and {{ SECRET/NAME }} are replaced by the values of env, in a set
 * with one variable, TEXT. env may name several environments, as for vault_select. VAULT_ABSENT,
 * VAULT_INVALID: the message names the lines of variables that are missing, or that several secrets
 * have. vault_kv_free(*out). */
VAULT_API vault_err vault_render(vault *v, const char *env, const char *text, size_t len,
                                 vault_kv **out) VAULT_CHECKED;

/* Masks the selected values in a text that arrives in pieces: each becomes [SECRET/NAME], in every
 * form in which programs write it. Values of fewer than 6 bytes and open values are not masked. It
 * copies the values. vault_redact_free(*out). */
typedef struct vault_redact vault_redact;
VAULT_API vault_err vault_redact_new(vault *v, const vault_selection *s,
                                     vault_redact **out) VAULT_CHECKED;

/* vault_redact_feed returns what can be shown so far, and holds back what may be the start of a
 * value. vault_redact_finish ends the text and returns the rest; another text may follow. *out
 * lives until the next call; it is NULL after an error. VAULT_NO_MEMORY: no more of this text may
 * be shown. */
VAULT_API vault_err vault_redact_feed(vault_redact *r, const char *text, size_t len,
                                      const char **out, size_t *out_len) VAULT_CHECKED;
VAULT_API vault_err vault_redact_finish(vault_redact *r, const char **out,
                                        size_t *out_len) VAULT_CHECKED;
VAULT_API void vault_redact_free(vault_redact *r); /* accepts NULL; wipes */

#ifdef __cplusplus
}
#endif

#endif
