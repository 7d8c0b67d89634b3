/* Templates among the values of an environment: what each of them makes, in one pass. A result is
 * never read for holes. */
#ifndef VAULT_RESOLVE_H
#define VAULT_RESOLVE_H

#include "kv.h"

#include "base/hashtable.h"

enum {
    RESOLVE_NAMES = 16,       /* of a path, from a template to a value without holes */
    RESOLVE_HOLES = 256,      /* of a template */
    RESOLVE_RESULT = 1 << 20, /* bytes */
};

/* Opens a secret, all of which was verified; *kv stays NULL if there is none. */
typedef enum err_code resolve_opener(void *user, const char *env, struct slice secret,
                                     struct vault_kv **kv, struct err *err);

/* A variable that was looked at. The value of a template is its result. */
struct resolved {
    struct resolved *next;
    const char *secret, *name;
    struct slice value; /* with a zero byte behind it */
    enum kv_kind kind;
    size_t names; /* of its longest path */
};

/* user and env MUST outlive each call of resolve, and are not used between. */
struct resolver {
    resolve_opener *open;
    void *user;
    const char *env;
    struct arena names, results;
    struct hashtable secrets;  /* their sets, by name */
    struct hashtable by_place; /* resolved ones, by SECRET/NAME */
    struct resolved *first;    /* all of them */
};

#define RESOLVER(opener, with, of) \
    ((struct resolver){.open = (opener), .user = (with), .env = (of), .names = ARENA_PUBLIC})

/* The value of a variable, whose result it is if it is a template: it lives as long as the
 * resolver. On an error the sentence has the path of names; ERR_ABSENT: a variable that does not
 * exist. */
enum err_code resolve(struct resolver *r, struct slice secret, struct slice name,
                      struct slice *value, struct err *err) __attribute__((warn_unused_result));

/* ERR_INVALID if the text can be no template's: a wrong hole, or too many; `what` names it. */
enum err_code resolve_check(struct slice text, const char *what, struct err *err)
    __attribute__((warn_unused_result));

void resolver_free(struct resolver *r); /* wipes; accepts NULL */

#endif
