/* What an age plugin sends: as messages, and in both conversations. Whatever it is, a message is
 * read in one form only, each run has an end, and what is encrypted can be read again. */
#include "age/plugin.h"
#include "base/bech32.h"

#include "input.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILES = 3 };

struct plugin {
    struct input sends;
    size_t piece;
    bool runs;
};

static int start(void *user, const char *name, const char *machine)
{
    struct plugin *p = user;

    if (p->runs || strcmp(name, "fuzz") != 0 || !machine[0])
        abort();
    p->runs = true;
    return 0;
}

static int take(void *user, const char *bytes, size_t len)
{
    if (!((struct plugin *)user)->runs || len < 5 || memcmp(bytes, "-> ", 3) != 0)
        abort();
    return 0;
}

static int give(void *user, char *bytes, size_t size)
{
    struct plugin *p = user;
    size_t len = p->piece < size ? p->piece : size;

    len = len < p->sends.left ? len : p->sends.left;
    memcpy(bytes, p->sends.at, len);
    p->sends.at += len;
    p->sends.left -= len;
    return (int)len;
}

static void stop(void *user)
{
    if (!((struct plugin *)user)->runs)
        abort();
    ((struct plugin *)user)->runs = false;
}

/* Fit for a terminal. */
static void say(void *user, const char *name, const char *text)
{
    (void)user, (void)name;
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            abort();
}

static int confirm(void *user, const char *name, const char *text, const char *yes, const char *no)
{
    say(user, name, text);
    say(user, name, yes);
    say(user, name, no ? no : "");
    return !no;
}

static int ask(void *user, const char *name, const char *text, int is_secret, char *answer,
               size_t size)
{
    say(user, name, text);
    memset(answer, 'x', size);
    return is_secret ? (int)size : 0;
}

static void read_messages(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size}, before;
    struct plugin_message m;
    enum plugin_read result = PLUGIN_MESSAGE;

    while (rest.len > 0 && result == PLUGIN_MESSAGE) {
        struct buf again = {0}, words = {0};
        char *body;

        before = rest;
        result = plugin_message_read(&rest, &m);
        if (result != PLUGIN_MESSAGE) {
            if (!slice_equal(rest, before))
                abort();
            break;
        }
        body = malloc(m.len + 1);
        if (!body)
            abort();
        plugin_body(&m, body);
        buf_add_slice(&words, m.line);
        plugin_message_write(&again, buf_text(&words, ""), (struct slice){body, m.len});
        before.len -= rest.len;
        if (!slice_equal(buf_slice(&again), before))
            abort();
        free(body);
        buf_free(&again);
        buf_free(&words);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned char key[] = "the fuzzer's key";
    struct input in = {data, size};
    struct plugin plugin = {.piece = 1 + 16 * take_byte(&in)};
    struct age_plugins calls = {&plugin, start, take, give, stop, say, confirm, ask};
    char recipient_text[100], identity_text[100];
    struct age_recipient to;
    struct age_identity id;
    struct plugin_file files[FILES] = {{.stanzas = {"-> X25519 abc\n\n", 15}}};
    struct buf file = {0};
    struct slice stanzas;
    struct err err;
    size_t count;

    if (sodium_init() < 0)
        abort();
    read_messages(in.at, in.left);
    bech32_encode(recipient_text, "age1fuzz", key, sizeof key);
    bech32_encode(identity_text, "AGE-PLUGIN-FUZZ-", key, sizeof key);
    if (age_recipient_read(slice_of(recipient_text), &to, &err) != ERR_OK ||
        age_identity_read(slice_of(identity_text), &id, &err) != ERR_OK)
        abort();
    to.plugins = &calls;
    plugin.sends = in;
    if (age_encrypt(slice_of("plain"), &to, 1, &file, &err) == ERR_OK &&
        (age_header_stanzas(buf_slice(&file), &stanzas, &count, &err) != ERR_OK || count == 0))
        abort();
    plugin.sends = in;
    if (plugin_unwrap(&calls, &id, files, FILES, &err) == ERR_OK && plugin.sends.left == in.left)
        abort();
    if (plugin.runs)
        abort();
    buf_free(&file);
    return 0;
}
