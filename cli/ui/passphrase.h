/* New passphrases. */
#ifndef VAULT_PASSPHRASE_H
#define VAULT_PASSPHRASE_H

#include "ui/args.h"

/* Prompts for a new passphrase twice, or generates one with --generate. out is a secret buffer.
 * Here and below, a status other than STATUS_OK comes after a message. */
enum status passphrase_new(const struct args *args, struct buf *out);

/* The same, with this question; an empty answer means no passphrase. */
enum status passphrase_propose(const struct args *args, const char *question, struct buf *out);

/* Refuses a weak passphrase unless --weak was given. */
enum status passphrase_check(const struct args *args, struct slice passphrase);

/* Prints a generated passphrase. MUST be called before saving: otherwise a failure here would leave
 * a vault whose passphrase nobody knows. */
enum status passphrase_print(const struct args *args, struct slice passphrase);

#endif
