/* help and version, from the table. */
#include "help.h"

#include "dangerous.h"
#include "kinds.h"
#include "table.h"
#include "ui/fit.h"
#include "ui/hints.h"
#include "ui/say.h"

#include "text/format/format.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define CALLED "vault "

static void add_formats(struct buf *out)
{
    buf_add_text(
        out, "The programs that each format is for, and what it cannot hold. If a format cannot\n"
             "hold some variables, one error names them. Only k8s, json, yaml and toml can hold a\n"
             "zero byte.\n\n");
    for (size_t i = 0; i < format_count; i++) {
        const struct format *f = &formats[i];

        buf_printf(out, "  %-9s %s\n", f->name, f->purpose);
        if (f->limits)
            buf_printf(out, "  %-9s not: %s\n", "", f->limits);
    }
}

static void add_kinds(struct buf *out)
{
    enum { NAMES_WIDE = 16, LINE_MOST = 79 };

    for (size_t i = 0; i < kind_count; i++) {
        size_t wide = NAMES_WIDE;

        buf_printf(out, "%-*s", NAMES_WIDE, kinds[i].name);
        for (const char *const *key = kinds[i].keys; *key; key++) {
            wide += strlen(*key) + 1;
            if (wide > LINE_MOST) {
                buf_printf(out, "\n%*s", NAMES_WIDE, "");
                wide = NAMES_WIDE + strlen(*key) + 1;
            }
            buf_printf(out, " %s", *key);
        }
        buf_add_text(out, "\n");
    }
}

static void add_options(struct buf *out);

