/* What to type next, for each reason that the library gives: it knows neither this program's verbs
 * nor its name. */
#include "hints.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In braces: the name by which the program was called, the error's details, and the braces of a
 * template. */
static const char *const hints[] = {
    [VAULT_REASON_NAMES] = "a name has letters, digits and _, and does not begin with a digit",
    [VAULT_REASON_SSH_PASSPHRASE] = "on a terminal ssh-keygen asks for it, and {program} unlock "
                                    "keeps the key; ssh-agent cannot "
                                    "decrypt",
    [VAULT_REASON_MARKERS] = "{program} merge",
    [VAULT_REASON_CHANGED] = "git log -p tells by whom",
    [VAULT_REASON_WORK_FACTOR] =
        "--work-factor {number} tries it, with {mib} MiB of memory: only if you expect that",
    [VAULT_REASON_WORK_FACTOR_MOST] =
        "no run allows more than {number}: {program} grant {name} --passphrase --replace",
    [VAULT_REASON_WORK] =
        "--work-factor {number} allows it: only if {program} readers shows whom you expect",
    [VAULT_REASON_WORK_MOST] = "an identity needs none of it: {program} keygen makes one",
    [VAULT_REASON_NO_PASSPHRASE] = "type it on a terminal, or give it with --passphrase-file FILE",
    [VAULT_REASON_FILE_PASSPHRASE] =
        "type it on a terminal; {program} unlock keeps the key for programs that have none",
    [VAULT_REASON_NOT_GRANTED] = "ask a reader: {program} grant NAME {key} -e {env}",
    [VAULT_REASON_PINS_UNREADABLE] =
        "what this machine has accepted stands there; --pin ENV=FINGERPRINT does without",
    [VAULT_REASON_OTHER_VAULT] =
        "ask whoever replaced the file, not by way of it; if they did: {program} trust {env}",
    [VAULT_REASON_NEW_VAULT] =
        "if you expect it, name it: -f {subject}; or for good: {program} trust {env}",
    [VAULT_REASON_NEW_ENVIRONMENT] = "if you expect it, name it: -e {env}",
    [VAULT_REASON_KEY_TAKEN_BACK] =
        "if you have taken it back yourself, as by git checkout: {program} trust {env} goes back; "
        "if not: git log -p vault.toml tells who has",
    [VAULT_REASON_KEY_OLDER] = "git pull; or, to read the older one for once: --pin {env}={found}",
    [VAULT_REASON_KEY_GOES_BACK] =
        "git pull; or, to go back to the older key: {program} trust {env} --pin {env}={found}",
    [VAULT_REASON_KEY_REPLACED] =
        "ask a reader, not by way of the repository, what {program} verify -e {env} shows there; "
        "if it is the same: {program} trust {env}",
    [VAULT_REASON_KEY_NOT_ASKED_FOR] =
        "was it rotated? compare with what {program} verify -e {env} shows a reader, and give that",
    [VAULT_REASON_LOCK_HELD] = "fuser -v {subject} tells which; then try again",
    [VAULT_REASON_READ_ONLY] = "chmod u+w {subject}",
    [VAULT_REASON_MERGE_CIRCLE] = "{program} log -e {env} tells who has made them",
    [VAULT_REASON_MERGE_KEY_UNKNOWN] =
        "ask a reader, not by way of the repository, which key is right; then check that version "
        "out, and: {program} trust {env}",
    [VAULT_REASON_MERGE_MARKERS] = "that version was committed before its own merge was answered: "
                                   "mend it there, or keep the other one: git checkout --{subject}",
    [VAULT_REASON_MERGE_OTHER_VAULT] = "git log -p tells who has put another file there",
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
    [VAULT_REASON_PLACE_WITHOUT_VALUE] = "{program} list -e {env}; {open}{open} is written for a "
                                         "{open} of the text's own",
    [VAULT_REASON_PLACE_AMBIGUOUS] = "name the secret too: {open} SECRET/KEY {close}",
};

const char *hint_program(const char *name)
{
    static const char *called = "vault";

    if (name)
        called = name;
    return called;
}

/* One's own public key, as a word to the shell; SSH's has a space. */
static void add_key(struct buf *out, const char *key)
{
    const char *quote = strchr(key, ' ') ? "'" : "";

    buf_printf(out, "%s%s%s", quote, key[0] ? key : "age1…", quote);
}

static void add_detail(struct buf *out, const vault *v, struct slice name)
{
    static const struct {
        const char *name;
        vault_detail which;
    } details[] = {{"env", VAULT_DETAIL_ENV},         {"name", VAULT_DETAIL_NAME},
                   {"found", VAULT_DETAIL_FOUND},     {"known", VAULT_DETAIL_KNOWN},
                   {"subject", VAULT_DETAIL_SUBJECT}, {"number", VAULT_DETAIL_NUMBER}};

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
