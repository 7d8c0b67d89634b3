/* Open values on the command line: which are to be open, and what is not to be shown to everybody.
 */
#ifndef VAULT_OPENS_H
#define VAULT_OPENS_H

#include "session/session.h"

#include "base/mem.h"

/* Appends a text in quotes, so that no terminal acts on it. */
void opens_add_text(struct buf *out, const char *text);

/* STATUS_FAILED after a message if a value that is to be open looks like a secret, without --force.
 */
enum status opens_check(const struct session *s, const char *name, struct slice value);

/* How `set` is to keep a variable: by --open, --sealed or --template; one that is open already is
 * asked about on a terminal, and an error elsewhere. *was: how it is kept now. */
enum status opens_decide(struct session *s, const char *secret, const char *name, vault_kind *kind,
                         vault_kind *was);

/* Marks what import stores: --open-names, and what is open in the secret already. */
enum status opens_mark(struct session *s, const char *secret, vault_kv *kv);

/* That a value which is sealed now was open, and what that means. */
void opens_note_sealed(const struct session *s, const char *secret, const char *name);

#endif
