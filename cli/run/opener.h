/* Programs that help a process that may start none: to open a key, to edit a value.
 *
 * A process that enters the cage first leaves a helper behind: a copy of itself that has read no
 * vault and no key. It starts the programs on request, and ends when the other process does. */
#ifndef VAULT_OPENER_H
#define VAULT_OPENER_H

#include "sshkey.h"
#include "ui/status.h"

#include <stdbool.h>

/* Before the cage; once is enough. False with errno: no helper could be started. */
bool opener_start(void);
void opener_stop(void);

/* sshkey_open, in the helper if there is one. */
int opener_ssh(const char *name, struct slice key, struct buf *plain);

/* An age plugin, which the helper starts: it is started too, if need be. As vault_plugins has them;
 * opener_plugin appends the path of the program. */
int opener_plugin(const char *name, const char *machine, struct buf *path);
int opener_plugin_write(const char *bytes, size_t len);
int opener_plugin_read(char *bytes, size_t size);
void opener_plugin_stop(void);
/* editor_edit, in the helper if there is one. */
enum status opener_edit(struct slice text, struct buf *edited);

#endif
