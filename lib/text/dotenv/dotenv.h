/* dotenv files, read: nothing is expanded and nothing is run.
 *
 * There is no one format. DOTENV_PLAIN is a rule of our own: a line is empty, a # comment, or
 * NAME=VALUE, perhaps behind "export ". A value is 'literal' (may go on over lines), "with \n \r \t
 * \\ \" \$ escapes" (likewise), or bare: trimmed, and ended by a # behind a space. What parsers
 * read differently is taken so, and noted. The others read as the parser that they are named
 * after: node as npm's dotenv. */
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

/* Sets dialect to the one of this name ("node", "python", …); false if there is none. */
bool dotenv_dialect_of(const char *name, enum dotenv_dialect *dialect)
    __attribute__((warn_unused_result));

/* Receives what is worth a look: a line that parsers read differently, one that the dialect passes
 * over or would have expanded. Never what stands in it. */
typedef void dotenv_note(void *user, size_t line, const char *what);

/* Adds what the text says to kv; note may be NULL. ERR_FORMAT with the line, which is not repeated:
 * it may hold a secret. Names that no key can have are one error, with their lines. */
enum err_code dotenv_read(struct slice text, enum dotenv_dialect dialect, struct vault_kv *kv,
                          dotenv_note *note, void *user, struct err *err)
    __attribute__((warn_unused_result));

#endif
