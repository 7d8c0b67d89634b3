/* completion: the scripts for shells, and the words they offer, from the table of verbs and the
 * vault's names. A script only passes on the words typed so far; the program answers what can come
 * next, so that the two never disagree. In the scripts, "vault" is replaced by the name the program
 * was called by. MUST: pass the words through stdin, each followed by a zero byte, since one may
 * contain a value and argv is public. MUST: the script starts the program that PATH finds, never
 * the word typed, so that Tab after ./vault runs nothing. No identity is read. */
#include "help.h"
#include "kinds.h"
#include "readers.h"
#include "sources.h"
#include "table.h"
#include "ui/say.h"

#include "base/hashtable.h"
#include "base/text.h"
#include "text/format/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The answer's first line is "words", "files", or "command N" if word N begins another command
 * line. Each further line is a candidate, a tab, and its meaning. */
static const char bash_script[] =
    "_vault() {\n"
    "    local rest=$COMP_LINE at word line kind='' n=-1 words=() places=()\n"
    "    COMPREPLY=()\n"
    "    # bash has split the words at = and : too; only blanks count here.\n"
    "    for ((at = 0; at <= COMP_CWORD; at++)); do\n"
    "        word=${COMP_WORDS[at]}\n"
    "        if [[ n -lt 0 || $rest == [[:blank:]]* ]]; then\n"
    "            words[n += 1]=''\n"
    "            places[n]=$at\n"
    "        fi\n"
    "        words[n]+=$word\n"
    "        rest=${rest#*\"$word\"}\n"
    "        [[ -n $word ]] || rest=${rest#\"${rest%%[![:blank:]]*}\"}\n"
    "    done\n"
    "    while IFS= read -r line; do\n"
    "        if [[ -z $kind ]]; then\n"
    "            kind=$line\n"
    "        else\n"
    "            line=${line%%$'\\t'*}\n"
    "            COMPREPLY+=(\"${line#\"${words[n]%\"$2\"}\"}\")\n"
    "        fi\n"
    "    done < <(printf '%s\\0' \"${words[@]}\" | command vault completion words 2>/dev/null)\n"
    "    case $kind in\n"
    "    files) compopt -o default ;;\n"
    "    command*)\n"
    "        at=${kind#command }\n"
    "        if declare -F _command_offset >/dev/null; then\n"
    "            _command_offset \"${places[at]}\"\n"
    "        elif [[ n -eq at ]]; then\n"
    "            while IFS= read -r line; do\n"
    "                COMPREPLY+=(\"$line\")\n"
    "            done < <(compgen -c -- \"$2\")\n"
    "        else\n"
    "            compopt -o default\n"
    "        fi\n"
    "        ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _vault vault\n";

static const char zsh_script[] =
    "#compdef vault\n"
    "_vault() {\n"
    "    local -a lines offers\n"
    "    local line word\n"
    "    lines=(\"${(@f)$(printf '%s\\0' \"${(@Q)words[1,CURRENT-1]}\" \"$PREFIX\" |\n"
    "        command vault completion words 2>/dev/null)}\")\n"
    "    case $lines[1] in\n"
    "    files)\n"
    "        compset -P '--[^=]##='\n"
    "        _files\n"
    "        ;;\n"
    "    command*)\n"
    "        local -i first=${lines[1]#command }\n"
    "        shift first words\n"
    "        (( CURRENT -= first ))\n"
    "        _normal\n"
    "        ;;\n"
    "    *)\n"
    "        for line in \"${(@)lines[2,-1]}\"; do\n"
    "            word=${line%%$'\\t'*}\n"
    "            offers+=(\"${word//:/\\\\:}:${line#*$'\\t'}\")\n"
    "        done\n"
    "        _describe vault offers\n"
    "        ;;\n"
    "    esac\n"
    "}\n"
    "if [[ $funcstack[1] == _vault ]]; then\n"
    "    _vault \"$@\"\n"
    "else\n"
    "    compdef _vault vault\n"
    "fi\n";

