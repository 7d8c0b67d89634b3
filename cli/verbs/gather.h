/* The values that exec and export hand out. */
#ifndef VAULT_GATHER_H
#define VAULT_GATHER_H

#include "session/session.h"

/* A variable, and which secret it is of. */
struct entry {
    const char *name, *value; /* the name with its prefix; behind the value is a zero byte */
    size_t len;
    const char *variable; /* NAME=VALUE, if that is there already */
    const char *secret;
    size_t order;
};

struct gathered {
    struct session s;
    struct arena arena; /* the entries' names; for what else lives as long */
    vault_kv **sets;
    size_t set_count;
    vault_secret_entry *all; /* the secrets' names, if none was named */
    struct entry *entries;   /* in byte order of the names, each of which is there once */
    size_t count;
};

/* Opens the vault and reads what the command line asks for. On anything but DONE a message was
 * given. gather_close in either case. */
enum status gather_open(struct gathered *g, const struct args *args);
void gather_close(struct gathered *g);

/* Puts the entries in order again, after their names were changed. */
void gather_sort(struct gathered *g);

/* The entry's key: its name without the prefix. */
const char *gather_key(const struct gathered *g, const struct entry *e);

#endif
