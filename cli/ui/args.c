/* Options and operands: what was typed, held against what the verb takes. */
#include "args.h"

#include "say.h"
#include "verb.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

const struct option options[OPT_COUNT] = {
    [OPT_FILE] = {"file", 'f', VALUE, "FILE",
                  "the vault; else VAULT_FILE, or the nearest vault.toml", NAMES_FILE},
    [OPT_ENV] = {"env", 'e', VALUE, "ENV", "the environment; else VAULT_ENV, or dev",
                 NAMES_ENVIRONMENT},
    [OPT_IDENTITY] = {"identity", 0, VALUE, "FILE", "an identity file to open it with", NAMES_FILE},
    [OPT_PASSPHRASE_FILE] = {"passphrase-file", 0, VALUE, "FILE", "a file with the passphrase",
                             NAMES_FILE},
    [OPT_PIN] = {"pin", 0, VALUE, "ENV=FINGERPRINT", "the key that an environment must have",
                 NAMES_NOTHING},
    [OPT_HELP] = {"help", 'h', NO_VALUE, NULL, "this text", NAMES_NOTHING},
    [OPT_YES] = {"yes", 'y', NO_VALUE, NULL, "do not ask", NAMES_NOTHING},
    [OPT_JSON] = {"json", 0, NO_VALUE, NULL, "for programs", NAMES_NOTHING},
    [OPT_OUTPUT] = {"output", 'o', VALUE, "FILE", "where to write", NAMES_FILE},
    [OPT_PASSPHRASE] = {"passphrase", 0, NO_VALUE, NULL, "a passphrase, asked for twice",
                        NAMES_NOTHING},
    [OPT_READER] = {"reader", 0, VALUE, "[NAME=]KEY", "who can open it: age1… or ssh-ed25519 …",
                    NAMES_NOTHING},
    [OPT_LIKE] = {"like", 0, VALUE, "ENV", "the readers of another environment", NAMES_ENVIRONMENT},
    [OPT_ALLOW_EXISTING] = {"allow-existing", 0, NO_VALUE, NULL, "if it exists, leave it as it is",
                            NAMES_NOTHING},
    [OPT_ALLOW_MISSING] = {"allow-missing", 0, NO_VALUE, NULL, "it is no error if it is not there",
                           NAMES_NOTHING},
    [OPT_FORCE] = {"force", 0, NO_VALUE, NULL, "do it all the same", NAMES_NOTHING},
    [OPT_FROM_DOTENV] = {"from-dotenv", 0, VALUE, "FILE", "values from a dotenv file; - is stdin",
                         NAMES_FILE},
    [OPT_DIALECT] = {"dialect", 0, VALUE, "NAME",
                     "whose dotenv: node, python, ruby, compose or godotenv", NAMES_DIALECT},
    [OPT_KIND] = {"kind", 0, VALUE, "NAME",
                  "a service's usual keys, asked for one by one: vault help kinds", NAMES_SERVICE},
    [OPT_FROM_ENV] = {"from-env", 0, VALUE, "KEY,…", "values from this environment", NAMES_NOTHING},
    [OPT_FROM_JSON] = {"from-json", 0, VALUE, "FILE", "values from a JSON object of strings",
                       NAMES_FILE},
    [OPT_FROM_TOML] = {"from-toml", 0, VALUE, "FILE", "values from a TOML table of strings",
                       NAMES_FILE},
    [OPT_FROM_FILE] = {"from-file", 0, VALUE, "FILE",
                       "the value is a file's content, byte for byte", NAMES_FILE},
    [OPT_RAW] = {"raw", 0, NO_VALUE, NULL, "keep the final newline of stdin", NAMES_NOTHING},
    [OPT_BYTES] = {"bytes", 0, NO_VALUE, NULL, "the bytes alone, on a terminal too", NAMES_NOTHING},
    [OPT_GENERATE] = {"generate", 0, MAYBE_VALUE, "KIND",
                      "a random value: hex:32, base64:32, password:24 or uuid", NAMES_RANDOM},
    [OPT_CREATED_BEFORE] = {"created-before", 0, VALUE, "DATE", "only those created before",
                            NAMES_NOTHING},
    [OPT_MAX] = {"max", 0, VALUE, "N", "at most so many", NAMES_NOTHING},
    [OPT_ALL] = {"all", 0, NO_VALUE, NULL, "of all environments", NAMES_NOTHING},
    [OPT_VERIFY] = {"verify", 0, NO_VALUE, NULL, "check what is shown; needs the key",
                    NAMES_NOTHING},
    [OPT_TO] = {"to", 0, VALUE, "ENV", "into another environment", NAMES_ENVIRONMENT},
    [OPT_ONLY] = {"only", 0, VALUE, "KEY,…", "no other keys than these", NAMES_BARE_VARIABLE},
    [OPT_EXCEPT] = {"except", 0, VALUE, "KEY,…", "all but these keys", NAMES_BARE_VARIABLE},
    [OPT_REQUIRE] = {"require", 0, VALUE, "KEY,…", "refuse if one of these is missing",
                     NAMES_BARE_VARIABLE},
    [OPT_PREFIX] = {"prefix", 0, VALUE, "TEXT", "put this in front of each name", NAMES_NOTHING},
    [OPT_CLEAN] = {"clean", 0, NO_VALUE, NULL, "keep nothing of this environment but PATH, HOME, …",
                   NAMES_NOTHING},
    [OPT_NO_OVERRIDE] = {"no-override", 0, NO_VALUE, NULL, "what is set already stays",
                         NAMES_NOTHING},
    [OPT_ALLOW_DANGEROUS] = {"allow-dangerous", 0, VALUE, "NAME,…",
                             "set these, which make programs run other code", NAMES_NOTHING},
    [OPT_FILES] = {"files", 0, MAYBE_VALUE, "DIR",
                   "each value in a private file, named by K_FILE; K is not set", NAMES_FILE},
    [OPT_FORMAT] = {"format", 0, VALUE, "FORMAT",
                    "for what reads it: dotenv; else see help formats", NAMES_FORMAT},
    [OPT_ALLOW_DISK] = {"allow-disk", 0, NO_VALUE, NULL,
                        "plain text may go to a disk if there is no folder in memory",
                        NAMES_NOTHING},
    [OPT_REPLACE] = {"replace", 0, NO_VALUE, NULL, "another key for a name, wherever it reads",
                     NAMES_NOTHING},
    [OPT_FOR] = {"for", 0, VALUE, "TIME", "for how long: 90s, 30m, 8h, 7d", NAMES_NOTHING},
    [OPT_FORGET_PAST] = {"forget-past", 0, NO_VALUE, NULL,
                         "drop the old keys: history can no longer be read with the new one",
                         NAMES_NOTHING},
    [OPT_REVEAL] = {"reveal", 0, NO_VALUE, NULL, "show the values", NAMES_NOTHING},
    [OPT_TEXTCONV] = {"textconv", 0, NO_VALUE, NULL, "for git: one version, with marks for values",
                      NAMES_NOTHING},
    [OPT_HISTORY] = {"history", 0, NO_VALUE, NULL, "every version that git has", NAMES_NOTHING},
    [OPT_REDACT] = {"redact", 0, NO_VALUE, NULL,
                    "show each value that the command writes as [SECRET/KEY]", NAMES_NOTHING},
    [OPT_OURS] = {"ours", 0, NO_VALUE, NULL, "take ours in every conflict", NAMES_NOTHING},
    [OPT_THEIRS] = {"theirs", 0, NO_VALUE, NULL, "take theirs in every conflict", NAMES_NOTHING},
    [OPT_MARKER_SIZE] = {"marker-size", 0, VALUE, "N", "the length of the conflict markers",
                         NAMES_NOTHING},
    [OPT_PATH] = {"path", 0, VALUE, "FILE", "what the file is called in messages", NAMES_FILE},
    [OPT_UNINSTALL] = {"uninstall", 0, NO_VALUE, NULL, "take away what it has set up",
                       NAMES_NOTHING},
    [OPT_STAGED] = {"staged", 0, NO_VALUE, NULL, "what is staged, not the files", NAMES_NOTHING},
    [OPT_HOOK] = {"hook", 0, NO_VALUE, NULL,
                  "for a hook: ask nothing, and let pass what cannot be looked for", NAMES_NOTHING},
    [OPT_EXAMPLE] = {"example", 0, VALUE, "FILE",
                     "the names in a dotenv file, such as .env.example", NAMES_FILE},
    [OPT_AGAINST] = {"against", 0, VALUE, "ENV", "what another environment has not",
                     NAMES_ENVIRONMENT},
    [OPT_MAX_AGE] = {"max-age", 0, VALUE, "TIME",
                     "values that were not changed for longer: 90d, 26w", NAMES_NOTHING},
    [OPT_WORK_FACTOR] = {"work-factor", 0, VALUE, "N",
                         "the most that a passphrase may ask for: 18, unless said; at most 22",
                         NAMES_NOTHING},
    [OPT_WEAK] = {"weak", 0, NO_VALUE, NULL, "take a passphrase that is soon guessed",
                  NAMES_NOTHING},
};