static const char fish_script[] =
    "function __vault_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l current (commandline -ct)\n"
    "    set -l lines (printf '%s\\0' $words \"$current\" |\n"
    "        command vault completion words 2>/dev/null)\n"
    "    switch \"$lines[1]\"\n"
    "        case files\n"
    "            set -l option (string match -r -- '^--[^=]+=' \"$current\")\n"
    "            set -l path (string replace -- \"$option\" '' \"$current\")\n"
    "            for found in (__fish_complete_path \"$path\")\n"
    "                echo -- \"$option$found\"\n"
    "            end\n"
    "        case 'command *'\n"
    "            set -l first (math 1 + (string replace 'command ' '' -- $lines[1]))\n"
    "            set -l command\n"
    "            for word in $words[$first..-1]\n"
    "                set -a command (string escape -- $word)\n"
    "            end\n"
    "            complete -C (string join ' ' -- $command \"$current\")\n"
    "        case words\n"
    "            for line in $lines[2..-1]\n"
    "                echo -- $line\n"
    "            end\n"
    "    end\n"
    "end\n"
    "complete -e -c vault\n"
    "complete -c vault -f -a '(__vault_complete)'\n";

/* ---- the words typed ---- */

struct line {
    const struct verb *verbs;
    const struct verb *verb;
    const char *current; /* the word to complete */
    const char *file, *env, *first;
    int operands;      /* before the current word */
    enum opt awaiting; /* the option whose value the current word is */
    size_t command;    /* the index of a command's first word; 0: none */
    bool is_beyond_us; /* a word before it is unknown */
};

/* "--name" or "--name=value". */
static enum opt long_option(const char *word)
{
    return option_of_name((struct slice){word + 2, strcspn(word + 2, "=")});
}

static void take_value(struct line *l, enum opt opt, const char *value)
{
    if (opt == OPT_FILE)
        l->file = value;
    else if (opt == OPT_ENV)
        l->env = value;
    l->awaiting = OPT_END;
}

static void take_option(struct line *l, const char *word)
{
    const char *equals = strchr(word, '=');
    enum opt opt;

    if (word[1] == '-') {
        opt = long_option(word);
        l->awaiting = options[opt].takes == VALUE ? opt : OPT_END;
        if (equals)
            take_value(l, opt, equals + 1);
        l->is_beyond_us |= opt == OPT_END;
        return;
    }
    for (const char *at = word + 1; *at; at++) {
        opt = option_of_letter(*at);
        l->is_beyond_us |= opt == OPT_END;
        if (opt == OPT_END || options[opt].takes == NO_VALUE)
            continue;
        l->awaiting = opt;
        if (at[1])
            take_value(l, opt, at + 1);
        return;
    }
}

static void take_word(struct line *l, const char *word, size_t place)
{
    if (l->command) {
        return;
    } else if (l->awaiting) {
        take_value(l, l->awaiting, word);
    } else if (strcmp(word, "--") == 0) {
        l->command = place + 1;
        l->is_beyond_us |= !l->verb || !(l->verb->flags & TAKES_COMMAND);
    } else if (word[0] == '-' && word[1]) {
        take_option(l, word);
    } else if (!l->verb) {
        l->verb = verb_named(l->verbs, word);
        l->is_beyond_us |= !l->verb;
    } else if (l->operands++ == 0) {
        l->first = word;
    }
}

/* Each word ends in a zero byte; the first is the program's name, the last the current one. */
static bool read_line(struct slice words, struct line *l)
{
    const char *at = words.at, *end = at + words.len, *next;

    if (words.len == 0 || end[-1] != '\0')
        return false;
    for (size_t place = 0; (next = at + strlen(at) + 1) < end; at = next, place++)
        if (place > 0)
            take_word(l, at, place);
    l->current = at;
    return at > words.at; /* the shell completes the name itself */
}

/* ---- what can come next ---- */

static unsigned names_of_operand(const struct line *l)
{
    if (l->verb->most != ANY_NUMBER && l->operands >= l->verb->most)
        return NAMES_NOTHING;
    return l->operands == 0 ? l->verb->first : l->verb->later;
}

struct offers {
    struct buf out;
    const char *typed;
    size_t settled; /* typed bytes that stay: "--env=", "dev," */
};

static void offer(struct offers *o, const char *word, const char *meaning)
{
    const char *open = o->typed + o->settled;

    if (strncmp(word, open, strlen(open)) != 0)
        return;
    buf_add(&o->out, o->typed, o->settled);
    buf_printf(&o->out, "%s\t%s\n", word, meaning);
}

static void offer_all(struct offers *o, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        offer(o, words[i], "");
}

static void offer_option(struct offers *o, const struct verb *verb, enum opt opt)
{
    char word[64] = "--";
    struct option as;

    if (!verb_option(verb, opt, &as))
        return;
    strncat(word, as.name, sizeof word - 3);
    offer(o, word, as.help);
}

