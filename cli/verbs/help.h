/* Help texts. */
#ifndef VAULT_HELP_H
#define VAULT_HELP_H

#include "ui/verb.h"

enum status help_overview(const struct verb *all);
enum status help_verb(const struct verb *all, const struct verb *verb);
const char *help_topic(size_t place); /* NULL after the last */

#endif
