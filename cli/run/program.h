/* Programs by name. */
#ifndef VAULT_PROGRAM_H
#define VAULT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

/* The path of an executable file in a folder of PATH. MUST NOT search a relative or empty entry:
 * that would be a folder of the repository. False if there is none. */
bool program_find(const char *name, char *path, size_t size);

/* The environment of a helper program: PATH, HOME, the terminal's and the locale's variables, so
 * none that opens a vault or names another program. NULL at the end; a static array. */
char **program_environment(void);

#endif