static void offer_options(struct offers *o, const struct verb *verb)
{
    for (const enum opt *opt = verb ? verb->options : NULL; opt && *opt; opt++)
        offer_option(o, verb, *opt);
    for (const enum opt *opt = global_options; *opt; opt++)
        offer_option(o, verb, *opt);
    if (verb && verb->flags & TAKES_COMMAND)
        offer(o, "--", "the command stands behind it");
}

static void offer_key(struct offers *o, const char *secret, const char *key, unsigned names)
{
    char word[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 2];

    if (names & NAMES_VARIABLE) {
        snprintf(word, sizeof word, "%s/%s", secret, key);
        offer(o, word, "");
    }
    if (names & NAMES_OWN_VARIABLE) {
        snprintf(word, sizeof word, "%s=", key);
        offer(o, word, "");
    }
    if (names & NAMES_BARE_VARIABLE || (names & NAMES_VARIABLE && o->typed[0]))
        offer(o, key, "");
}

static void offer_envs(struct offers *o, struct session *s)
{
    const char **envs;
    size_t count;

    if (vault_env_list(s->v, &envs, &count) != VAULT_OK)
        return;
    offer_all(o, envs, count);
    vault_release(envs);
}

/* Offers each name once. */
static void offer_readers(struct offers *o, struct session *s)
{
    struct reader_walk w = {.v = s->v};
    struct hashtable offered = {0};

    while (reader_next(&w)) {
        size_t *times = hashtable_number(&offered, slice_of(w.reader->name));

        if (times && (*times)++ == 0)
            offer(o, w.reader->name, "");
    }
    hashtable_free(&offered);
}

static void offer_secrets(struct offers *o, struct session *s, const struct line *l, unsigned names)
{
    vault_secrets *secrets;
    const char **keys;
    size_t key_count;

    if (vault_secret_list(s->v, s->env, 0, 0, &secrets) != VAULT_OK)
        return;
    for (size_t i = 0; i < vault_secrets_count(secrets); i++) {
        const char *secret = vault_secrets_at(secrets, i)->name;

        if (names & NAMES_SECRET)
            offer(o, secret, "");
        if (!(names & (NAMES_VARIABLE | NAMES_BARE_VARIABLE)) &&
            !(names & NAMES_OWN_VARIABLE && strcmp(secret, l->first) == 0))
            continue;
        if (vault_value_list(s->v, s->env, secret, &keys, &key_count) != VAULT_OK)
            continue;
        for (size_t j = 0; j < key_count; j++)
            offer_key(o, secret, keys[j], names);
        vault_release(keys);
    }
    vault_release(secrets);
}

/* Offers names from the vault, unverified. A file that cannot be found or read offers nothing. */
static void offer_from_vault(struct offers *o, const struct args *args, const struct line *l,
                             unsigned names)
{
    const char *home = getenv("HOME");
    struct given given[2];
    struct args a = {.verb = args->verb, .given = given};
    struct session s;
    struct buf path = {0};

    if (l->file && l->file[0] == '~' && l->file[1] == '/') /* not expanded by a shell */
        buf_printf(&path, "%s%s", home ? home : "", l->file + 1);
    else if (l->file)
        buf_add_text(&path, l->file);
    buf_add(&path, "", 1);
    if (l->file && buf_ok(&path))
        given[a.given_count++] = (struct given){OPT_FILE, path.data};
    if (l->env && !(names & NAMES_ENVIRONMENT))
        given[a.given_count++] = (struct given){OPT_ENV, l->env};
    if (session_open(&s, &a, NEEDS_FILE) == STATUS_OK) {
        if (names & NAMES_ENVIRONMENT)
            offer_envs(o, &s);
        else if (names & NAMES_READER)
            offer_readers(o, &s);
        else
            offer_secrets(o, &s, l, names);
    }
    session_close(&s);
    buf_free(&path);
}

static const char *const shells[] = {"bash", "zsh", "fish"};