const enum opt global_options[] = {OPT_FILE,        OPT_ENV, OPT_IDENTITY, OPT_PASSPHRASE_FILE,
                                   OPT_WORK_FACTOR, OPT_PIN, OPT_HELP,     OPT_END};

enum opt option_of_name(struct slice name)
{
    for (int i = 1; i < OPT_COUNT; i++)
        if (options[i].name && slice_is(name, options[i].name))
            return (enum opt)i;
    return OPT_END;
}

enum opt option_of_letter(char letter)
{
    for (int i = 1; i < OPT_COUNT; i++)
        if (options[i].letter == letter)
            return (enum opt)i;
    return OPT_END;
}

static bool usage_error(const struct args *args, const char *format, const char *word)
{
    say_error(USAGE, format, word);
    if (args->verb)
        say_hint("vault %s -h", args->verb->name);
    else
        say_hint("vault help");
    return false;
}

static void add_given(struct args *args, enum opt opt, const char *value)
{
    args->given[args->given_count++] = (struct given){opt, value};
}

/* "--name", "--name=value", "--name value". i moves on if the value is a word of its own. */
static bool read_long(struct args *args, int argc, char **argv, int *i)
{
    const char *word = argv[*i], *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    enum opt opt = option_of_name((struct slice){name, len});
    char shown[64];

    if (len >= sizeof shown - 2)
        len = sizeof shown - 3;
    memcpy(shown, word, len + 2); /* not the value: it may be a secret */
    shown[len + 2] = '\0';
    if (opt == OPT_END)
        return usage_error(args, "there is no option %s", shown);
    if (options[opt].takes == NO_VALUE && equals)
        return usage_error(args, "%s takes no value", shown);
    if (options[opt].takes == VALUE && !equals) {
        if (*i + 1 >= argc || strcmp(argv[*i + 1], "--") == 0)
            return usage_error(args, "%s needs a value", shown);
        add_given(args, opt, argv[++*i]);
        return true;
    }
    add_given(args, opt, equals ? equals + 1 : NULL);
    return true;
}

