/* help and version, from the table. */
#include "help.h"

#include "dangerous.h"
#include "kinds.h"
#include "table.h"
#include "ui/say.h"

#include "text/format/format.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static void add_formats(struct buf *out)
{
    buf_add_text(out,
                 "Who reads what export writes, and what the format cannot carry. What it cannot "
                 "is one\nerror, which names the keys. A zero byte is carried by k8s, json, yaml "
                 "and toml alone.\n\n");
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

static const struct {
    const char *name, *text;
    void (*add)(struct buf *out); /* in place of a text */
} topics[] = {
    {"exit-status",
     "0  done\n"
     "1  failed\n"
     "2  usage: the command line is wrong\n"
     "3  locked: nothing that was given or found opens it\n"
     "4  not there: file, environment, secret, key, required key\n"
     "5  integrity: a seal, a value or a pin does not match\n"
     "6  conflict: the file holds conflict markers, or a merge needs a person\n"
     "7  found: there is what exposed, scan, check --max-age or verify --history looks for\n"
     "8  guarded: a coding agent may not do this\n"
     "\n"
     "exec gives the command's own, and 125 when vault itself fails, 126 if the command cannot be\n"
     "run, 127 if it is not found.\n",
     NULL},
    {"keys",
     "What opens a vault is looked for in this order; what was given and opens nothing is an "
     "error.\n"
     "\n"
     "  --identity FILE, --passphrase-file FILE\n"
     "  VAULT_IDENTITY (the key itself), VAULT_IDENTITY_FILE, VAULT_PASSPHRASE,\n"
     "  VAULT_PASSPHRASE_FILE\n"
     "  the kernel's keyring, where vault unlock keeps what it opened\n"
     "  $XDG_CONFIG_HOME/vault/identity, then ~/.ssh/id_ed25519\n"
     "  a question on the terminal\n"
     "\n"
     "An identity file is age's own (vault keygen makes one) or an OpenSSH ed25519 key. If it is\n"
     "under a passphrase (keygen --passphrase, age -p), the terminal asks for it when nothing "
     "else\n"
     "opens the environment. For an SSH key ssh-keygen asks, if its public half is a reader "
     "there.\n",
     NULL},
    {"environment",
     "Of vault's own, one that is empty counts as not set. A flag goes before its variable.\n"
     "\n"
     "VAULT_FILE             the vault, as with -f\n"
     "VAULT_ENV              the environment, as with -e; but only -e names one that this machine\n"
     "                       has not seen in a vault that it knows\n"
     "VAULT_IDENTITY         the text of an identity file\n"
     "VAULT_IDENTITY_FILE    an identity file\n"
     "VAULT_PASSPHRASE       a passphrase\n"
     "VAULT_PASSPHRASE_FILE  a file with a passphrase\n"
     "VAULT_PIN              ENV=FINGERPRINT,…: the keys that environments must have\n"
     "VAULT_AUTHOR           who changes are by; else GIT_AUTHOR_EMAIL, else the reader's name\n"
     "VAULT_AGENT            guard: a coding agent runs this; off: none does, whatever AI_AGENT,\n"
     "                       CLAUDECODE, CURSOR_AGENT and their like say (man vault lists them)\n"
     "GIT_AUTHOR_EMAIL       see VAULT_AUTHOR; one that cannot be an author is passed over\n"
     "\n"
     "VISUAL, EDITOR         the editor of vault edit; else vi\n"
     "HOME                   where the search for vault.toml ends, and what follows begins\n"
     "SUDO_UID               under sudo: who may own the folders above this one, too\n"
     "XDG_CONFIG_HOME        holds vault/identity; else ~/.config\n"
     "XDG_STATE_HOME         holds vault/pins; else ~/.local/state\n"
     "XDG_RUNTIME_DIR        where plain text may stand in memory; else /dev/shm, …\n"
     "TMPDIR                 the temporary folder, if it is in memory or with --allow-disk\n"
     "PATH                   where exec finds its command\n"
     "USER, LOGNAME          your name as a reader of a vault that you make\n"
     "GITHUB_ENV             where export --format=github appends\n"
     "TERM                   with \"dumb\", long work does not show itself\n"
     "NO_COLOR               honoured: there are no colours\n",
     NULL},
    {"kinds", NULL, add_kinds},
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

    verb_option(verb, opt, &o);
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
    buf_add_text(out, verb->options[0] ? "\n" : "");
    for (const enum opt *opt = global_options; *opt; opt++)
        add_option(out, verb, *opt);
}

static void add_overview(struct buf *out, const struct verb *all)
{
    buf_add_text(out, "usage: vault VERB [OPTIONS] …\n");
    for (const struct verb *verb = all; verb->name; verb++) {
        if (verb->group)
            buf_printf(out, "\n%s\n", verb->group);
        buf_printf(out, "  %-10s %s\n", verb->name, verb->summary);
    }
    buf_add_text(out, "\nvault VERB -h says more, and so do");
    for (int i = 0; i < TOPICS; i++)
        buf_printf(out, "%s vault help %s", i ? "," : "", topics[i].name);
    buf_add_text(out, "\n");
}

enum status help_verb(const struct verb *verb)
{
    struct buf out = {0};
    enum status status;

    add_verb(&out, verb);
    status = write_buf(&out) ? STATUS_OK : STATUS_FAILED;
    buf_free(&out);
    return status;
}

enum status run_help(const struct args *args)
{
    struct buf out = {0};
    enum status status = STATUS_OK;
    const struct verb *verb;
    int topic = 0;

    if (args->count == 0) {
        add_overview(&out, args->verbs);
    } else {
        while (topic < TOPICS && strcmp(topics[topic].name, args->operands[0]) != 0)
            topic++;
        if (topic < TOPICS && topics[topic].add) {
            topics[topic].add(&out);
        } else if (topic < TOPICS) {
            buf_add_text(&out, topics[topic].text);
        } else {
            verb = verb_find(args->verbs, args->operands[0]);
            if (!verb)
                return STATUS_USAGE;
            add_verb(&out, verb);
        }
    }
    status = write_buf(&out) ? STATUS_OK : STATUS_FAILED;
    buf_free(&out);
    return status;
}

enum status run_version(const struct args *args)
{
    struct buf out = {0};
    enum status status;

    (void)args;
    buf_printf(&out, "vault %s, libsodium %s\n", vault_version(), sodium_version_string());
    status = write_buf(&out) ? STATUS_OK : STATUS_FAILED;
    buf_free(&out);
    return status;
}
