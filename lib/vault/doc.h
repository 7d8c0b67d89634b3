/* The vault file as text: vault(5)'s strict lines, as tables and items that know their place.
 *
 * This is the only reader and the only writer of a vault file. What is not changed is written back
 * byte for byte; a change touches the bytes of what it changes. Nothing here is secret, and nothing
 * here knows a key: that an entry is well formed does not make it true (seal.h). */
#ifndef VAULT_DOC_H
#define VAULT_DOC_H

#include "base/err.h"
#include "base/hashtable.h"
#include "base/mem.h"
#include "base/text.h"

/* vault(5)'s limits: what is within them takes a bounded time and memory to read. */
#ifndef DOC_FILE_MAX
#define DOC_FILE_MAX (32 << 20) /* bytes */
#endif
#ifndef DOC_TABLES_MAX
#define DOC_TABLES_MAX 100000
#define DOC_ENTRIES_MAX 262144 /* of all tables */
#define DOC_ENVS_MAX 4096      /* each takes public-key work to open */
#endif

enum {
    DOC_AUTHOR_MAX = 255, /* bytes */
    DOC_OPEN_MAX = 4096,  /* of an open value */
    DOC_PUBLIC_KEY_MAX = 4096,
    DOC_PROPOSAL_MAX = 1 << 16, /* bytes of its age file */
    DOC_TAG = 8,                /* hexadecimal digits, in the name of a proposal */
    DOC_SEAL = 16,
    DOC_SEAL_TEXT = 22,
    DOC_ID_TEXT = 22,
    DOC_DATE_TEXT = 20,
    DOC_INBOX_KEY_TEXT = 62
};

/* In the order of a file. */
enum doc_kind {
    DOC_VAULT,       /* [vault] */
    DOC_PASSPHRASES, /* [vault.passphrases] */
    DOC_ENV,         /* [vault.env.E] */
    DOC_READERS,     /* [vault.env.E.readers] */
    DOC_PAST,        /* [vault.env.E.past] */
    DOC_INBOX,       /* [vault.env.E.inbox] */
    DOC_SECRET       /* [E.S] */
};

/* The keys that a table always has, by their place in it; its other items are entries. */
enum doc_own {
    DOC_FORMAT = 0,
    DOC_ID = 1,
    DOC_INBOX_KEY = 0,
    DOC_FIRST_SECRET = 1,
    DOC_NEXT_SECRET = 0,
    DOC_CREATED_AT = 1,
    DOC_CREATED_BY = 2,
    DOC_FIRST_KEY = 3,
    DOC_OWN_MAX = 4,
    DOC_ENTRY = -1
};

/* The strings of a variable, by their place in doc_item.part: a file has the text first. */
enum { DOC_SEALED, DOC_NEXT_KEY, DOC_OPEN, DOC_PARTS };

struct doc_item {
    struct doc_item *next, *before; /* in the file's order */
    struct slice lead;              /* the comments and blank lines above it */
    struct slice body;              /* its own lines */
    struct slice name;
    int own; /* enum doc_own */
    int parts;
    /* The strings as the file spells them, without quotes. Only an open value has a DOC_OPEN. MUST
     * NOT: an item is copied by assignment, for it has memory for its own number of parts only. */
    struct slice part[DOC_PARTS];
};

struct doc_table {
    struct doc_table *next, *before;               /* in the file's order */
    struct doc_table *secret_next, *secret_before; /* the same, of the secrets of its environment */
    struct doc_table *chain;                       /* of the index */
    enum doc_kind kind;
    bool unsorted;            /* its entries are not in the order of their names */
    struct slice env, secret; /* empty where the kind has none */
    struct slice lead, body;
    struct doc_item *items, *last;
    struct doc_item *own[DOC_OWN_MAX];
    size_t entries;
    struct doc_names *names; /* finds the entries; NULL until it is worth it */
    size_t walked;           /* entries that were looked at without it */
    /* The entry that was last looked for or added, or one before it: none in front of it sorts
     * after it. */
    struct doc_item *recent;
};

/* The secrets of an environment. */
struct doc_secrets {
    struct doc_secrets *chain;
    struct slice env;
    struct doc_table *first, *last;
};

/* Hash tables: what a table's header names is found without a search through the file. */
struct doc_index {
    struct doc_table **tables;
    struct doc_secrets **secrets;
    size_t size, count; /* size: 0, or a power of two; count: of all that is in them */
    unsigned char key[16];
};

struct doc {
    struct buf text; /* as read: the slices of what was not changed lie in it */
    struct slice bom, tail;
    struct doc_table *tables, *last;
    size_t table_count, env_count;
    struct doc_table *recent[2]; /* the last that was put in order: of secrets [1], of others [0] */
    struct doc_index index;
    bool unsorted;       /* the tables are not in the order of a new file */
    const char *newline; /* the file's first */
    struct arena arena;  /* tables, items and new text */
    bool changed;        /* since it was read */
    struct {
        const char *place; /* NULL: none yet */
        size_t number;
    } line; /* the last that doc_line was asked for */
};

