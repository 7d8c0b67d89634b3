/* age's plugins: the protocol's messages, and the two conversations. */
#include "plugin.h"

#include "base/base64.h"
#include "base/bech32.h"
#include "base/text.h"
#include "kind.h"

#include <sodium.h>
#include <string.h>

#define RECIPIENT "age1"
#define IDENTITY "AGE-PLUGIN-"
#define PQ_IDENTITY "AGE-SECRET-KEY-PQ-"
#ifndef AGE_HAS_PQ
#define NEEDS_XWING                                                                               \
    "a post-quantum key needs libsodium 1.0.22 or newer (this program has " SODIUM_VERSION_STRING \
    "), or a plugin: "
#endif

enum { COLUMNS = 64, BYTES = COLUMNS / 4 * 3, READ_AT_ONCE = 4096, TEXT_SHOWN = 600 };

/* ---- messages ---- */

/* A line without its newline. PLUGIN_MORE: there is none yet. */
static enum plugin_read next_line(struct slice *rest, struct slice *line)
{
    const char *end = rest->len > 0 ? memchr(rest->at, '\n', rest->len) : NULL;

    if (!end)
        return rest->len < PLUGIN_MESSAGE_MAX ? PLUGIN_MORE : PLUGIN_MALFORMED;
    *line = (struct slice){rest->at, (size_t)(end - rest->at)};
    rest->at += line->len + 1;
    rest->len -= line->len + 1;
    return PLUGIN_MESSAGE;
}

/* Words of visible ASCII with one space between them. */
static bool are_words(struct slice line)
{
    char before = ' ';

    for (size_t i = 0; i < line.len; i++) {
        char c = line.at[i];

        if (c < 0x20 || c > 0x7E || (c == ' ' && before == ' '))
            return false;
        before = c;
    }
    return before != ' ';
}

enum plugin_read plugin_message_read(struct slice *rest, struct plugin_message *m)
{
    struct slice left = *rest, line = {"", 0};
    unsigned char bytes[BYTES + 3];
    enum plugin_read result = next_line(&left, &line);

    *m = (struct plugin_message){.len = 0};
    if (result != PLUGIN_MESSAGE)
        return result;
    m->line = (struct slice){line.at + 3, line.len < 3 ? 0 : line.len - 3};
    m->body = (struct slice){left.at, 0};
    if (!slice_begins(line, "-> ") || !are_words(m->line))
        return PLUGIN_MALFORMED;
    do {
        result = next_line(&left, &line);
        if (result != PLUGIN_MESSAGE)
            break;
        if (left.at - m->body.at > PLUGIN_MESSAGE_MAX || line.len > COLUMNS ||
            !base64_decode(bytes, line.at, line.len))
            result = PLUGIN_MALFORMED;
        m->len += BASE64_DECODED(line.len);
    } while (result == PLUGIN_MESSAGE && line.len == COLUMNS);
    sodium_memzero(bytes, sizeof bytes);
    m->body.len = (size_t)(left.at - m->body.at);
    if (result == PLUGIN_MESSAGE)
        *rest = left;
    return result;
}

struct slice plugin_argument(const struct plugin_message *m, size_t place)
{
    struct slice rest = m->line, word = {"", 0};

    for (size_t i = 0; i <= place; i++) {
        const char *space = rest.len > 0 ? memchr(rest.at, ' ', rest.len) : NULL;

        word = rest;
        rest = (struct slice){"", 0};
        if (space) {
            rest = (struct slice){space + 1, word.len - (size_t)(space + 1 - word.at)};
            word.len = (size_t)(space - word.at);
        }
    }
    return word;
}

void plugin_body(const struct plugin_message *m, char *bytes)
{
    struct slice rest = m->body, line;

    while (text_next_line(&rest, &line))
        if (base64_decode(bytes, line.at, line.len)) /* which it was before */
            bytes += BASE64_DECODED(line.len);
}

void plugin_message_write(struct buf *out, const char *arguments, struct slice body)
{
    char text[COLUMNS];
    size_t len;

    buf_add_text(out, "-> ");
    buf_add_text(out, arguments);
    buf_add_text(out, "\n");
    do {
        len = body.len < BYTES ? body.len : BYTES;
        base64_encode(text, body.at, len);
        buf_add(out, text, BASE64_ENCODED(len));
        buf_add_text(out, "\n");
        body.at += len;
        body.len -= len;
    } while (len == BYTES);
    sodium_memzero(text, sizeof text);
}

/* ---- a run ---- */