static const struct {
    const char *name, *text;
    void (*add)(struct buf *out); /* in place of a text */
} topics[] = {
    {"exit-status",
     "0  done\n"
     "1  failed\n"
     "2  usage: the command line is wrong\n"
     "3  locked: no credential that was given or found opens it\n"
     "4  not there: a file, environment, secret, variable or required variable\n"
     "5  integrity: a seal, a value or a pin does not match\n"
     "6  conflict: the file holds conflict markers, or a merge needs a person\n"
     "7  found: exposed, scan, check --max-age or verify --history found what it looks for\n"
     "8  guarded: a coding agent may not do this\n"
     "\n"
     "exec exits as the command does, or with 125 if vault itself fails, 126 if the command "
     "cannot\n"
     "be run, 127 if it is not found.\n",
     NULL},
    {"keys",
     "vault looks for something that opens an environment in this order. If an option or a\n"
     "variable gives something that opens nothing, that is an error.\n"
     "\n"
     "  --identity FILE, --passphrase-file FILE\n"
     "  VAULT_IDENTITY (the key itself), VAULT_IDENTITY_FILE, VAULT_PASSPHRASE,\n"
     "  VAULT_PASSPHRASE_FILE\n"
     "  the kernel's keyring, where vault unlock keeps an identity\n"
     "  $XDG_CONFIG_HOME/vault/identity, then ~/.ssh/id_ed25519\n"
     "  a prompt on the terminal, if a passphrase can open it\n"
     "\n"
     "An identity file is age's own (vault keygen makes one) or an OpenSSH ed25519 key. If it is\n"
     "under a passphrase (keygen --passphrase, age -p), the terminal asks for it when nothing "
     "else\n"
     "opens the environment. For an SSH key ssh-keygen asks, if its public half is a reader "
     "there.\n",
     NULL},
    {"environment",
     "An empty variable of vault's own counts as not set. An option takes precedence over its\n"
     "variable.\n"
     "\n"
     "VAULT_FILE             the vault, as with -f\n"
     "VAULT_ENV              the environment, as with -e; without it, what env default recorded,\n"
     "                       or dev. In a vault that this machine knows, an environment that is\n"
     "                       new to the machine must be named with -e\n"
     "VAULT_PAGER            the pager of list, log and diff on a terminal; else PAGER, else "
     "less.\n"
     "                       An empty one is none\n"
     "VAULT_IDENTITY         the text of an identity file\n"
     "VAULT_IDENTITY_FILE    an identity file\n"
     "VAULT_PASSPHRASE       a passphrase\n"
     "VAULT_PASSPHRASE_FILE  a file with a passphrase\n"
     "VAULT_PIN              ENV=FINGERPRINT,…: the keys that environments must have\n"
     "VAULT_AUTHOR           the author of changes; default: GIT_AUTHOR_EMAIL, or the reader's "
     "name\n"
     "VAULT_AGENT            guard: a coding agent runs this; off: none does, whatever AI_AGENT,\n"
     "                       CLAUDECODE, CURSOR_AGENT and the like say (see man vault)\n"
     "GIT_AUTHOR_EMAIL       see VAULT_AUTHOR; ignored if it is not a valid author\n"
     "\n"
     "VISUAL, EDITOR         the editor of edit and ui; default: vi\n"
     "HOME                   ends the search for vault.toml; holds the folders below\n"
     "SUDO_UID               under sudo: another user whose folders above are trusted\n"
     "XDG_CONFIG_HOME        holds vault/identity; default: ~/.config\n"
     "XDG_STATE_HOME         holds vault/pins; default: ~/.local/state\n"
     "XDG_RUNTIME_DIR        a place for plain text in memory; otherwise /dev/shm, …\n"
     "TMPDIR                 the temporary folder, if it is in memory or with --allow-disk\n"
     "PATH                   where exec finds its command\n"
     "USER, LOGNAME          your name as a reader of a new vault\n"
     "GITHUB_ENV             the file that export --format=github appends to\n"
     "TERM                   if it is dumb, long work shows no progress, and ui is refused\n"
     "NO_COLOR               ui uses no colours\n"
     "LC_ALL, LC_CTYPE       ui shows only ASCII unless the first one that is set names UTF-8\n"
     "LANG                   the same, if neither is set\n",
     NULL},
    {"options", NULL, add_options},
    {"kinds", NULL, add_kinds},
    {"templates",
     "A template is a value with holes, which other values of its environment fill when it is "
     "used:\n"
     "\n"
     "  vault set --template 'URL=postgres://{{ db/USER | url }}:{{ db/PASSWORD | url "
     "}}@{{ HOST }}/app'\n"
     "\n"
     "{{ NAME }} is a variable of the template's own secret, {{ S/NAME }} one of the secret S. A\n"
     "filter changes the value: url, base64, json (a string with its quotes) or shell (one word).\n"
     "{{{{ writes a {{, and any other {{ is an error. What fills a hole is not read for holes.\n"
     "\n"
     "A hole may name another template, over at most 16 names; a template has at most 256 holes "
     "and\n"
     "makes at most 1 MiB. exec, export, get and render use the result; edit, list and copy show "
     "or\n"
     "keep the text. --only may leave out a variable that a template uses.\n",
     NULL},
    {"formats", NULL, add_formats},
    {"dangerous", NULL, dangerous_list},
};

enum { TOPICS = sizeof topics / sizeof *topics };

const char *help_topic(size_t place)
{
    return place < TOPICS ? topics[place].name : NULL;
}

/* In columns, of which a character takes one, however many bytes it has. */
static void add_padded(struct buf *out, const char *text, size_t width)
{
    size_t columns = 0;

    buf_add_text(out, text);
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xC0) != 0x80;
    for (; columns < width; columns++)
        buf_add_text(out, " ");
}

static void add_option(struct buf *out, const struct verb *verb, enum opt opt)
{
    struct option o;
    char text[64];

    if (!verb_option(verb, opt, &o))
        return;
    snprintf(text, sizeof text, "--%s%s%s%s", o.name,
             o.takes == NO_VALUE      ? ""
             : o.takes == MAYBE_VALUE ? "[="
                                      : " ",
             o.takes == NO_VALUE ? "" : o.value, o.takes == MAYBE_VALUE ? "]" : "");
    if (o.letter)
        buf_printf(out, "  -%c, ", o.letter);
    else
        buf_add_text(out, "      ");
    add_padded(out, text, 26);
    buf_printf(out, " %s\n", o.help);
}