/* Takes over the content of text, even on an error, and leaves it empty. ERR_FORMAT with the line;
 * ERR_NEWER; ERR_CONFLICT where git left its markers. */
enum err_code doc_read(struct doc *doc, struct buf *text, struct err *err)
    __attribute__((warn_unused_result));
void doc_free(struct doc *doc);

/* Appends the whole file: what stood together in it is one run, which after most changes is most of
 * it. They lie in the doc. */
void doc_runs(const struct doc *doc, struct runs *out);

/* The same, copied. */
void doc_write(const struct doc *doc, struct buf *out);

/* Of all tables. */
size_t doc_count_entries(const struct doc *doc);

/* ERR_INVALID if doc_read would refuse its text, of len bytes, for its size. */
enum err_code doc_check_size(const struct doc *doc, size_t len, const char *path, struct err *err)
    __attribute__((warn_unused_result));

/* Whether the item or the table's header is as it was read, or was made since. */
bool doc_was_read(const struct doc *doc, struct slice body);

/* The line number of the item or of the table's header; 0 if it was not read from a file. */
size_t doc_line(struct doc *doc, struct slice body);

/* NULL if it does not exist; env and secret are empty for kinds without them. */
struct doc_table *doc_find(const struct doc *doc, enum doc_kind kind, struct slice env,
                           struct slice secret);
struct doc_item *doc_find_entry(struct doc_table *table, struct slice name);

/* The next table of this kind, and of this environment if env.at is not NULL, behind `after`, which
 * is such a table too (NULL: from the start). */
struct doc_table *doc_next_table(const struct doc *doc, const struct doc_table *after,
                                 enum doc_kind kind, struct slice env);

/* The next item that is an entry, item itself included; NULL at the end. */
struct doc_item *doc_entry(struct doc_item *item);

/* Numbers the names of all readers of all environments with 1. False for want of memory. */
bool doc_name_readers(const struct doc *doc, struct hashtable *names)
    __attribute__((warn_unused_result));

/* Whether all their strings are the same. */
bool doc_same_parts(const struct doc_item *a, const struct doc_item *b);

/* Whether a variable has an open value; and whether two have the same one, seals aside. */
bool doc_is_open(const struct doc_item *variable);
bool doc_same_value(const struct doc_item *a, const struct doc_item *b);

/* An open value as the file spells it; at is NULL if it is sealed. */
struct slice doc_open_text(const struct doc_item *variable);

/* Changes. Those that can fail do so only for want of memory, and then return NULL or false with
 * the doc as it was. The text that they are given is copied. */
struct doc_table *doc_add_table(struct doc *doc, enum doc_kind kind, struct slice env,
                                struct slice secret) __attribute__((warn_unused_result));
void doc_remove_table(struct doc *doc, struct doc_table *table);

/* Renames a table, moves it to the place of its new names, and writes its header again. */
bool doc_rename_table(struct doc *doc, struct doc_table *table, struct slice env,
                      struct slice secret) __attribute__((warn_unused_result));

/* parts: as many as an item of this place has, as the file spells them; a variable gets a sealed
 * value. before, if not NULL, receives the entry that now comes before the item, or NULL. */
struct doc_item *doc_add_item(struct doc *doc, struct doc_table *table, int own, struct slice name,
                              const struct slice *parts, struct doc_item **before)
    __attribute__((warn_unused_result));

/* Sets a variable's value: what is sealed, and the text of an open one (at NULL: a sealed one). Its
 * seal stays; a new variable gets the seal in parts, and *before as in doc_add_item. */
struct doc_item *doc_put_value(struct doc *doc, struct doc_table *secret, struct slice name,
                               const struct slice parts[DOC_PARTS], struct doc_item **before)
    __attribute__((warn_unused_result));
void doc_remove_item(struct doc *doc, struct doc_table *table, struct doc_item *item);

/* The entry before the item, or NULL. */
struct doc_item *doc_entry_before(const struct doc_item *item);
bool doc_set_part(struct doc *doc, struct doc_item *item, int part, struct slice text)
    __attribute__((warn_unused_result));

/* Copies from another doc, whose text and arena MUST outlive this one, and whose newline is the
 * same. The table with all its items, behind `after`, or (NULL) at its place in the order. */
struct doc_table *doc_copy_table(struct doc *doc, struct doc_table *after,
                                 const struct doc_table *from) __attribute__((warn_unused_result));
/* All of it. */
bool doc_copy(struct doc *doc, const struct doc *from) __attribute__((warn_unused_result));
/* One entry, in place of the one of the same name, whose comments stay. */
bool doc_copy_entry(struct doc *doc, struct doc_table *table, const struct doc_item *from)
    __attribute__((warn_unused_result));

/* A new vault's text: the header comment, [vault], format and id. */
enum err_code doc_make(struct doc *doc, struct slice id, struct err *err)
    __attribute__((warn_unused_result));

#endif