struct run {
    const struct age_plugins *plugins;
    const char *name;
    struct buf read; /* from `at` on, what it has sent and nobody has looked at */
    size_t at, total, messages, spoken;
    struct err *err;
    enum err_code failure; /* the code of an error: ERR_LOCKED, or ERR_FAILED to wrap */
};

static enum err_code fail(struct run *r, const char *what)
{
    err_set(r->err, r->failure, "age-plugin-%s %s", r->name, what);
    err_because(r->err, ERR_REASON_PLUGIN);
    err_detail_text(r->err, ERR_SUBJECT, r->name);
    return r->failure;
}

static enum err_code send(struct run *r, const struct buf *text)
{
    if (!buf_ok(text))
        return err_no_memory(r->err);
    if (r->plugins->write(r->plugins->user, text->data, text->len) != 0)
        return fail(r, "has ended before it was asked");
    return ERR_OK;
}

static enum err_code read_more(struct run *r)
{
    char *room;
    int got;

    if (r->at > 0) {
        memmove(r->read.data, r->read.data + r->at, r->read.len - r->at);
        r->read.len -= r->at;
        r->at = 0;
    }
    room = buf_reserve(&r->read, READ_AT_ONCE);
    if (!room)
        return err_no_memory(r->err);
    got = r->plugins->read(r->plugins->user, room, READ_AT_ONCE);
    if (got == 0)
        return fail(r, "has ended in the middle of the conversation");
    if (got < 0)
        return fail(r, got == PLUGIN_LATE ? "does not answer: it was ended"
                                          : "cannot be read from: it was ended");
    r->read.len += (size_t)got;
    r->total += (size_t)got;
    return r->total > PLUGIN_SENT_MAX ? fail(r, "sends more than is taken: it was ended") : ERR_OK;
}

/* The message lasts until the next one is received. */
static enum err_code receive(struct run *r, struct plugin_message *m)
{
    for (;;) {
        struct slice rest = {"", 0};
        enum plugin_read result = PLUGIN_MORE;
        enum err_code code;

        if (r->read.len > r->at) {
            rest = (struct slice){r->read.data + r->at, r->read.len - r->at};
            result = plugin_message_read(&rest, m);
        }
        if (result == PLUGIN_MALFORMED)
            return fail(r, "sends what is no message of a plugin");
        if (result == PLUGIN_MESSAGE) {
            r->at = r->read.len - rest.len;
            return ++r->messages <= PLUGIN_MESSAGES_MAX
                       ? ERR_OK
                       : fail(r, "sends more than is taken: it was ended");
        }
        code = read_more(r);
        if (code != ERR_OK)
            return code;
    }
}

static enum err_code reply_with(struct run *r, const char *arguments, struct slice body)
{
    struct buf text = BUF_SECRET;
    enum err_code code;

    plugin_message_write(&text, arguments, body);
    code = send(r, &text);
    buf_free(&text);
    return code;
}

static enum err_code reply(struct run *r, const char *arguments)
{
    return reply_with(r, arguments, (struct slice){"", 0});
}

/* What it has sent for a person, fit for a terminal, and short. */
static void shown(const struct plugin_message *m, struct buf *text)
{
    char *bytes;
    struct buf plain = {0};

    bytes = buf_reserve(&plain, m->len + 3);
    if (bytes) {
        plugin_body(m, bytes);
        text_escape(text, (struct slice){bytes, m->len}, TEXT_SHOWN);
    }
    buf_free(&plain);
}

/* A label of a question: an argument in base64. NULL: there is none. */
static const char *label(const struct plugin_message *m, size_t place, struct buf *text)
{
    enum { LABEL = 64 };
    struct slice base64 = plugin_argument(m, place);
    char bytes[BASE64_DECODED(2 * LABEL) + 3];

    if (base64.len == 0 || base64.len > LABEL || !base64_decode(bytes, base64.at, base64.len))
        return NULL;
    text_escape(text, (struct slice){bytes, BASE64_DECODED(base64.len)}, LABEL);
    return buf_text(text, NULL);
}

static enum err_code confirm(struct run *r, const struct plugin_message *m, const char *text)
{
    struct buf yes = {0}, no = {0};
    const char *good = label(m, 1, &yes), *bad = label(m, 2, &no);
    int answer = -1;

    if (good && r->plugins->confirm)
        answer = r->plugins->confirm(r->plugins->user, r->name, text, good, bad);
    buf_free(&yes);
    buf_free(&no);
    return reply(r, answer == 1 ? "ok yes" : answer == 0 && bad ? "ok no" : "fail");
}

