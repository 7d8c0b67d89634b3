/* The names of variables by which known programs are made to run other code. */
#ifndef VAULT_DANGEROUS_H
#define VAULT_DANGEROUS_H

#include <stdbool.h>
#include <stddef.h>

/* Which program the variable makes run other code; NULL: none that is known. */
const char *dangerous_to(const char *name);

/* The list, by place; a name that ends in * stands for all that begin so. False behind its end. */
bool dangerous_at(size_t place, const char **name, const char **program);

#endif
