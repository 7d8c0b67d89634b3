/* Reads dotenv files. Nothing is run, and only dotenv_read_expanded expands.
 *
 * There is no single format. DOTENV_PLAIN is this program's: a line is empty, a # comment, or
 * NAME=VALUE after an optional "export ". A value is 'literal', or "with \n \r \t \\ \" \$
 * escapes", either over several lines, or bare: trimmed, up to a # after a space. A note is given
 * where other parsers read differently. The other dialects read as the parser that they are named
 * after; node is npm's dotenv. */
#ifndef VAULT_DOTENV_H
#define VAULT_DOTENV_H

#include "text/kv.h"

enum dotenv_dialect {
    DOTENV_PLAIN,
    DOTENV_NODE,
    DOTENV_PYTHON,
    DOTENV_RUBY,
    DOTENV_COMPOSE,
    DOTENV_GODOTENV
};

/* The value of a variable of this process, or NULL. */
typedef const char *dotenv_variable(const char *name);

/* How a file is read. expand and skip_invalid are for DOTENV_PLAIN; in the other dialects
 * skip_invalid covers names alone. */
struct dotenv_rule {
    enum dotenv_dialect dialect;
    bool skip_invalid; /* malformed lines and invalid names are passed over, with a note each */
    bool expand;       /* $NAME and ${NAME} become the value of a line above */
    /* DOTENV_PYTHON: ${NAME} and ${NAME:-DEFAULT} are expanded as python-dotenv does, with the
     * lines above, then with a variable of the process, then with the default, or with nothing. */
    dotenv_variable *variable;
};

/* Looks up a dialect by name ("node", "python", …); false if there is none. */
bool dotenv_dialect_of(const char *name, enum dotenv_dialect *dialect)
    __attribute__((warn_unused_result));

/* Receives notes: a line that parsers read differently, or that the dialect skips or would expand.
 * The content of the line MUST NOT be in a note. */
typedef void dotenv_note(void *user, size_t line, const char *what);

/* Adds the variables of the text to kv; note may be NULL. ERR_FORMAT with the line number, and
 * never its content, which may be a secret. Invalid names are one error, with all their lines; so
 * are malformed lines in DOTENV_PLAIN. */
enum err_code dotenv_read(struct slice text, enum dotenv_dialect dialect, struct vault_kv *kv,
                          dotenv_note *note, void *user, struct err *err)
    __attribute__((warn_unused_result));
enum err_code dotenv_read_by(struct slice text, const struct dotenv_rule *rule, struct vault_kv *kv,
                             dotenv_note *note, void *user, struct err *err)
    __attribute__((warn_unused_result));

#endif