static enum err_code ask(struct run *r, const char *text, bool is_secret)
{
    struct buf typed = BUF_SECRET;
    char *answer = buf_reserve(&typed, PLUGIN_ANSWER_MAX);
    int len = PLUGIN_NOBODY;
    enum err_code code;

    if (answer && r->plugins->ask)
        len =
            r->plugins->ask(r->plugins->user, r->name, text, is_secret, answer, PLUGIN_ANSWER_MAX);
    code = len < 0 || len > PLUGIN_ANSWER_MAX
               ? reply(r, "fail")
               : reply_with(r, "ok", (struct slice){answer, (size_t)len});
    buf_free(&typed);
    return code;
}

/* Its own words, behind its name. */
static enum err_code its_error(struct run *r, const char *text)
{
    err_set(r->err, r->failure, "age-plugin-%s: %s", r->name, text[0] ? text : "an error");
    err_because(r->err, ERR_REASON_PLUGIN);
    err_detail_text(r->err, ERR_SUBJECT, r->name);
    return r->failure;
}

static bool is_for_person(struct slice command)
{
    return slice_is(command, "msg") || slice_is(command, "confirm") ||
           slice_begins(command, "request-");
}

/* What both conversations have. An unknown command is answered as the protocol has it. */
static enum err_code answer(struct run *r, const struct plugin_message *m)
{
    struct slice command = plugin_argument(m, 0);
    struct buf text = {0};
    const char *words;
    enum err_code code;

    shown(m, &text);
    words = buf_text(&text, "");
    if (is_for_person(command) && ++r->spoken > PLUGIN_SPOKEN_MAX) {
        code = fail(r, "sends more than is taken: it was ended");
    } else if (slice_is(command, "msg")) {
        if (r->plugins->say)
            r->plugins->say(r->plugins->user, r->name, words);
        code = reply(r, r->plugins->say ? "ok" : "fail");
    } else if (slice_is(command, "confirm")) {
        code = confirm(r, m, words);
    } else if (slice_is(command, "request-public") || slice_is(command, "request-secret")) {
        code = ask(r, words, slice_is(command, "request-secret"));
    } else if (slice_is(command, "error")) {
        code = reply(r, "ok");
        if (code == ERR_OK)
            code = its_error(r, words);
    } else {
        code = reply(r, "unsupported");
    }
    buf_free(&text);
    return code;
}

/* Handles what is particular to a conversation: *is_done after "done". ERR_ABSENT: it is something
 * else. */
typedef enum err_code handle_message(struct run *r, const struct plugin_message *m, void *state);

static enum err_code converse(struct run *r, const struct buf *request, handle_message *handle,
                              void *state)
{
    struct plugin_message m = {.len = 0};
    enum err_code code = send(r, request);

    while (code == ERR_OK) {
        code = receive(r, &m);
        if (code == ERR_OK && slice_is(plugin_argument(&m, 0), "done"))
            break;
        if (code == ERR_OK)
            code = handle(r, &m, state);
        if (code == ERR_ABSENT)
            code = answer(r, &m);
    }
    return code;
}

/* There is no such program, or none may be started. */
static enum err_code fail_without(struct run *r)
{
    enum err_code code = r->failure == ERR_FAILED ? ERR_ABSENT : r->failure;
    const char *before = "",
               *why = r->plugins ? "is not in PATH" : "is needed, but plugins are off";

#ifndef AGE_HAS_PQ
    if (strcmp(r->name, "pq") == 0)
        before = NEEDS_XWING;
#endif
    err_set(r->err, code, "%sage-plugin-%s %s", before, r->name, why);
    err_because(r->err, r->plugins ? ERR_REASON_PLUGIN_ABSENT : ERR_REASON_PLUGINS_OFF);
    err_detail_text(r->err, ERR_SUBJECT, r->name);
    return code;
}

static enum err_code run(struct run *r, const char *machine, const struct buf *request,
                         handle_message *handle, void *state)
{
    int started = PLUGIN_ABSENT;
    enum err_code code;

    r->read = BUF_SECRET;
    if (!buf_ok(request))
        return err_no_memory(r->err);
    if (r->plugins)
        started = r->plugins->start(r->plugins->user, r->name, machine);
    if (started == PLUGIN_ABSENT)
        return fail_without(r);
    if (started != 0)
        return fail(r, "cannot be started");
    code = converse(r, request, handle, state);
    r->plugins->stop(r->plugins->user);
    buf_free(&r->read);
    return code;
}

/* ---- wrapping ---- */

struct wrapping {
    struct buf *header;
    const struct age_kind *kind; /* of the recipient */
    size_t stanzas;
    bool has_labels;
};