/* "-x", "-xy", "-x value", "-xvalue". */
static bool read_letters(struct args *args, int argc, char **argv, int *i)
{
    for (const char *at = argv[*i] + 1; *at; at++) {
        const char shown[] = {'-', *at, '\0'};
        enum opt opt = option_of_letter(*at);

        if (opt == OPT_END)
            return usage_error(args, "there is no option %s", shown);
        if (options[opt].takes == NO_VALUE) {
            add_given(args, opt, NULL);
            continue;
        }
        if (at[1]) {
            add_given(args, opt, at + 1);
            return true;
        }
        if (*i + 1 >= argc || strcmp(argv[*i + 1], "--") == 0)
            return usage_error(args, "%s needs a value", shown);
        add_given(args, opt, argv[++*i]);
        return true;
    }
    return true;
}

static bool read_words(int argc, char **argv, const struct verb *verbs, struct args *args)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];

        if (strcmp(word, "--") == 0) {
            args->command = argv + i + 1;
            return true;
        }
        if (word[0] == '-' && word[1] == '-') {
            if (!read_long(args, argc, argv, &i))
                return false;
        } else if (word[0] == '-' && word[1]) {
            if (!read_letters(args, argc, argv, &i))
                return false;
        } else if (!args->verb) {
            args->verb = verb_find(verbs, word);
            if (!args->verb)
                return false; /* verb_find has said so */
        } else {
            args->operands[args->count++] = word;
        }
    }
    return true;
}

