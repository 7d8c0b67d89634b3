/* Words the hint for each of the library's reasons. The library knows neither the program's verbs
 * nor its name. */
#include "hints.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Braces enclose the program's name, an error detail, or stand for the braces of a template. */
static const char *const hints[] = {
    [VAULT_REASON_NAMES] = "a name has letters, digits and _, and does not begin with a digit",
    [VAULT_REASON_SSH_PASSPHRASE] = "on a terminal ssh-keygen asks for it, and {program} unlock "
                                    "keeps the key; ssh-agent cannot "
                                    "decrypt",
    [VAULT_REASON_MARKERS] = "{program} merge",
    [VAULT_REASON_CHANGED] = "git log -p shows who changed it",
    [VAULT_REASON_WORK_FACTOR] =
        "--work-factor {number} tries it, with {mib} MiB of memory: only if you expect that",
    [VAULT_REASON_WORK_FACTOR_MOST] =
        "no run allows more than {number}: {program} grant {name} --passphrase --replace",
    [VAULT_REASON_WORK] =
        "--work-factor {number} allows it: only if {program} readers shows whom you expect",
    [VAULT_REASON_WORK_MOST] = "an identity needs no stretching: {program} keygen makes one",
    [VAULT_REASON_NO_PASSPHRASE] = "type it on a terminal, or give it with --passphrase-file FILE",
    [VAULT_REASON_FILE_PASSPHRASE] =
        "type it on a terminal; {program} unlock keeps the key for programs that have none",
    [VAULT_REASON_PLUGIN] = "try again once age-plugin-{subject} works, or use another identity: "
                            "{program} whoami lists yours",
    [VAULT_REASON_PLUGIN_ABSENT] =
        "install age-plugin-{subject} in a folder that PATH names in full, from / on",
    [VAULT_REASON_PLUGINS_OFF] = "--no-plugins was given",
    [VAULT_REASON_NOT_GRANTED] = "ask a reader: {program} grant NAME {key} -e {env}{file}",
    [VAULT_REASON_PINS_UNREADABLE] =
        "it holds the keys that this machine has accepted; --pin ENV=FINGERPRINT does without it",
    [VAULT_REASON_OTHER_VAULT] = "ask the person who replaced the file, over another channel; if "
                                 "they did: {program} trust {env}",
    [VAULT_REASON_NEW_VAULT] =
        "if you expect it, name it: -f {subject}; or accept it permanently: {program} trust {env}",
    [VAULT_REASON_NEW_ENVIRONMENT] = "if you expect it, name it: -e {env}",
    [VAULT_REASON_KEY_TAKEN_BACK] =
        "if you restored the old file yourself, as with git checkout: {program} trust {env}; "
        "if not: git log -p vault.toml shows who did",
    [VAULT_REASON_KEY_OLDER] = "git pull; or, to read the older one once: --pin {env}={found}",
    [VAULT_REASON_KEY_GOES_BACK] =
        "git pull; or, to go back to the older key: {program} trust {env} --pin {env}={found}",
    [VAULT_REASON_KEY_REPLACED] =
        "ask a reader, outside the repository, what {program} verify -e {env} prints; "
        "if it is the same: {program} trust {env}",
    [VAULT_REASON_KEY_NOT_ASKED_FOR] =
        "was it rotated? ask a reader what {program} verify -e {env} prints, and pass that",
    [VAULT_REASON_LOCK_HELD] = "fuser -v {subject} shows which process; then try again",
    [VAULT_REASON_READ_ONLY] = "chmod u+w {subject}",
    [VAULT_REASON_MERGE_CIRCLE] = "{program} log -e {env} shows who made them",
    [VAULT_REASON_MERGE_KEY_UNKNOWN] = "ask a reader, outside the repository, which key is right; "
                                       "then check that version out, and: "
                                       "{program} trust {env}",
    [VAULT_REASON_MERGE_MARKERS] = "that version was committed with unresolved conflicts: "
                                   "fix it there, or keep the other one: git checkout --{subject}",
    [VAULT_REASON_MERGE_OTHER_VAULT] = "git log -p shows who put another file there",
    [VAULT_REASON_MERGE_TOO_LARGE] =
        "git checkout --ours vault.toml, or --theirs, takes one of them",
    [VAULT_REASON_MERGE_OPEN] =
        "{program} merge asks for each; {program} merge --ours and --theirs answer all",
    [VAULT_REASON_MERGE_OPEN_READERS] = "{program} merge asks for each; {program} merge --ours and "
                                        "--theirs answer all, but give no reader a key",
    [VAULT_REASON_FILE_ABSENT] = "{program} init makes one; -f FILE names another",
    [VAULT_REASON_FILE_OF_ANOTHER] = "if you trust it: -f {subject}",
    [VAULT_REASON_READABLE_BY_OTHERS] = "chmod 600 {subject}",
    [VAULT_REASON_KEY_FOR_PATH] = "VAULT_IDENTITY takes the key itself",
    [VAULT_REASON_IDENTITY_VARIABLE] =
        "VAULT_IDENTITY takes the key itself; VAULT_IDENTITY_FILE names a file",
    [VAULT_REASON_DISAGREE] = "name the secrets in the order you want: the later one wins",
    [VAULT_REASON_DANGEROUS] = "--except {name} leaves it out; --allow-dangerous={subject} sets it",
    [VAULT_REASON_ZERO_BYTE] = "--files puts the values into files",
    [VAULT_REASON_TOO_LONG] = "--files puts the values into files; --except {name} leaves it out",
    [VAULT_REASON_PLACE_WITHOUT_VALUE] =
        "{program} list -e {env}; {open}{open} writes a literal {open}",
    [VAULT_REASON_PLACE_AMBIGUOUS] = "name the secret too: {open} SECRET/NAME {close}",
    [VAULT_REASON_TEMPLATE_SYNTAX] =
        "a hole is {open} NAME {close} or {open} S/NAME | FILTER {close}; {open}{open} writes a "
        "literal {open}",
    [VAULT_REASON_TEMPLATE_MISSING] = "{program} set {secret}/{name} -e {env}",
    [VAULT_REASON_TEMPLATE_CIRCULAR] = "{program} edit -e {env} shows the templates",
    [VAULT_REASON_TEMPLATE_FILTER] =
        "json takes UTF-8, shell takes no zero byte; url and base64 take any value",
    [VAULT_REASON_TEMPLATE_LIMIT] = "{program} help templates",
    [VAULT_REASON_TEMPLATE_USES] =
        "{program} edit -e {env} changes the template and the rest at once",
    [VAULT_REASON_KEY_NOT_ACCEPTED] = "ask a reader, outside the repository, what {program} verify "
                                      "-e {env} prints, and pass that: --pin {env}=FINGERPRINT",
};