static enum err_code take_stanza(struct run *r, const struct plugin_message *m, struct wrapping *w)
{
    struct slice file = plugin_argument(m, 1), type = plugin_argument(m, 2);
    bool fits = w->kind == &age_plugin ? !slice_is(type, age_scrypt.stanza)
                                       : slice_is(type, w->kind->stanza) && w->stanzas == 0;

    if (!slice_is(file, "0") || type.len == 0 || !fits)
        return fail(r, "returns a stanza that was not asked for");
    if (++w->stanzas > AGE_STANZAS_MAX)
        return fail(r, "sends more than is taken: it was ended");
    buf_add_text(w->header, "-> ");
    buf_add(w->header, type.at, (size_t)(m->line.at + m->line.len - type.at));
    buf_add_text(w->header, "\n");
    buf_add_slice(w->header, m->body);
    return reply(r, "ok");
}

static enum err_code handle_wrapped(struct run *r, const struct plugin_message *m, void *state)
{
    struct wrapping *w = state;
    struct slice command = plugin_argument(m, 0);

    if (slice_is(command, "recipient-stanza"))
        return take_stanza(r, m, w);
    if (!slice_is(command, "labels"))
        return ERR_ABSENT;
    if (w->has_labels)
        return fail(r, "sends its labels twice");
    w->has_labels = true;
    return reply(r, "ok");
}

enum err_code plugin_wrap(const struct age_plugins *plugins, const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err)
{
    struct run r = {.plugins = plugins, .name = to->plugin, .err = err, .failure = ERR_FAILED};
    struct wrapping w = {.header = header, .kind = to->kind};
    struct buf request = BUF_SECRET;
    size_t before = header->len;
    enum err_code code;

    buf_add_text(&request, "-> add-recipient ");
    buf_add_slice(&request, to->text);
    buf_add_text(&request, "\n\n");
    plugin_message_write(&request, "wrap-file-key",
                         (struct slice){(const char *)file_key, AGE_FILE_KEY});
    plugin_message_write(&request, "extension-labels", (struct slice){"", 0});
    plugin_message_write(&request, "done", (struct slice){"", 0});
    code = run(&r, "recipient-v1", &request, handle_wrapped, &w);
    if (code == ERR_OK && w.stanzas == 0)
        code = fail(&r, "has wrapped nothing");
    if (code != ERR_OK)
        header->len = before;
    buf_free(&request);
    return code;
}

/* ---- unwrapping ---- */

struct unwrapping {
    struct plugin_file *files;
    size_t count;
};

static enum err_code take_key(struct run *r, const struct plugin_message *m,
                              const struct unwrapping *u)
{
    char bytes[AGE_FILE_KEY + 3];
    uint64_t place;

    if (!text_number(plugin_argument(m, 1), PLUGIN_FILES_MAX, &place) || place >= u->count ||
        u->files[place].is_opened || plugin_argument(m, 2).len > 0)
        return fail(r, "returns a file key that was not asked for");
    if (m->len != AGE_FILE_KEY)
        return fail(r, "returns what is no file key");
    plugin_body(m, bytes);
    memcpy(u->files[place].key, bytes, AGE_FILE_KEY);
    u->files[place].is_opened = true;
    sodium_memzero(bytes, sizeof bytes);
    return reply(r, "ok");
}

/* A stanza that is not for this identity may be an error to a plugin, and is none to us: the others
 * may be. */
static enum err_code handle_key(struct run *r, const struct plugin_message *m, void *state)
{
    struct slice command = plugin_argument(m, 0);

    if (slice_is(command, "file-key"))
        return take_key(r, m, state);
    if (slice_is(command, "error") && slice_is(plugin_argument(m, 1), "stanza"))
        return reply(r, "ok");
    return ERR_ABSENT;
}

/* "-> TYPE" becomes "-> recipient-stanza PLACE TYPE". */
static void add_stanzas(struct buf *request, struct slice stanzas, size_t place)
{
    struct slice line;

    while (text_next_line(&stanzas, &line)) {
        if (slice_begins(line, "-> ")) {
            buf_printf(request, "-> recipient-stanza %zu ", place);
            line.at += 3;
            line.len -= 3;
        }
        buf_add_slice(request, line);
        buf_add_text(request, "\n");
    }
}