static void add_verb(struct buf *out, const struct verb *verb)
{
    buf_printf(out, "usage: vault %s [OPTIONS]%s%s\n\n%s\n", verb->name,
               verb->operands[0] ? " " : "", verb->operands, verb->summary);
    if (verb->details)
        buf_printf(out, "\n%s", verb->details);
    buf_add_text(out, "\n");
    for (const enum opt *opt = verb->options; *opt; opt++)
        add_option(out, verb, *opt);
    add_option(out, verb, OPT_ENV);
    buf_add_text(out, verb->options[0] || !(verb->flags & NO_ENV) ? "\n" : "");
    buf_add_text(out, "Every verb takes -f, -q, -h, --identity, --passphrase-file, --pin, "
                      "--work-factor: vault help options\n");
}

static void add_options(struct buf *out)
{
    buf_add_text(out, "Every verb takes these, and -e if it works on an environment:\n\n");
    for (const enum opt *opt = global_options; *opt; opt++)
        add_option(out, NULL, *opt);
}

/* Whether "vault " at this place begins a command: a verb, or "VERB", follows it. */
static bool is_command(const char *text, const char *at, const struct verb *all)
{
    const char *next = at + strlen(CALLED);
    struct slice word = {next, strcspn(next, " ,;)\n'")};

    if (at > text && !strchr(" \n'(", at[-1]))
        return false;
    for (; all->name; all++)
        if (slice_is(word, all->name))
            return true;
    return slice_is(word, "VERB");
}

/* Writes a help text with the name by which the program was called, and frees it. */
static enum status write_help(struct buf *help, const struct verb *all)
{
    const char *text = buf_text(help, ""), *at = text;
    struct buf out = {.failed = !buf_ok(help)}, fitted = {0};
    enum status status;

    for (const char *open; (open = strstr(at, CALLED)); at = open + strlen(CALLED)) {
        buf_add(&out, at, (size_t)(open - at));
        buf_printf(&out, "%s ", is_command(text, open, all) ? hint_program(NULL) : "vault");
    }
    buf_add_text(&out, at);
    if (fit_width() > 0 && buf_ok(&out))
        fit_lines(&fitted, buf_slice(&out), fit_width(), true);
    status = write_buf(fit_width() > 0 && buf_ok(&out) ? &fitted : &out);
    buf_free(&fitted);
    buf_free(&out);
    buf_free(help);
    return status;
}

static void add_overview(struct buf *out, const struct verb *all)
{
    buf_add_text(out, "usage: vault VERB [OPTIONS] …\n");
    for (const struct verb *verb = all; verb->name; verb++) {
        if (verb->group)
            buf_printf(out, "\n%s\n", verb->group);
        buf_printf(out, "  %-10s  %s\n", verb->name, verb->summary);
    }
    buf_add_text(out, "\nvault help VERB explains a verb. vault help TOPIC explains one of:\n");
    for (int i = 0; i < TOPICS; i++)
        buf_printf(out, "%s%s", i ? ", " : "", topics[i].name);
    buf_add_text(out, "\n");
}

enum status help_overview(const struct verb *all)
{
    struct buf out = {0};

    add_overview(&out, all);
    return write_help(&out, all);
}

enum status help_verb(const struct verb *all, const struct verb *verb)
{
    struct buf out = {0};

    add_verb(&out, verb);
    return write_help(&out, all);
}

enum status run_help(const struct args *args)
{
    const char *word = args->count > 0 ? args->operands[0] : NULL;
    const struct verb *verb;
    struct buf out = {0};
    size_t topic = 0;

    while (word && topic < TOPICS && strcmp(topics[topic].name, word) != 0)
        topic++;
    if (!word)
        return help_overview(args->verbs);
    if (topic < TOPICS && topics[topic].add) {
        topics[topic].add(&out);
    } else if (topic < TOPICS) {
        buf_add_text(&out, topics[topic].text);
    } else if ((verb = verb_find(args->verbs, word))) {
        add_verb(&out, verb);
    } else {
        return STATUS_USAGE;
    }
    return write_help(&out, args->verbs);
}

enum status run_version(const struct args *args)
{
    struct buf out = {0};
    enum status status;

    (void)args;
    buf_printf(&out, "vault %s, libsodium %s\n", vault_version(), sodium_version_string());
    status = write_buf(&out);
    buf_free(&out);
    return status;
}
