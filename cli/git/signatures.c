/* The signatures of commits, as git checks them.
 *
 * git starts the program that the configuration names, and a repository's own configuration may be
 * an attacker's. MUST: name each program here, and the list of allowed signers, which comes from
 * the user's configuration alone. */
#include "signatures.h"

#include "run/program.h"
#include "ui/io.h"
#include "ui/say.h"

#include "base/base64.h"
#include "base/text.h"

#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMAT "--format=%H%x00%G?%x00%GS%x00%GF%x00"

/* ---- asking git ---- */

/* The user's own list of allowed signers, or one that is empty. */
static enum status find_allowed(const struct history *h, struct buf *setting)
{
    static const char *const question[] = {
        "config", "--global", "--type=path", "--get", "gpg.ssh.allowedSignersFile", NULL};
    struct buf answer = {0};
    int status = git_output(h->folder, question, &answer);
    const char *path = status == 0 ? git_line(&answer) : NULL;

    buf_printf(setting, "gpg.ssh.allowedSignersFile=%s",
               path && path[0] == '/' && access(path, R_OK) == 0 ? path : "/dev/null");
    buf_add(setting, "", 1);
    buf_free(&answer);
    return status < 0 ? STATUS_FAILED : buf_ok(setting) ? STATUS_OK : say_no_memory();
}

static void add_program(struct buf *setting, const char *name, const char *program)
{
    char path[PATH_MAX];

    buf_printf(setting, "%s=%s", name, program_find(program, path, sizeof path) ? path : "false");
    buf_add(setting, "", 1);
}

static enum status ask(struct signatures *s, const struct history *h, const char *const *settings)
{
    const char *const command[] = {"-c",
                                   settings[0],
                                   "-c",
                                   settings[1],
                                   "-c",
                                   settings[2],
                                   "-c",
                                   settings[3],
                                   "-c",
                                   "gpg.x509.program=false",
                                   "-c",
                                   "log.showSignature=false",
                                   "log",
                                   "--no-walk=unsorted",
                                   "--stdin",
                                   "--no-color",
                                   "--encoding=UTF-8",
                                   FORMAT,
                                   NULL};
    struct buf ids = {0};
    enum status status = STATUS_FAILED;
    struct git g;
    bool good;

    for (size_t i = 0; i < h->count; i++)
        buf_printf(&ids, "%s\n", h->commits[i].id);
    if (!buf_ok(&ids)) {
        say_no_memory();
    } else if (git_start(h->folder, command, GIT_READ | GIT_WRITE | GIT_QUIET, &g)) {
        good = git_write(&g, ids.data, ids.len);
        close(g.in);
        g.in = -1;
        good = good && read_bytes(g.out, SIZE_MAX - 1, &s->text);
        status = git_end(&g) == 0 && good && buf_ok(&s->text)
                     ? STATUS_OK
                     : git_say_missing(h->folder, "git log failed");
    }
    buf_free(&ids);
    return status;
}

/* ---- reading the answer ---- */

/* MUST: only what git calls good for this user, or valid under a key that the caller compares. "U"
 * is also what gpg says of a key that it has and does not trust. */
static enum signature_state state_of(const char *letter, const char *key)
{
    switch (letter[0]) {
    case 'N':
        return SIGNATURE_NONE;
    case 'G':
        return SIGNATURE_GOOD;
    case 'U':
        return strncmp(key, "SHA256:", 7) == 0 ? SIGNATURE_VALID : SIGNATURE_UNKNOWN;
    case 'B':
    case 'R':
        return SIGNATURE_BAD;
    default:
        return SIGNATURE_UNKNOWN;
    }
}

static const char *take_field(const char **at, const char *end)
{
    const char *field = *at, *zero = memchr(field, '\0', (size_t)(end - field));

    if (zero)
        *at = zero + 1;
    return zero ? field : NULL;
}

static enum status read_answer(struct signatures *s)
{
    const char *at = s->text.data, *end = at + s->text.len;

    while (at && at < end) {
        const char *id, *letter = NULL, *signer = NULL, *key = NULL;
        struct signature *all;
        size_t *place;

        if (*at == '\n' && ++at == end)
            break;
        id = take_field(&at, end);
        if (id && (letter = take_field(&at, end)) && (signer = take_field(&at, end)))
            key = take_field(&at, end);
        if (!key)
            return say_error(STATUS_FAILED, "cannot read the output of git log");
        all = list_grow(s->list, s->count, sizeof *all);
        place = all ? hashtable_number(&s->places, slice_of(id)) : NULL;
        if (all)
            s->list = all;
        if (!place)
            return say_no_memory();
        all[s->count] = (struct signature){state_of(letter, key), signer, key};
        *place = ++s->count;
    }
    return STATUS_OK;
}

enum status signatures_read(struct signatures *s, const struct history *h)
{
    static const char *const names[] = {"gpg.ssh.program", "gpg.program", "gpg.openpgp.program"};
    static const char *const programs[] = {"ssh-keygen", "gpg", "gpg"};
    enum { NAMES = sizeof names / sizeof *names };
    struct buf all[NAMES + 1] = {{0}, {0}, {0}, {0}};
    const char *settings[NAMES + 1];
    enum status status = find_allowed(h, &all[NAMES]);

    for (size_t i = 0; i < NAMES; i++)
        add_program(&all[i], names[i], programs[i]);
    for (size_t i = 0; i <= NAMES && status == STATUS_OK; i++) {
        settings[i] = all[i].data;
        if (!buf_ok(&all[i]))
            status = say_no_memory();
    }
    NEXT(status, ask(s, h, settings));
    NEXT(status, read_answer(s));
    for (size_t i = 0; i <= NAMES; i++)
        buf_free(&all[i]);
    return status;
}

void signatures_free(struct signatures *s)
{
    hashtable_free(&s->places);
    free(s->list);
    buf_free(&s->text);
}

struct signature signature_of(const struct signatures *s, const char *commit)
{
    size_t place = hashtable_find(&s->places, slice_of(commit));

    return place > 0 ? s->list[place - 1] : (struct signature){SIGNATURE_NONE, "", ""};
}

/* ---- keys ---- */

void signature_key(const char *public_key, char fingerprint[SIGNATURE_KEY])
{
    const char *text = strncmp(public_key, "ssh-", 4) == 0 ? strchr(public_key, ' ') : NULL;
    unsigned char blob[128], hash[crypto_hash_sha256_BYTES];
    size_t len = text ? strcspn(++text, " ") : 0;

    fingerprint[0] = '\0';
    if (!text || BASE64_DECODED(len) > sizeof blob || !base64_decode(blob, text, len))
        return;
    crypto_hash_sha256(hash, blob, BASE64_DECODED(len));
    memcpy(fingerprint, "SHA256:", 7);
    base64_encode(fingerprint + 7, hash, sizeof hash);
    fingerprint[7 + BASE64_ENCODED(sizeof hash)] = '\0';
}

const char *signature_word(enum signature_state state)
{
    static const char *const words[] = {[SIGNATURE_NONE] = "unsigned",
                                        [SIGNATURE_GOOD] = "good",
                                        [SIGNATURE_VALID] = "valid",
                                        [SIGNATURE_UNKNOWN] = "unknown",
                                        [SIGNATURE_BAD] = "bad"};

    return words[state];
}