static void offer_names(struct offers *o, const struct args *args, const struct line *l,
                        unsigned names)
{
    static const char *const actions[] = {"list", "default", "create", "delete", "rename", "copy"};
    static const char *const random[] = {"hex:32", "base64:32", "password:24", "uuid"};
    static const char *const dialects[] = {"node", "python", "ruby", "compose", "godotenv"};

    for (const struct verb *verb = args->verbs; names & NAMES_VERB && verb->name; verb++)
        offer(o, verb->name, verb->summary);
    for (size_t i = 0; names & NAMES_TOPIC && help_topic(i); i++)
        offer(o, help_topic(i), "");
    if (names & NAMES_SHELL)
        offer_all(o, shells, sizeof shells / sizeof *shells);
    if (names & NAMES_ACTION)
        offer_all(o, actions, sizeof actions / sizeof *actions);
    if (names & NAMES_RANDOM)
        offer_all(o, random, sizeof random / sizeof *random);
    for (size_t i = 0; names & NAMES_SERVICE && i < kind_count; i++)
        offer(o, kinds[i].name, "");
    if (names & NAMES_DIALECT)
        offer_all(o, dialects, sizeof dialects / sizeof *dialects);
    for (size_t i = 0; names & NAMES_FORMAT && i < format_count; i++)
        offer(o, formats[i].name, formats[i].purpose);
    if (names & (NAMES_ENVIRONMENT | NAMES_SECRET | NAMES_VARIABLE | NAMES_BARE_VARIABLE |
                 NAMES_OWN_VARIABLE | NAMES_READER))
        offer_from_vault(o, args, l, names);
}

/* What the option's value can name, for this verb. In a list, the part before the last comma stays.
 */
static unsigned names_of_value(struct offers *o, const struct line *l, enum opt opt)
{
    const char *comma = strrchr(o->typed, ',');
    struct option as;

    if (!verb_option(l->verb, opt, &as) || as.takes == NO_VALUE)
        return NAMES_NOTHING;
    if (comma && strchr(as.value, ','))
        o->settled = (size_t)(comma + 1 - o->typed);
    return as.names;
}

/* What the word at the cursor can name. */
static unsigned names_of(struct offers *o, const struct line *l)
{
    const char *equals = strchr(l->current, '=');
    unsigned names = NAMES_NOTHING;
    enum opt opt = l->awaiting;

    if (!opt && equals && strncmp(l->current, "--", 2) == 0) {
        o->settled = (size_t)(equals + 1 - l->current);
        opt = long_option(l->current);
    }
    if (opt) {
        names = names_of_value(o, l, opt);
    } else if (l->current[0] != '-') {
        names = l->verb ? names_of_operand(l) : NAMES_VERB;
    }
    return names;
}

static void add_answer(struct offers *o, const struct args *args, const struct line *l)
{
    unsigned names;

    if (l->is_beyond_us) {
        buf_add_text(&o->out, "words\n");
        return;
    }
    if (l->command) {
        buf_printf(&o->out, "command %zu\n", l->command);
        return;
    }
    names = names_of(o, l);
    buf_add_text(&o->out, names == NAMES_FILE ? "files\n" : "words\n");
    offer_names(o, args, l, names);
    if (o->settled == 0 && !l->awaiting && l->current[0] == '-')
        offer_options(o, l->verb);
}

/* ---- the verb ---- */

static enum status answer_words(const struct args *args)
{
    struct buf words = BUF_SECRET;
    struct line line = {.verbs = args->verbs};
    struct offers o = {0};
    enum status status = value_read("-", &words);

    if (status == STATUS_OK && !read_line(buf_slice(&words), &line))
        status = say_error(STATUS_USAGE, "expected words on stdin, each followed by a zero byte");
    if (status == STATUS_OK) {
        o.typed = line.current;
        add_answer(&o, args, &line);
        status = write_buf(&o.out);
    }
    buf_free(&o.out);
    buf_free(&words);
    return status;
}

static enum status print_script(const char *script, const char *program)
{
    struct buf out = {0};
    enum status status;

    for (const char *at; (at = strstr(script, "vault")); script = at + strlen("vault")) {
        buf_add(&out, script, (size_t)(at - script));
        buf_add_text(&out, program);
    }
    buf_add_text(&out, script);
    status = write_buf(&out);
    buf_free(&out);
    return status;
}

enum status run_completion(const struct args *args)
{
    static const char *const scripts[] = {bash_script, zsh_script, fish_script};
    const char *shell = args->operands[0];

    if (strcmp(shell, "words") == 0)
        return answer_words(args);
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shell, shells[i]) == 0)
            return print_script(scripts[i], args->program);
    say_error(STATUS_USAGE, "completion supports bash, zsh and fish");
    say_hint("{program} completion -h");
    return STATUS_USAGE;
}
