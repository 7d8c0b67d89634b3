/* Age plugins as child processes. */
#ifndef VAULT_RUN_PLUGIN_H
#define VAULT_RUN_PLUGIN_H

#include "base/mem.h"

#include <stdbool.h>

/* Starts age-plugin-NAME --age-plugin=MACHINE and appends its path. 0, or VAULT_PLUGIN_ABSENT or
 * VAULT_PLUGIN_FAILED. Signals are held until plugin_stop. owner: a descriptor whose other end is
 * with the process that the plugin is started for, which may die; -1: it is this process. */
int plugin_start(const char *name, const char *machine, int owner, struct buf *path);

/* As vault_plugins has them. */
int plugin_write(const char *bytes, size_t len);
int plugin_read(char *bytes, size_t size);

/* Ends it, if it does not end itself. Accepts that none runs. */
void plugin_stop(void);

#endif
