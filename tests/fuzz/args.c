/* The command line of every verb: words with a zero byte between them. What is refused has a
 * message and the exit status of a usage error; what is accepted fits the table of verbs. No verb
 * runs. */
#include "verbs/sources.h"
#include "verbs/table.h"

#include "../unit/scene.h"
#include "base/text.h"

#include <stdarg.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The linker puts these in place of the program's own (--wrap).
 * NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void __wrap_say_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));
void __wrap_say_hint(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool __wrap_protect_process(void);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
int vault_main(int argc, char **argv);

enum { WORDS = 24, LONGEST = 400 };

static unsigned failures, hints;

static void hear(unsigned *count, const char *format, va_list args)
{
    char text[LONGEST];

    must(vsnprintf(text, sizeof text, format, args) > 0);
    (*count)++;
}

void __wrap_say_failure(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    hear(&failures, format, args);
    va_end(args);
}

void __wrap_say_hint(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    hear(&hints, format, args);
    va_end(args);
}

bool __wrap_protect_process(void)
{
    return true;
}

static size_t count_verbs(void)
{
    size_t count = 0;

    while (verbs[count].name)
        count++;
    return count;
}

/* A word that begins with a byte above 127 is that verb, or that option and what follows. */
static char *word_of(const uint8_t *at, size_t len)
{
    size_t number = len ? *at & 0x7F : 0;
    bool known = len && *at > 0x7F;
    const char *dashes = "", *name = "";
    char *word = malloc(LONGEST);

    must(word != NULL);
    if (known && number >= count_verbs()) {
        number = 1 + (number - count_verbs()) % (OPT_COUNT - 1);
        dashes = "--";
        name = options[number].name;
    } else if (known) {
        name = verbs[number].name;
    }
    snprintf(word, LONGEST, "%s%s%.*s", dashes, name, (int)(len - known),
             len ? (const char *)at + known : "");
    return word;
}

static int split(const uint8_t *data, size_t size, char *argv[WORDS + 2])
{
    const uint8_t *end = data + size;
    int argc = 1;

    argv[0] = strdup("./vault");
    while (data < end && argc <= WORDS) {
        const uint8_t *zero = memchr(data, 0, (size_t)(end - data));

        zero = zero ? zero : end;
        argv[argc++] = word_of(data, (size_t)(zero - data));
        data = zero + (zero < end);
    }
    argv[argc] = NULL;
    return argc;
}

static bool belongs(const struct verb *verb, enum opt opt)
{
    bool found = false;

    for (int i = 0; global_options[i]; i++)
        found = found || global_options[i] == opt;
    for (int i = 0; verb->options[i]; i++)
        found = found || verb->options[i] == opt;
    return found;
}

static bool was_typed(const char *word, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (word >= argv[i] && word <= argv[i] + strlen(argv[i]))
            return true;
    return false;
}

/* The names of a list are those that it is asked for. */
static void check_list(const struct args *args, enum opt opt)
{
    size_t count;
    const char **names = args_names(args, opt, &count);

    must(names != NULL && args_has(args, opt) && args_last(args, opt) != NULL);
    for (size_t i = 0; i < count; i++)
        must(names[i][0] && args_lists(args, opt, names[i]));
    free(names);
}

static void check_operand(const char *word)
{
    struct key_path path;
    char again[sizeof path];

    if (!key_path_parse(word, &path))
        return;
    must(!path.secret[0] || text_is_name(slice_of(path.secret)));
    snprintf(again, sizeof again, "%s%s%s", path.secret, path.secret[0] && path.key[0] ? "/" : "",
             path.key);
    must(strcmp(again, word) == 0);
}

static void check_accepted(const struct args *args, int argc, char **argv)
{
    const struct verb *verb = args->verb;

    must(verb && failures == 0 && hints == 0);
    for (int i = 0; i < args->given_count; i++) {
        const struct given *given = &args->given[i];

        must(belongs(verb, given->opt));
        must(!given->value || (given->value[0] && was_typed(given->value, argc, argv) &&
                               options[given->opt].takes != NO_VALUE));
        must(given->value || options[given->opt].takes != VALUE);
        if (options[given->opt].takes == VALUE)
            check_list(args, given->opt);
    }
    for (int i = 0; i < args->count; i++) {
        must(was_typed(args->operands[i], argc, argv));
        check_operand(args->operands[i]);
    }
    if (!args_has(args, OPT_HELP) && verb->run != run_help) /* which --help alone stands for */
        must(args->count >= verb->least && (verb->most < 0 || args->count <= verb->most) &&
             (!args->command || verb->flags & TAKES_COMMAND));
}

/* The whole program, which does nothing else then. */
static void check_refused(const struct args *args, int argc, char **argv)
{
    bool of_exec = args->verb && args->verb->flags & TAKES_COMMAND;

    must(failures == 1 && hints == 1);
    must(vault_main(argc, argv) == (of_exec ? STATUS_EXEC_FAILED : STATUS_USAGE));
    must(failures == 2 && hints == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[WORDS + 2];
    int argc = split(data, size, argv);
    struct args args;

    failures = hints = 0;
    if (args_read(argc, argv, verbs, &args))
        check_accepted(&args, argc, argv);
    else
        check_refused(&args, argc, argv);
    args_free(&args);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return 0;
}
