/* The file, environment, pins and author that a handle uses by default. */
#ifndef VAULT_DEFAULTS_H
#define VAULT_DEFAULTS_H

#include "settings.h"
#include "vault/handle.h"

struct defaults_wanted {
    struct settings_given given;
    bool reads;    /* nothing will be changed: no author is looked for */
    bool versions; /* other versions of the file will be opened: pins are not used */
    bool optional; /* there need not be a file */
    bool looks;    /* environments are compared with the pins, and none is pinned */
};

/* Forgets what was found before. */
enum err_code defaults_reset(struct vault *v) __attribute__((warn_unused_result));

/* Finds everything, opens nothing, and puts it into v->settings, which defaults_reset has made. */
enum err_code defaults_find(struct vault *v, const struct defaults_wanted *wanted)
    __attribute__((warn_unused_result));

/* Records the default environment of the file that was found. */
enum err_code defaults_record(struct vault *v, const char *env) __attribute__((warn_unused_result));

#endif
