/* help and version, from the table. */
#include "cli.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
} topics[] = {
    {"exit-status",
     "0  done\n"
     "1  failed\n"
     "2  usage: the command line is wrong\n"
     "3  locked: nothing that was given or found opens it\n"
     "4  not there: file, environment, secret, key, required key\n"
     "5  integrity: a seal, a value or a pin does not match\n"
     "6  conflict: the file holds conflict markers\n"
     "7  found: there is what exposed or verify --history looks for\n"
     "\n"
     "exec gives the command's own, and 125 when vault itself fails, 126 if the command cannot be\n"
     "run, 127 if it is not found.\n"},
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
     "An identity file is age's own or an OpenSSH ed25519 key without a passphrase. vault keygen\n"
     "makes one.\n"},
    {"environment",
     "VAULT_FILE             the vault, as with -f\n"
     "VAULT_ENV              the environment, as with -e\n"
     "VAULT_IDENTITY         the text of an identity file\n"
     "VAULT_IDENTITY_FILE    an identity file\n"
     "VAULT_PASSPHRASE       a passphrase\n"
     "VAULT_PASSPHRASE_FILE  a file with a passphrase\n"
     "VAULT_PIN              ENV=FINGERPRINT,…: the keys that environments must have\n"
     "VAULT_AUTHOR           who changes are by; else GIT_AUTHOR_EMAIL, else the reader's name\n"
     "XDG_CONFIG_HOME        holds vault/identity; else ~/.config\n"
     "XDG_STATE_HOME         holds vault/pins; else ~/.local/state\n"},
};

enum { TOPICS = sizeof topics / sizeof *topics };

static void add_option(struct buf *out, enum opt opt)
{
    const struct option *o = &options[opt];
    char text[64];

    snprintf(text, sizeof text, "--%s%s%s", o->name,
             o->takes == NO_VALUE      ? ""
             : o->takes == MAYBE_VALUE ? "[="
                                       : " ",
             o->takes == NO_VALUE ? "" : o->value);
    if (o->takes == MAYBE_VALUE)
        strcat(text, "]");
    if (o->letter)
        buf_printf(out, "  -%c, %-26s %s\n", o->letter, text, o->help);
    else
        buf_printf(out, "      %-26s %s\n", text, o->help);
}

static void add_verb(struct buf *out, const struct verb *verb)
{
    buf_printf(out, "usage: vault %s%s%s\n\n%s\n", verb->name, verb->operands[0] ? " " : "",
               verb->operands, verb->summary);
    if (verb->details)
        buf_printf(out, "\n%s", verb->details);
    buf_add_text(out, "\n");
    for (int i = 0; i < VERB_OPTIONS && verb->options[i]; i++)
        add_option(out, verb->options[i]);
    for (int i = 0; global_options[i]; i++)
        add_option(out, global_options[i]);
}

static void add_overview(struct buf *out)
{
    buf_add_text(out, "usage: vault VERB …\n");
    for (int i = 0; i < verb_count; i++) {
        if (verbs[i].group)
            buf_printf(out, "\n%s\n", verbs[i].group);
        buf_printf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
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
    status = write_buf(&out) ? DONE : FAILED;
    buf_free(&out);
    return status;
}

enum status run_help(const struct args *args)
{
    struct buf out = {0};
    enum status status = DONE;
    const struct verb *verb;
    int topic = 0;

    if (args->count == 0) {
        add_overview(&out);
    } else {
        while (topic < TOPICS && strcmp(topics[topic].name, args->operands[0]) != 0)
            topic++;
        if (topic < TOPICS) {
            buf_add_text(&out, topics[topic].text);
        } else {
            verb = find_verb(args->operands[0]);
            if (!verb)
                return USAGE;
            add_verb(&out, verb);
        }
    }
    status = write_buf(&out) ? DONE : FAILED;
    buf_free(&out);
    return status;
}

enum status run_version(const struct args *args)
{
    struct buf out = {0};
    enum status status;

    (void)args;
    buf_printf(&out, "vault %s, libsodium %s\n", vault_version(), sodium_version_string());
    status = write_buf(&out) ? DONE : FAILED;
    buf_free(&out);
    return status;
}
