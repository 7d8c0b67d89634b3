/* The protocol of age's plugins: messages as they arrive, and conversations with a plugin that is a
 * list of what it sends. */
#include "tap.h"

#include "age/plugin.h"
#include "base/bech32.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- messages ---- */

static enum plugin_read read_text(const char *text, struct plugin_message *m)
{
    struct slice rest = slice_of(text);

    return plugin_message_read(&rest, m);
}

static void test_messages(void)
{
    static const char *const bad[] = {
        "->\n\n",    "-> \n\n",     "->  a\n\n",   "-> a  b\n\n",  "-> a \n\n",
        "- a\n\n",   "-> a\tb\n\n", "-> \x80\n\n", "-> a\nAAA=\n", "-> a\nA\n",
        "-> a\n!\n", "-> a\nAB\n",  "-> a\r\n\n",  "hello\n",      "-> a\nAAAA AAAA\n",
    };
    static const char *const more[] = {"", "-", "-> a", "-> a\n", "-> a\nAAAA"};
    struct plugin_message m;
    struct buf text = {0};
    struct slice rest;
    char bytes[200];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check(read_text(bad[i], &m) == PLUGIN_MALFORMED, "no message: %zu", i);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        check(read_text(more[i], &m) == PLUGIN_MORE, "its end is missing: %zu", i);
    for (size_t len = 0; len <= 100; len++) {
        char data[100];
        bool right;

        memset(data, (int)len, sizeof data);
        buf_clear(&text);
        plugin_message_write(&text, "word and 2", (struct slice){data, len});
        buf_add_text(&text, "-> next\n\n");
        rest = buf_slice(&text);
        right = plugin_message_read(&rest, &m) == PLUGIN_MESSAGE && m.len == len &&
                slice_is(plugin_argument(&m, 0), "word") && slice_is(plugin_argument(&m, 2), "2") &&
                plugin_argument(&m, 3).len == 0 && slice_is(rest, "-> next\n\n");
        if (right)
            plugin_body(&m, bytes);
        if (!right || memcmp(bytes, data, len) != 0)
            check(false, "%zu bytes come back", len);
        for (size_t cut = 0; right && cut < text.len - strlen("-> next\n\n"); cut++) {
            rest = (struct slice){text.data, cut};
            if (plugin_message_read(&rest, &m) != PLUGIN_MORE)
                check(false, "%zu bytes, cut at %zu", len, cut);
        }
    }
    check(true, "what is written can be read, and not sooner");
    buf_clear(&text);
    buf_add_text(&text, "-> a\n");
    for (int i = 0; i < PLUGIN_MESSAGE_MAX / 64; i++)
        buf_add_text(&text, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
    rest = buf_slice(&text);
    check(plugin_message_read(&rest, &m) == PLUGIN_MALFORMED,
          "a long one is refused before its end");
    buf_free(&text);
}

/* ---- conversations ---- */

struct script {
    const char *sends;
    size_t at, piece; /* how much it sends at once */
    struct buf heard; /* what it was sent */
    int starts, stops, said, ended;
    const char *name, *machine;
    int start_result, read_end; /* what read returns at the end of `sends` */
};

static int start(void *user, const char *name, const char *machine)
{
    struct script *s = user;

    s->starts++;
    s->name = name;
    s->machine = machine;
    s->at = 0;
    return s->start_result;
}

static int take(void *user, const char *bytes, size_t len)
{
    buf_add(&((struct script *)user)->heard, bytes, len);
    return 0;
}

static int give(void *user, char *bytes, size_t size)
{
    struct script *s = user;
    size_t left = strlen(s->sends) - s->at, len = s->piece < size ? s->piece : size;

    if (left == 0)
        return s->read_end;
    len = len < left ? len : left;
    memcpy(bytes, s->sends + s->at, len);
    s->at += len;
    return (int)len;
}

static void stop(void *user)
{
    ((struct script *)user)->stops++;
}

static void say(void *user, const char *name, const char *text)
{
    struct script *s = user;

    (void)name;
    s->said += strchr(text, 0x1B) == NULL;
}

static int confirm(void *user, const char *name, const char *text, const char *yes, const char *no)
{
    (void)user, (void)name;
    return strcmp(text, "abc") == 0 && strcmp(yes, "yes") == 0 && no && strcmp(no, "no") == 0 ? 0
                                                                                              : 1;
}

static int ask(void *user, const char *name, const char *text, int is_secret, char *answer,
               size_t size)
{
    (void)user, (void)name, (void)text, (void)size;
    memcpy(answer, is_secret ? "pin" : "out", 3);
    return 3;
}

static struct age_plugins plugins_of(struct script *s)
{
    return (struct age_plugins){s, start, take, give, stop, say, confirm, ask};
}

static char recipient_text[200], identity_text[200];
static struct age_recipient recipient;
static struct age_identity identity;

static const char stanza[] = "-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc\n"
                             "EmECAEcKN+n/Vs9SbWiV+Hu0r+E8R77DdWYyd83nw7U\n";

static enum err_code unwrap(struct script *s, struct plugin_file *files, size_t count,
                            struct err *err)
{
    struct age_plugins plugins = plugins_of(s);

    s->piece = s->piece ? s->piece : 7;
    for (size_t i = 0; i < count; i++)
        files[i].stanzas = slice_of(stanza);
    return plugin_unwrap(&plugins, &identity, files, count, err);
}

static bool heard(const struct script *s, const char *text)
{
    struct slice all = buf_slice(&s->heard);
    size_t len = strlen(text);

    for (; all.len >= len; all.at++, all.len--)
        if (memcmp(all.at, text, len) == 0)
            return true;
    return false;
}

static void test_unwrap(void)
{
    struct script s = {.sends = "-> msg\nG1s\n-> confirm eWVz bm8\nYWJj\n-> request-public\n\n"
                                "-> request-secret\n\n-> what\n\n-> error stanza 0 0\nYQ\n"
                                "-> file-key 1\nWUVMTE9XIFNVQk1BUklORQ\n-> done\n\n"};
    struct plugin_file files[2];
    struct err err;

    for (s.piece = 1; s.piece < 5000; s.piece = s.piece * 3 + 1) {
        s.heard.len = 0;
        s.said = 0;
        check(unwrap(&s, files, 2, &err) == ERR_OK && !files[0].is_opened && files[1].is_opened &&
                  memcmp(files[1].key, "YELLOW SUBMARINE", AGE_FILE_KEY) == 0,
              "a file key, in pieces of %zu", s.piece);
    }
    check(strcmp(s.name, "test") == 0 && strcmp(s.machine, "identity-v1") == 0 &&
              s.starts == s.stops,
          "started for its name, and stopped");
    check(heard(&s, "-> add-identity AGE-PLUGIN-TEST-1") &&
              heard(&s, "-> recipient-stanza 0 X25519 TEiF0ypqr") &&
              heard(&s, "-> recipient-stanza 1 X25519 TEiF0ypqr") && heard(&s, "-> done\n\n"),
          "it is sent the identity and all stanzas");
    check(s.said == 1 && heard(&s, "-> ok no\n\n") && heard(&s, "-> ok\nb3V0\n") &&
              heard(&s, "-> ok\ncGlu\n") && heard(&s, "-> unsupported\n\n"),
          "and answers");
    buf_free(&s.heard);
}

/* What a plugin may not send: ERR_LOCKED, with the reason. */
static void test_lies(void)
{
    static const char *const lies[] = {
        "-> file-key 2\nWUVMTE9XIFNVQk1BUklORQ\n-> done\n\n",
        "-> file-key -1\nWUVMTE9XIFNVQk1BUklORQ\n-> done\n\n",
        "-> file-key 00\nWUVMTE9XIFNVQk1BUklORQ\n-> done\n\n",
        "-> file-key 18446744073709551616\nWUVMTE9XIFNVQk1BUklORQ\n-> done\n\n",
        "-> file-key 0 0\nWUVMTE9XIFNVQk1BUklORQ\n-> done\n\n",
        "-> file-key\nWUVMTE9XIFNVQk1BUklORQ\n-> done\n\n",
        "-> file-key 0\nWUVMTE9XIFNVQk1BUklORQ\n-> file-key 0\nWUVMTE9XIFNVQk1BUklORQ\n-> done\n\n",
        "-> file-key 0\nWUVMTE9XIFNVQk1BUklO\n-> done\n\n",
        "-> file-key 0\nWUVMTE9XIFNVQk1BUklORUVF\n-> done\n\n",
        "-> file-key 0\n\n-> done\n\n",
        "-> error internal\nYQ\n",
        "-> error identity 0\n\n",
        "-> error\n\n",
        "hello\n",
        "\n",
        "",
        "-> file-key 0\nWUVM",
    };
    struct script s = {.read_end = 0};
    struct plugin_file files[2];
    struct err err;

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        s.sends = lies[i];
        check(unwrap(&s, files, 2, &err) == ERR_LOCKED && err.reason == ERR_REASON_PLUGIN &&
                  strcmp(err_get(&err, ERR_SUBJECT), "test") == 0 && s.starts == s.stops,
              "refused: %zu", i);
    }
    s.sends = "";
    s.read_end = PLUGIN_LATE;
    check(unwrap(&s, files, 2, &err) == ERR_LOCKED && strstr(err.text, "does not answer"),
          "a time-out");
    s.start_result = PLUGIN_ABSENT;
    check(unwrap(&s, files, 2, &err) == ERR_LOCKED && err.reason == ERR_REASON_PLUGIN_ABSENT,
          "one that is missing");
    s.start_result = PLUGIN_FAILED;
    check(unwrap(&s, files, 2, &err) == ERR_LOCKED && err.reason == ERR_REASON_PLUGIN,
          "one that cannot be started");
    check(plugin_unwrap(NULL, &identity, files, 2, &err) == ERR_LOCKED &&
              err.reason == ERR_REASON_PLUGINS_OFF,
          "plugins that are off");
    buf_free(&s.heard);
}

