/* Templates that go to another environment: a person reads their texts first. */
#ifndef VAULT_VERB_TEMPLATES_H
#define VAULT_VERB_TEMPLATES_H

#include "session/session.h"

/* What is copied, and to which environment. */
struct template_copy {
    struct session *s;
    const char *from, *secret, *name; /* secret, name NULL: all */
    const char *to;
    struct buf texts; /* of the templates, for templates_check_shown */
};

/* Shows the texts and asks, unless there are none. MUST: a person has read them, --yes is not
 * enough. buf_free(&c->texts) in either case. */
enum status templates_confirm(struct template_copy *c);

/* Call after the file was locked. MUST: what is copied is what was shown. */
enum status templates_check_shown(const struct template_copy *c);

#endif
