/* age's plugins: the protocol that they speak, and the two conversations of it. A plugin is a
 * program that wraps file keys, or opens them, for keys of its own kind.
 *
 * Nothing here starts a process or knows a person: both are the caller's (struct age_plugins). What
 * a plugin sends is bounded, and is trusted in one thing only: what a person should be asked. A
 * file key that it returns MUST be checked against the file. */
#ifndef VAULT_PLUGIN_H
#define VAULT_PLUGIN_H

#include "age.h"

enum {
    PLUGIN_FILES_MAX = 256,     /* that one run is asked to open */
    PLUGIN_MESSAGE_MAX = 16384, /* bytes of one message */
    PLUGIN_SENT_MAX = 1 << 20,  /* bytes that a plugin may send in a run */
    PLUGIN_MESSAGES_MAX = 1000, /* and messages */
    PLUGIN_SPOKEN_MAX = 32,     /* messages for a person, and questions */
    PLUGIN_ANSWER_MAX = 1024,   /* bytes that a person may type */
    PLUGIN_ABSENT = -1,         /* start: there is no such program */
    PLUGIN_FAILED = -2,         /* start, read, write: a system call failed */
    PLUGIN_LATE = -3,           /* read: it has sent nothing for too long */
    PLUGIN_NOBODY = -4,         /* ask, confirm: there is nobody to ask */
};

/* The plugin runs between start and stop; one at a time. */
struct age_plugins {
    void *user;
    /* Starts age-plugin-NAME with one argument, --age-plugin=MACHINE. 0, PLUGIN_ABSENT or
     * PLUGIN_FAILED. */
    int (*start)(void *user, const char *name, const char *machine);
    int (*write)(void *user, const char *bytes, size_t len); /* all of them: 0 */
    int (*read)(void *user, char *bytes, size_t size);       /* their number; 0 at the end */
    void (*stop)(void *user);
    /* What the plugin says to a person, or asks. The texts are the plugin's: fit for a terminal,
     * but not to be believed. confirm: 1 for yes, 0 for no (NULL: there is only a yes); ask: the
     * length of the answer. Negative: no answer. */
    void (*say)(void *user, const char *name, const char *text);
    int (*confirm)(void *user, const char *name, const char *text, const char *yes, const char *no);
    int (*ask)(void *user, const char *name, const char *text, int is_secret, char *answer,
               size_t size);
};

/* ---- messages ---- */

/* One message: a command with its arguments, and a body. It lies in what was read. */
struct plugin_message {
    struct slice line; /* "command arg arg" */
    struct slice body; /* in base64, with its newlines */
    size_t len;        /* of the body's bytes */
};

/* Takes the message at the front of `rest`. PLUGIN_MORE: its end is missing. */
enum plugin_read { PLUGIN_MESSAGE, PLUGIN_MORE, PLUGIN_MALFORMED };
enum plugin_read plugin_message_read(struct slice *rest, struct plugin_message *m)
    __attribute__((warn_unused_result));

/* The argument at this place (0: the command); empty if there is none. */
struct slice plugin_argument(const struct plugin_message *m, size_t place);

/* Writes the bytes of the body, m->len of them. */
void plugin_body(const struct plugin_message *m, char *bytes);

/* Appends a message; arguments: "command arg arg". */
void plugin_message_write(struct buf *out, const char *arguments, struct slice body);

/* ---- conversations ---- */

/* Appends the stanzas that the plugin makes of the file key for this recipient. ERR_ABSENT: there
 * is no such plugin, or none may be started; ERR_FAILED: it has failed. */
enum err_code plugin_wrap(const struct age_plugins *plugins, const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err) __attribute__((warn_unused_result));

struct plugin_file {
    struct slice stanzas; /* of its header (age_header_stanzas) */
    unsigned char key[AGE_FILE_KEY];
    bool is_opened; /* the plugin has given this key, which is not checked yet */
};

/* Asks the plugin of an identity, in one run, to open these files, at most PLUGIN_FILES_MAX.
 * ERR_LOCKED: it could not be asked, or has failed; which files it can open is no error. */
enum err_code plugin_unwrap(const struct age_plugins *plugins, const struct age_identity *id,
                            struct plugin_file *files, size_t count, struct err *err)
    __attribute__((warn_unused_result));

/* ---- keys ---- */

/* Of a plugin's recipient or identity: its text, of at most PLUGIN_TEXT_MAX characters, names the
 * plugin. */
enum { PLUGIN_TEXT_MAX = 4096 };
bool plugin_recipient_read(struct slice text, struct age_recipient *to)
    __attribute__((warn_unused_result));
bool plugin_identity_read(struct slice text, struct age_identity *id)
    __attribute__((warn_unused_result));

extern const struct age_kind age_plugin;
#ifndef AGE_HAS_PQ
extern const struct age_kind age_plugin_pq; /* what age-plugin-pq does for an older libsodium */
#endif

#endif