static void test_floods(void)
{
    struct script s = {.piece = 4096};
    struct plugin_file files[1];
    struct buf text = {0};
    struct err err;

    for (int i = 0; i <= PLUGIN_SPOKEN_MAX; i++)
        buf_add_text(&text, "-> msg\n\n");
    s.sends = buf_text(&text, "");
    check(unwrap(&s, files, 1, &err) == ERR_LOCKED && s.said == PLUGIN_SPOKEN_MAX,
          "no more is said than a person reads");
    buf_clear(&text);
    for (int i = 0; i <= PLUGIN_MESSAGES_MAX; i++)
        buf_add_text(&text, "-> x\n\n");
    s.sends = buf_text(&text, "");
    check(unwrap(&s, files, 1, &err) == ERR_LOCKED && strstr(err.text, "more than is taken"),
          "nor are more messages taken");
    buf_free(&text);
    buf_free(&s.heard);
}

static enum err_code wrap(struct script *s, struct buf *header, struct err *err)
{
    static const unsigned char file_key[AGE_FILE_KEY + 1] = "YELLOW SUBMARINE";
    struct age_plugins plugins = plugins_of(s);

    s->piece = 100;
    return plugin_wrap(&plugins, &recipient, file_key, header, err);
}

static void test_wrap(void)
{
    static const char *const lies[] = {
        "-> done\n\n",
        "-> recipient-stanza 1 a\n\n-> done\n\n",
        "-> recipient-stanza 0\n\n-> done\n\n",
        "-> recipient-stanza\n\n-> done\n\n",
        "-> recipient-stanza 0 scrypt AAAA 10\n\n-> done\n\n",
        "-> labels a\n\n-> labels a\n\n-> recipient-stanza 0 a\n\n-> done\n\n",
        "-> recipient-stanza 0 a\n\n",
        "-> error recipient 0\nYQ\n-> done\n\n",
    };
    struct script s = {.sends = "-> recipient-stanza 0 test arg\nQUJD\n-> labels postquantum\n\n"
                                "-> recipient-stanza 0 more\n\n-> done\n\n"};
    struct buf header = {0};
    struct err err;

    check(wrap(&s, &header, &err) == ERR_OK &&
              slice_is(buf_slice(&header), "-> test arg\nQUJD\n-> more\n\n"),
          "the stanzas of a plugin");
    check(strcmp(s.machine, "recipient-v1") == 0 && heard(&s, recipient_text) &&
              heard(&s, "-> wrap-file-key\nWUVMTE9XIFNVQk1BUklORQ\n") &&
              heard(&s, "-> extension-labels\n\n"),
          "for the recipient and the file key that it was sent");
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        buf_clear(&header);
        s.sends = lies[i];
        check(wrap(&s, &header, &err) == ERR_FAILED && header.len == 0 && s.starts == s.stops,
              "nothing is wrapped: %zu", i);
    }
    buf_free(&header);
    buf_free(&s.heard);
}

