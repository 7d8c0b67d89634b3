/* What the dialects of dotenv share. For this folder alone. */
#ifndef VAULT_DOTENV_READER_H
#define VAULT_DOTENV_READER_H

#include "dotenv.h"

struct dotenv_reader {
    const char *at, *end;
    const char *counted; /* stands in this line */
    size_t line;
    struct vault_kv *kv;
    struct buf bad; /* names that no key can have */
    bool legacy;    /* ruby: the text has asked for its old line breaks */
    dotenv_note *note;
    void *user;
    struct err *err;
};

/* Each reads all of r's text; false after an error was set. Those of node, ruby and python need a
 * text whose only line end is \n, that of godotenv one without \r\n. */
bool dotenv_plain(struct dotenv_reader *r);
bool dotenv_node(struct dotenv_reader *r);
bool dotenv_ruby(struct dotenv_reader *r);
bool dotenv_python(struct dotenv_reader *r);
bool dotenv_compose(struct dotenv_reader *r);
bool dotenv_godotenv(struct dotenv_reader *r);

/* About the line in which `place` stands; static text. */
void dotenv_tell(struct dotenv_reader *r, const char *place, const char *what);
void dotenv_set_fault(struct dotenv_reader *r, const char *place, const char *why);

/* Here, so that whoever reads the code sees that it is false. */
static inline bool dotenv_refuse(struct dotenv_reader *r, const char *place, const char *why)
{
    dotenv_set_fault(r, place, why);
    return false;
}

/* Writes what raw stands for, which is never longer, and returns its length. */
typedef size_t dotenv_decode(struct slice raw, char *out);

/* Adds a pair; decode may be NULL. */
bool dotenv_take(struct dotenv_reader *r, const char *place, struct slice key, struct slice raw,
                 dotenv_decode *decode) __attribute__((warn_unused_result));

/* What some would expand. Their escapes are decoded first; only then do they look at the dollars.
 */
struct dotenv_dollars {
    bool (*expand)(struct slice text); /* whether they would */
    dotenv_decode *decode;
    const char *note;
};

bool dotenv_take_dollars(struct dotenv_reader *r, const char *place, struct slice key,
                         struct slice raw, dotenv_decode *decode,
                         const struct dotenv_dollars *dollars) __attribute__((warn_unused_result));

/* White space, as those who read it have it. */
enum dotenv_spaces {
    SPACES_JS = 1,
    SPACES_RUBY = 2,
    SPACES_PYTHON = 4,
    SPACES_GO = 8,
    SPACES_GO_LINE = 16 /* no line end */
};

/* The length of the white space character at p, or 0. */
size_t dotenv_space(const char *p, const char *end, enum dotenv_spaces who);
const char *dotenv_skip(const char *p, const char *end, enum dotenv_spaces who);
struct slice dotenv_trim(struct slice s, enum dotenv_spaces who);
struct slice dotenv_trim_end(struct slice s, enum dotenv_spaces who);

/* The next \n, or the end. */
const char *dotenv_line_end(const char *p, const char *end);

#endif
