/* What the dialects of dotenv share. Private to this folder. */
#ifndef VAULT_DOTENV_READER_H
#define VAULT_DOTENV_READER_H

#include "dotenv.h"

#include "base/hashtable.h"

struct dotenv_expansion {
    dotenv_variable *variable;
    struct hashtable places; /* of each name, its last place in kv, counted from 1 */
    size_t made;             /* bytes so far */
};

struct dotenv_reader {
    const char *at, *end;
    const char *counted; /* `line` is this place's line */
    size_t line;
    struct vault_kv *kv;
    struct buf bad;                     /* invalid names, with their lines */
    bool legacy;                        /* ruby: DOTENV_LINEBREAK_MODE is legacy */
    struct dotenv_expansion *expansion; /* python: NULL if nothing is expanded */
    dotenv_note *note;
    void *user;
    struct err *err;
};

/* Each reads the whole text of r; false after setting an error. For node, ruby and python, the only
 * line end of the text must be \n; for godotenv, it must not have \r\n. */
bool dotenv_plain(struct dotenv_reader *r);
bool dotenv_node(struct dotenv_reader *r);
bool dotenv_ruby(struct dotenv_reader *r);
bool dotenv_python(struct dotenv_reader *r);
bool dotenv_compose(struct dotenv_reader *r);
bool dotenv_godotenv(struct dotenv_reader *r);

/* Gives a note, a static text, on the line of `place`. */
void dotenv_add_note(struct dotenv_reader *r, const char *place, const char *what);
void dotenv_set_fault(struct dotenv_reader *r, const char *place, const char *why);

/* Inline, so that analyzers see the constant. */
static inline bool dotenv_refuse(struct dotenv_reader *r, const char *place, const char *why)
{
    dotenv_set_fault(r, place, why);
    return false;
}

/* Writes the decoded text, which is never longer than raw, and returns its length. */
typedef size_t dotenv_decode(struct slice raw, char *out);

/* Adds a pair; decode may be NULL. */
bool dotenv_take(struct dotenv_reader *r, const char *place, struct slice key, struct slice raw,
                 dotenv_decode *decode) __attribute__((warn_unused_result));

/* How a dialect treats dollars. It decodes other escapes first. */
struct dotenv_dollars {
    bool (*expand)(struct slice text); /* whether the dialect would */
    dotenv_decode *decode;
    const char *note;
};

bool dotenv_take_dollars(struct dotenv_reader *r, const char *place, struct slice key,
                         struct slice raw, dotenv_decode *decode,
                         const struct dotenv_dollars *dollars) __attribute__((warn_unused_result));

/* White space, as each parser defines it. */
enum dotenv_spaces {
    SPACES_JS = 1,
    SPACES_RUBY = 2,
    SPACES_PYTHON = 4,
    SPACES_GO = 8,
    SPACES_GO_LINE = 16 /* without line ends */
};

/* The length of the white space character at p, or 0. */
size_t dotenv_space(const char *p, const char *end, enum dotenv_spaces who);
const char *dotenv_skip(const char *p, const char *end, enum dotenv_spaces who);
struct slice dotenv_trim(struct slice s, enum dotenv_spaces who);
struct slice dotenv_trim_end(struct slice s, enum dotenv_spaces who);

/* The place of the next \n, or end. */
const char *dotenv_line_end(const char *p, const char *end);

#endif
