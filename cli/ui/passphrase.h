/* A new passphrase. */
#ifndef VAULT_PASSPHRASE_H
#define VAULT_PASSPHRASE_H

#include "ui/args.h"

/* A new passphrase, asked for twice or, with --generate, made. out is a secret buffer. Anything but
 * STATUS_OK was told, here and below. */
enum status passphrase_new(const struct args *args, struct buf *out);

/* The same, where an empty answer to the question means none. */
enum status passphrase_propose(const struct args *args, const char *question, struct buf *out);

/* Refuses one that is too easily guessed, unless --weak was given. */
enum status passphrase_check(const struct args *args, struct slice passphrase);

/* Prints one that --generate has made. MUST: before it is saved, or nobody might know it. */
enum status passphrase_print(const struct args *args, struct slice passphrase);

#endif
