/* Parses the command line, and checks it against what the verb accepts. */
#include "args.h"

#include "hints.h"
#include "near.h"
#include "say.h"
#include "verb.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Options of a command that was given without "--". */
static bool is_of_command(const struct args *args)
{
    return args->verb && args->verb->flags & TAKES_COMMAND && args->count > 0;
}

static bool usage_error(const struct args *args, const char *format, const char *word)
{
    say_error(STATUS_USAGE, format, word);
    if (args->verb)
        say_hint("{program} %s -h", args->verb->name);
    else
        say_hint("{program} help");
    return false;
}

static void add_given(struct args *args, enum opt opt, const char *value)
{
    args->given[args->given_count++] = (struct given){opt, value};
}

/* The option that can be typed here and is nearest to this name: another spelling, or a longer or
 * shorter form. NULL if none is. */
static const char *option_near(const struct args *args, const char *name)
{
    const char *found = NULL, *form = NULL;
    struct near near;
    struct option as;

    near_begin_word(&near, name);
    for (int i = 1; i < OPT_COUNT; i++) {
        const char *option = options[i].name;
        size_t len = option ? strlen(option) : 0;

        if (!option || (args->verb && !verb_option(args->verb, (enum opt)i, &as)))
            continue;
        if (near_offer(&near, option))
            found = option;
        if (strncmp(option, name, len < strlen(name) ? len : strlen(name)) == 0)
            form = option;
    }
    return found ? found : form;
}

static bool unknown_letter(const struct args *args, const char *shown)
{
    if (!is_of_command(args))
        return usage_error(args, "unknown option %s", shown);
    say_error(STATUS_USAGE, "unknown option %s", shown);
    say_hint("a command and its options go after --: {program} %s %s", args->verb->name,
             args->verb->operands);
    return false;
}

static bool unknown_option(const struct args *args, const char *shown)
{
    const char *near = option_near(args, shown + 2);

    if (!near || is_of_command(args))
        return unknown_letter(args, shown);
    say_error(STATUS_USAGE, "unknown option %s", shown);
    say_hint("--%s", near);
    return false;
}

/* "--name", "--name=value", "--name value". Advances i if the value is the next word. */
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
        return unknown_option(args, shown);
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
            return unknown_letter(args, shown);
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

/* Before any verb, as other programs spell the verb version. */
static bool asks_version(const struct args *args, const char *word)
{
    return !args->verb && (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0);
}

/* Other tools put what a verb acts on before it: "kv get", "secret create". */
static bool is_noun(const char *word)
{
    return strcmp(word, "kv") == 0 || strcmp(word, "secret") == 0 || strcmp(word, "secrets") == 0;
}

static bool read_words(int argc, char **argv, struct args *args)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];

        if (strcmp(word, "--") == 0) {
            args->command = argv + i + 1;
            return true;
        }
        if (asks_version(args, word)) {
            args->verb = verb_named(args->verbs, "version");
        } else if (word[0] == '-' && word[1] == '-') {
            if (!read_long(args, argc, argv, &i))
                return false;
        } else if (word[0] == '-' && word[1]) {
            if (!read_letters(args, argc, argv, &i))
                return false;
        } else if (!args->verb && is_noun(word) && i + 1 < argc &&
                   verb_named(args->verbs, argv[i + 1])) {
            say_error(STATUS_USAGE, "unknown verb %s", word);
            verb_hint(verb_named(args->verbs, argv[i + 1]));
            return false;
        } else if (!args->verb) {
            args->verb = verb_find(args->verbs, word);
            if (!args->verb)
                return false; /* verb_find has printed a message */
        } else {
            args->operands[args->count++] = word;
        }
    }
    return true;
}

static bool too_many(const struct args *args)
{
    const struct verb *verb = args->verb;

    say_error(STATUS_USAGE, "too many operands: %s takes %s", verb->name,
              verb->operands[0] ? verb->operands : "none");
    say_hint("{program} %s -h", verb->name);
    return false;
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
        if (!verb_option(verb, opt, &as)) {
            usage_error(args, "this verb does not take %s", shown);
            if (opt == OPT_FORCE && verb_option(verb, OPT_YES, &as))
                say_hint("-y says yes to its question");
            return false;
        }
        if (value && as.takes == NO_VALUE)
            return usage_error(args, "%s takes no value", shown);
        if (value && !value[0]) /* most often a variable that was not set */
            return usage_error(args, "%s has an empty value", shown);
    }
    if (args_has(args, OPT_HELP))
        return true;
    if (args->count < verb->least)
        return usage_error(args, "missing operand: %s", verb->operands);
    if (verb->most >= 0 && args->count > verb->most)
        return too_many(args);
    if (args->command && !(verb->flags & TAKES_COMMAND))
        return usage_error(args, "only exec takes a command after %s", "--");
    return true;
}

/* An upper bound on the number of options: each letter of a word may be one. */
static size_t most_options(int argc, char **argv)
{
    size_t most = (size_t)argc;

    for (int i = 1; i < argc; i++)
        most += strlen(argv[i]);
    return most;
}

/* The last component of the path, if a shell needs no quotes for it. */
static const char *program_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL, *name = slash ? slash + 1 : path;

    return name && text_is_name(slice_of(name)) ? name : "vault";
}

bool args_read(int argc, char **argv, const struct verb *verbs, struct args *args)
{
    memset(args, 0, sizeof *args);
    args->program = hint_program(program_name(argv[0]));
    args->called_as = argv[0];
    args->verbs = verbs;
    args->operands = calloc((size_t)argc + 1, sizeof *args->operands);
    args->given = calloc(most_options(argc, argv), sizeof *args->given);
    if (!args->operands || !args->given) {
        say_no_memory();
        args->failed = true;
        return false;
    }
    if (!read_words(argc, argv, args))
        return false;
    if (!args->verb) {
        if (args_has(args, OPT_HELP)) {
            args->verb = verb_find(args->verbs, "help");
            args->given_count = 0;
            return true;
        }
        return usage_error(args, "%s", "no verb given");
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

bool args_several(const struct args *args, enum opt opt)
{
    int count = 0;

    for (int i = 0; i < args->given_count; i++)
        if (args->given[i].opt == opt)
            count += 1 + (strchr(args->given[i].value, ',') != NULL);
    return count > 1;
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
