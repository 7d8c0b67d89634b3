/* Options: their spelling and help text. */
#ifndef VAULT_OPTIONS_H
#define VAULT_OPTIONS_H

#include "base/mem.h"

enum opt {
    OPT_END, /* ends a verb's list */
    OPT_FILE,
    OPT_ENV,
    OPT_IDENTITY,
    OPT_PASSPHRASE_FILE,
    OPT_PIN,
    OPT_HELP,
    OPT_YES,
    OPT_JSON,
    OPT_OUTPUT,
    OPT_PASSPHRASE,
    OPT_READER,
    OPT_LIKE,
    OPT_ALLOW_EXISTING,
    OPT_ALLOW_MISSING,
    OPT_FORCE,
    OPT_FROM_DOTENV,
    OPT_DIALECT,
    OPT_KIND,
    OPT_FROM_ENV,
    OPT_FROM_JSON,
    OPT_FROM_TOML,
    OPT_FROM_FILE,
    OPT_RAW,
    OPT_BYTES,
    OPT_GENERATE,
    OPT_CREATED_BEFORE,
    OPT_MAX,
    OPT_ALL,
    OPT_VERIFY,
    OPT_TO,
    OPT_ONLY,
    OPT_EXCEPT,
    OPT_REQUIRE,
    OPT_PREFIX,
    OPT_CLEAN,
    OPT_NO_OVERRIDE,
    OPT_ALLOW_DANGEROUS,
    OPT_FILES,
    OPT_FORMAT,
    OPT_ALLOW_DISK,
    OPT_REPLACE,
    OPT_FORGET_PAST,
    OPT_FOR,
    OPT_REVEAL,
    OPT_TEXTCONV,
    OPT_HISTORY,
    OPT_REDACT,
    OPT_OURS,
    OPT_THEIRS,
    OPT_MARKER_SIZE,
    OPT_PATH,
    OPT_UNINSTALL,
    OPT_STAGED,
    OPT_HOOK,
    OPT_EXAMPLE,
    OPT_AGAINST,
    OPT_MAX_AGE,
    OPT_WORK_FACTOR,
    OPT_PQ,
    OPT_WEAK,
    OPT_NO_PLUGINS,
    OPT_OPEN,
    OPT_SEALED,
    OPT_TEMPLATE,
    OPT_OPEN_NAMES,
    OPT_UNVERIFIED,
    OPT_NAMES,
    OPT_ORIGIN,
    OPT_SIGNED,
    OPT_NO_PAGER,
    OPT_REV,
    OPT_SINCE,
    OPT_PROPOSE,
    OPT_ACCEPT,
    OPT_REJECT,
    OPT_PRINT_PIN,
    OPT_SKIP_INVALID,
    OPT_EXPAND,
    OPT_QUIET,
    OPT_READ_ONLY,
    OPT_NO_CLIPBOARD,
    OPT_COUNT
};

enum takes { NO_VALUE, VALUE, MAYBE_VALUE };

/* What a word on the command line can name, as flags. Completion uses them. */
enum {
    NAMES_NOTHING = 0,
    NAMES_VERB = 1 << 0,
    NAMES_TOPIC = 1 << 1, /* for help */
    NAMES_SHELL = 1 << 2,
    NAMES_ACTION = 1 << 3, /* for env */
    NAMES_ENVIRONMENT = 1 << 4,
    NAMES_READER = 1 << 5,
    NAMES_SECRET = 1 << 6,
    NAMES_VARIABLE = 1 << 7,      /* SECRET/NAME; also NAME, once part of it is typed */
    NAMES_BARE_VARIABLE = 1 << 8, /* NAME, in any secret */
    NAMES_OWN_VARIABLE = 1 << 9,  /* of the secret in the first operand, as NAME= */
    NAMES_RANDOM = 1 << 10,       /* a kind for --generate */
    NAMES_SERVICE = 1 << 11,      /* for --kind */
    NAMES_DIALECT = 1 << 12,
    NAMES_FORMAT = 1 << 13,
    NAMES_FILE = 1 << 14
};

struct option {
    const char *name; /* without the dashes */
    char letter;      /* or 0 */
    enum takes takes;
    const char *value; /* what help calls the value; NAME,… is a list */
    const char *help;
    unsigned names; /* what the value names */
};

extern const struct option options[OPT_COUNT];

/* OPT_END if there is no such option. */
enum opt option_of_name(struct slice name);
enum opt option_of_letter(char letter);

/* The options that every verb takes, ending in OPT_END. */
extern const enum opt global_options[];

#endif