static bool fits(const struct args *args)
{
    const struct verb *verb = args->verb;
    char shown[64];

    for (int i = 0; i < args->given_count; i++) {
        enum opt opt = args->given[i].opt;
        const char *value = args->given[i].value;
        struct option as;

        shown[0] = shown[1] = '-';
        strcpy(shown + 2, options[opt].name);
        if (!verb_option(verb, opt, &as))
            return usage_error(args, "%s does not belong to this verb", shown);
        if (value && as.takes == NO_VALUE)
            return usage_error(args, "%s takes no value", shown);
        if (value && !value[0]) /* most often a variable that was not set */
            return usage_error(args, "%s is given an empty value", shown);
    }
    if (args_has(args, OPT_HELP))
        return true;
    if (args->count < verb->least)
        return usage_error(args, "too few words: %s", verb->operands);
    if (verb->most >= 0 && args->count > verb->most)
        return usage_error(args, "too many words: it is vault %s", verb->name);
    if (args->command && !(verb->flags & TAKES_COMMAND))
        return usage_error(args, "only exec takes a command behind %s", "--");
    return true;
}

/* How many options there can be: each letter of a word may be one. */
static size_t most_options(int argc, char **argv)
{
    size_t most = (size_t)argc;

    for (int i = 1; i < argc; i++)
        most += strlen(argv[i]);
    return most;
}

/* The last part of it, if it is a name that needs no quotes in a shell. */
static const char *program_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL, *name = slash ? slash + 1 : path;

    return name && text_is_name(slice_of(name)) ? name : "vault";
}

bool args_read(int argc, char **argv, const struct verb *verbs, struct args *args)
{
    memset(args, 0, sizeof *args);
    args->program = program_name(argv[0]);
    args->called_as = argv[0];
    args->operands = calloc((size_t)argc + 1, sizeof *args->operands);
    args->given = calloc(most_options(argc, argv), sizeof *args->given);
    if (!args->operands || !args->given) {
        say_no_memory();
        args->failed = true;
        return false;
    }
    if (!read_words(argc, argv, verbs, args))
        return false;
    if (!args->verb) {
        if (args_has(args, OPT_HELP)) {
            args->verb = verb_find(verbs, "help");
            args->given_count = 0;
            return true;
        }
        return usage_error(args, "%s", "what is to be done? a verb is missing");
    }
    return fits(args);
}

void args_free(struct args *args)
{
    free(args->operands);
    free(args->given);
}

bool args_has(const struct args *args, enum opt opt)
{
    for (int i = 0; i < args->given_count; i++)
        if (args->given[i].opt == opt)
            return true;
    return false;
}

const char *args_last(const struct args *args, enum opt opt)
{
    const char *value = NULL;

    for (int i = 0; i < args->given_count; i++)
        if (args->given[i].opt == opt)
            value = args->given[i].value;
    return value;
}

static bool is_in_list(const char *name, const char *list)
{
    size_t len = strlen(name);

    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0'))
            return true;
    }
    return false;
}

bool args_lists(const struct args *args, enum opt opt, const char *name)
{
    for (int i = 0; i < args->given_count; i++)
        if (args->given[i].opt == opt && is_in_list(name, args->given[i].value))
            return true;
    return false;
}

const char **args_names(const struct args *args, enum opt opt, size_t *count)
{
    size_t size = 1;
    char **list, *text;

    for (int i = 0; i < args->given_count; i++)
        if (args->given[i].opt == opt)
            size += strlen(args->given[i].value) + 1;
    list = malloc(size * sizeof *list + size);
    *count = 0;
    if (!list) {
        say_no_memory();
        return NULL;
    }
    text = (char *)(list + size);
    for (int i = 0; i < args->given_count; i++) {
        if (args->given[i].opt != opt)
            continue;
        strcpy(text, args->given[i].value);
        for (char *name = strtok(text, ","); name; name = strtok(NULL, ","))
            list[(*count)++] = name;
        text += strlen(args->given[i].value) + 1;
    }
    return (const char **)list;
}