/* ---- keys ---- */

static void test_keys(void)
{
    struct age_recipient again;
    struct age_identity *ids;
    struct arena arena = {0};
    struct buf text = {0}, written = {0};
    struct err err;
    size_t count;

    check(strcmp(age_recipient_kind(&recipient), "plugin") == 0 &&
              strcmp(age_recipient_plugin(&recipient), "test") == 0 &&
              strcmp(age_identity_plugin(&identity), "test") == 0,
          "the plugin that a key names");
    age_recipient_write(&recipient, &written);
    check(slice_is(buf_slice(&written), recipient_text) &&
              age_recipient_read(buf_slice(&written), &again, &err) == ERR_OK &&
              age_recipient_equal(&again, &recipient) && !age_recipient_is_pq(&again),
          "a public key comes back");
    check(!age_recipient_is_known(&identity.self) &&
              !age_recipient_equal(&identity.self, &identity.self),
          "an identity alone has none, which equals none");
    buf_printf(&text, "#  Name: x\n#    Recipient: %s\n%s\n", recipient_text, identity_text);
    check(age_identity_file_read(buf_slice(&text), &arena, &ids, &count, &err) == ERR_OK &&
              count == 1 && age_recipient_equal(&ids[0].self, &recipient) && !ids[0].claimed,
          "a comment above it has it");
    memset(text.data, 'x', text.len);
    check(slice_is(ids[0].text, identity_text) && slice_is(ids[0].self.text, recipient_text),
          "the arena keeps both");
    arena_free(&arena);
    buf_free(&text);
    buf_free(&written);
}

int main(void)
{
    static const unsigned char data[] = "what the plugin has there";
    struct err err;

    if (sodium_init() < 0)
        return 1;
    bech32_encode(recipient_text, "age1test", data, sizeof data);
    bech32_encode(identity_text, "AGE-PLUGIN-TEST-", data, sizeof data);
    if (age_recipient_read(slice_of(recipient_text), &recipient, &err) != ERR_OK ||
        age_identity_read(slice_of(identity_text), &identity, &err) != ERR_OK)
        return 1;
    test_messages();
    test_unwrap();
    test_lies();
    test_floods();
    test_wrap();
    test_keys();
    return tap_done();
}