const char *hint_program(const char *name)
{
    static const char *called = "vault";

    if (name)
        called = name;
    return called;
}

bool hint_is_long(const char *key)
{
    enum { LONG = 200 };

    return strlen(key) > LONG;
}

/* The user's own public key, as one shell word. An SSH key contains a space. */
static void add_key(struct buf *out, const char *key)
{
    const char *quote = strchr(key, ' ') ? "'" : "";

    if (hint_is_long(key))
        buf_add_text(out, "FILE");
    else
        buf_printf(out, "%s%s%s", quote, key[0] ? key : "age1…", quote);
}

/* What FILE is. */
static void add_file(struct buf *out, const char *key)
{
    if (hint_is_long(key))
        buf_printf(out, ", where FILE has your public key: %s whoami", hint_program(NULL));
}

void hint_add_grant(struct buf *out, const char *key, const char *env)
{
    add_key(out, key);
    buf_printf(out, " -e %s", env);
    add_file(out, key);
}

static void add_detail(struct buf *out, const vault *v, struct slice name)
{
    static const struct {
        const char *name;
        vault_detail which;
    } details[] = {{"env", VAULT_DETAIL_ENV},      {"secret", VAULT_DETAIL_SECRET},
                   {"name", VAULT_DETAIL_NAME},    {"found", VAULT_DETAIL_FOUND},
                   {"known", VAULT_DETAIL_KNOWN},  {"subject", VAULT_DETAIL_SUBJECT},
                   {"number", VAULT_DETAIL_NUMBER}};

    for (size_t i = 0; i < sizeof details / sizeof *details; i++)
        if (slice_is(name, details[i].name))
            buf_add_text(out, vault_error_detail(v, details[i].which));
    if (slice_is(name, "program"))
        buf_add_text(out, hint_program(NULL));
    if (slice_is(name, "open"))
        buf_add_text(out, "{{");
    if (slice_is(name, "close"))
        buf_add_text(out, "}}");
    if (slice_is(name, "key"))
        add_key(out, vault_error_detail(v, VAULT_DETAIL_SUBJECT));
    if (slice_is(name, "file"))
        add_file(out, vault_error_detail(v, VAULT_DETAIL_SUBJECT));
    if (slice_is(name, "mib"))
        buf_printf(out, "%lu",
                   1UL << strtoul(vault_error_detail(v, VAULT_DETAIL_NUMBER), NULL, 10) >> 10);
}

bool has_hint(const vault *v)
{
    vault_reason reason = vault_error_reason(v);

    return (size_t)reason < sizeof hints / sizeof *hints && hints[reason];
}

void hint_of(const vault *v, struct buf *out)
{
    const char *at = has_hint(v) ? hints[vault_error_reason(v)] : "", *open;

    for (; (open = strchr(at, '{')); at = strchr(open, '}') + 1) {
        buf_add(out, at, (size_t)(open - at));
        add_detail(out, v, (struct slice){open + 1, strcspn(open + 1, "}")});
    }
    buf_add_text(out, at);
}