static void add_identity(struct buf *request, const struct age_identity *id)
{
    char text[BECH32_ENCODED(sizeof IDENTITY "PQ-" - 1, AGE_KEY) + 1];

    buf_add_text(request, "-> add-identity ");
    if (id->text.len > 0) {
        buf_add_slice(request, id->text);
    } else { /* age-plugin-pq has the same secret under another prefix */
        bech32_encode(text, IDENTITY "PQ-", id->secret, AGE_KEY);
        buf_add_text(request, text);
        sodium_memzero(text, sizeof text);
    }
    buf_add_text(request, "\n\n");
}

enum err_code plugin_unwrap(const struct age_plugins *plugins, const struct age_identity *id,
                            struct plugin_file *files, size_t count, struct err *err)
{
    struct run r = {.plugins = plugins, .name = id->plugin, .err = err, .failure = ERR_LOCKED};
    struct unwrapping u = {files, count < PLUGIN_FILES_MAX ? count : PLUGIN_FILES_MAX};
    struct buf request = BUF_SECRET;
    enum err_code code;

    add_identity(&request, id);
    for (size_t i = 0; i < u.count; i++) {
        files[i].is_opened = false;
        add_stanzas(&request, files[i].stanzas, i);
    }
    plugin_message_write(&request, "done", (struct slice){"", 0});
    code = run(&r, "identity-v1", &request, handle_key, &u);
    for (size_t i = 0; i < u.count && code != ERR_OK; i++)
        sodium_memzero(files[i].key, AGE_FILE_KEY);
    buf_free(&request);
    return code;
}

/* ---- keys ---- */

/* The plugin's name, in lowercase; false if it is none, or is too long. */
static bool take_name(char *to, struct slice name)
{
    if (name.len == 0 || name.len > BECH32_PREFIX_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];

        if (!text_is_alnum(c) && !text_is_one_of(c, "+-._"))
            return false;
        to[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    to[name.len] = '\0';
    return true;
}

static bool decode(struct slice text, struct slice *prefix, size_t *len)
{
    unsigned char data[PLUGIN_TEXT_MAX];
    bool good = text.len <= PLUGIN_TEXT_MAX && bech32_decode(text, prefix, data, sizeof data, len);

    sodium_memzero(data, sizeof data);
    return good;
}

bool plugin_recipient_read(struct slice text, struct age_recipient *to)
{
    struct slice prefix;
    size_t len;

    to->kind = &age_plugin;
#ifndef AGE_HAS_PQ
    if (slice_begins(text, RECIPIENT "pq1"))
        to->kind = &age_plugin_pq;
#endif
    to->text = text;
    if (!decode(text, &prefix, &len) || !slice_begins(prefix, RECIPIENT) ||
        !take_name(to->plugin, (struct slice){prefix.at + sizeof RECIPIENT - 1,
                                              prefix.len - (sizeof RECIPIENT - 1)}))
        return false;
#ifndef AGE_HAS_PQ
    enum { PQ_PUBLIC = 1216 };
    if (to->kind == &age_plugin_pq && len != PQ_PUBLIC)
        return false;
#endif
    return true;
}

bool plugin_identity_read(struct slice text, struct age_identity *id)
{
    struct slice prefix;
    size_t len;

    id->kind = id->self.kind = &age_plugin;
#ifndef AGE_HAS_PQ
    if (slice_begins(text, PQ_IDENTITY "1")) {
        id->kind = id->self.kind = &age_plugin_pq;
        strcpy(id->plugin, "pq");
        return bech32_decode(text, &prefix, id->secret, AGE_KEY, &len) && len == AGE_KEY &&
               slice_is(prefix, PQ_IDENTITY);
    }
#endif
    id->text = text;
    return decode(text, &prefix, &len) && slice_begins(prefix, IDENTITY) &&
           slice_ends(prefix, "-") && prefix.len > sizeof IDENTITY &&
           take_name(id->plugin,
                     (struct slice){prefix.at + sizeof IDENTITY - 1, prefix.len - sizeof IDENTITY});
}

static void recipient_write(const struct age_recipient *to, struct buf *out)
{
    buf_add_slice(out, to->text);
}

static enum err_code wrap(const struct age_recipient *to,
                          const unsigned char file_key[AGE_FILE_KEY], struct buf *header,
                          struct err *err)
{
    return plugin_wrap(to->plugins, to, file_key, header, err);
}

const struct age_kind age_plugin = {
    .stanza = "plugin",
    .recipient_write = recipient_write,
    .wrap = wrap,
};

#ifndef AGE_HAS_PQ
const struct age_kind age_plugin_pq = {
    .stanza = "mlkem768x25519",
    .stanza_args = 2,
    .recipient_write = recipient_write,
    .wrap = wrap,
};
#endif
