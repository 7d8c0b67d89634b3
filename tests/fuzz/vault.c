/* The whole of open, edit, save and merge, over vault.h. The input is a program: a golden vault and
 * its keys, changes of its text, calls of the API, two sides of a merge. No value is read that
 * nobody wrote in that place; what was set is read; what is written opens and says the same; whole
 * sides merge or conflict; a result with conflict markers is refused as one. */
#include "../unit/vault_help.h"
#include "input.h"

#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GOLDENS = 3, VERSIONS = 3, KEYS = 2, PIECES = 1024, EDITS = 15, CALLS = 7 };

static const char *const goldens[GOLDENS] = {"inbox", "features", "crlf"};
static const char *const key_files[KEYS] = {"me.key", "carol.key"};

static struct golden {
    char *keys[KEYS];
    char *text[VERSIONS]; /* as it is, and two descendants that conflict */
} golden[GOLDENS];

/* What was written: "id env secret key kind value", one after the other. And the proposals. */
static struct buf written, proposed;

static char folder[256], file[300], pins[300];

struct run {
    struct input *in;
    const struct golden *golden;
    vault *v;
    char *text;
    bool whole; /* what the text says was made by the API alone */
    bool left;  /* the keys that are given may not open all of it */
};

/* ---- chance that an input repeats ---- */

static uint64_t drawn;

static void draw(void *out, size_t size)
{
    static const unsigned char seed[crypto_stream_KEYBYTES];
    unsigned char nonce[crypto_stream_NONCEBYTES] = {0};

    drawn++;
    memcpy(nonce, &drawn, sizeof drawn);
    crypto_stream(out, size, nonce, seed);
}

static uint32_t draw_number(void)
{
    uint32_t number;

    draw(&number, sizeof number);
    return number;
}

static const char *draw_name(void)
{
    return "repeatable";
}

static struct randombytes_implementation repeatable = {
    .implementation_name = draw_name, .random = draw_number, .buf = draw};

/* ---- what is known ---- */

static void add_place(struct buf *out, const char *id, const char *env, const char *secret,
                      vault_pair pair, vault_kind kind)
{
    const char *const words[] = {id, env, secret, pair.name};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        buf_add_text(out, words[i]);
        buf_add(out, " ", 1);
    }
    buf_printf(out, "%d %zu ", (int)kind, pair.len);
    buf_add(out, pair.value, pair.len);
    buf_add(out, "\n", 1);
    must(buf_ok(out));
}

static bool is_known(const char *id, const char *env, const char *secret, vault_pair pair,
                     vault_kind kind)
{
    struct buf place = {0};
    bool known = false;

    add_place(&place, id, env, secret, pair, kind);
    for (size_t at = 0; at + place.len <= written.len && !known; at++)
        known = memcmp(written.data + at, place.data, place.len) == 0;
    buf_free(&place);
    return known;
}

typedef void on_value(const char *id, const char *env, const char *secret, vault_pair pair,
                      vault_kind kind);

static void each_value(vault *v, const char *env, on_value *act)
{
    vault_secrets *secrets = NULL;

    if (vault_secret_list(v, env, 0, 0, &secrets) != VAULT_OK)
        return;
    for (size_t i = 0; i < vault_secrets_count(secrets); i++) {
        vault_kv *kv = NULL;

        if (vault_secret_stored(v, env, vault_secrets_at(secrets, i)->name, &kv) == VAULT_OK)
            for (size_t j = 0; j < vault_kv_count(kv); j++)
                act(vault_id(v), env, vault_secrets_at(secrets, i)->name, vault_kv_at(kv, j),
                    vault_kv_kind(kv, vault_kv_at(kv, j).name));
        vault_kv_free(kv);
    }
    vault_release(secrets);
}

static void each_env(vault *v, void act(vault *v, const char *env, void *user), void *user)
{
    const char **names = NULL;
    size_t count = 0;

    must(vault_env_list(v, &names, &count) == VAULT_OK);
    for (size_t i = 0; i < count; i++)
        act(v, names[i], user);
    vault_release(names);
}

static void remember_value(const char *id, const char *env, const char *secret, vault_pair pair,
                           vault_kind kind)
{
    add_place(&written, id, env, secret, pair, kind);
}

static void check_value(const char *id, const char *env, const char *secret, vault_pair pair,
                        vault_kind kind)
{
    must(is_known(id, env, secret, pair, kind));
}

static void remember_env(vault *v, const char *env, void *user)
{
    (void)user;
    each_value(v, env, remember_value);
    help_read_inbox(v, env, &proposed);
}

/* Each proposal that opens was made for this place, as it is. */
static void check_inbox(vault *v, const char *env)
{
    struct buf found = {0};

    help_read_inbox(v, env, &found);
    for (const char *at = buf_text(&found, ""), *end; *at; at = end) {
        char line[512];

        end = strchr(at, '\n') + 1;
        snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        must(strstr(buf_text(&proposed, ""), line) != NULL);
    }
    buf_free(&found);
}

/* Whatever the templates are, they make something or say why not. */
static void resolve_env(vault *v, const char *env)
{
    vault_selection *s = NULL;
    vault_err code = vault_select(v, env, NULL, &s);

    must(code == VAULT_OK || (code != VAULT_FAILED && is_sentence(vault_error(v))));
    vault_selection_free(s);
}

static void check_env(vault *v, const char *env, void *user)
{
    (void)user;
    each_value(v, env, check_value);
    check_inbox(v, env);
    resolve_env(v, env);
}

/* An error says something, and is none of the system's. */
static vault_err fair(const vault *v, vault_err code)
{
    must(code == VAULT_OK || (code != VAULT_FAILED && is_sentence(vault_error(v))));
    return code;
}

static void done(const vault *v, vault_err code)
{
    if (code != VAULT_OK)
        scene_bail_out(vault_error(v), __FILE__, __LINE__);
}

/* ---- the golden vaults ---- */

static char *read_golden(const char *name, const char *part)
{
    const char *top = getenv("TOP");
    char path[512];

    snprintf(path, sizeof path, "%s/tests/golden/%s/%s", top ? top : ".", name, part);
    return text_of(path);
}

static vault *handle_for(const struct golden *g, size_t first, size_t last)
{
    vault *v = vault_new();

    must(v != NULL);
    for (size_t i = first; i <= last; i++)
        must(vault_add_identity(v, g->keys[i], strlen(g->keys[i])) == VAULT_OK);
    return v;
}

static vault *opened(const struct golden *g, const char *text)
{
    vault *v = handle_for(g, 0, 0);

    must(vault_open_bytes(v, text, strlen(text)) == VAULT_OK);
    return v;
}

static char *take_text(vault *v)
{
    char *text;
    size_t len;

    must(vault_text(v, &text, &len) == VAULT_OK);
    must(strlen(text) == len);
    each_env(v, remember_env, NULL);
    vault_free(v);
    return text;
}

static char *golden_base(const struct golden *g, const char *text)
{
    vault *v = opened(g, text);

    done(v, vault_value_delete(v, "dev", "app", "LARGE", VAULT_MISSING_IGNORE));
    done(v, update_open(v, "dev", "app", "LEVEL", "info"));
    done(v, update_open(v, "prod", "app", "LEVEL", "na\xC3\xAFve \"x\"\n"));
    done(v, update(v, "dev", "app", "A", "base"));
    done(v, update_template(v, "dev", "app", "B", "{{ LEVEL }}/{{ app/A | url }}"));
    done(v, help_propose(v, "dev", "app", "A", "proposed"));
    done(v, help_propose(v, "dev", "app", "LEVEL", "proposed"));
    done(v, help_propose(v, "prod", "app", "A", "proposed there"));
    return take_text(v);
}

static char *golden_ours(const struct golden *g)
{
    vault *v = opened(g, g->text[0]);

    done(v, update(v, "prod", "app", "A", "ours"));
    done(v, update_open(v, "dev", "app", "LEVEL", "ours"));
    done(v, update_template(v, "dev", "app", "K", "{{ B }}"));
    done(v, help_propose(v, "dev", "app", "A", "ours"));
    done(v, create(v, "dev", "web", "K", "ours"));
    done(v, vault_rotate(v, "prod", VAULT_PAST_KEEP));
    return take_text(v);
}

static char *golden_theirs(const struct golden *g)
{
    vault *v = opened(g, g->text[0]);

    done(v, update(v, "prod", "app", "A", "theirs"));
    done(v, update(v, "dev", "app", "LEVEL", "sealed, theirs"));
    done(v, update_open(v, "prod", "app", "LEVEL", "theirs"));
    done(v, update_template(v, "dev", "app", "B", "{{ A }} {{{{"));
    done(v, help_propose(v, "dev", "app", "A", "theirs"));
    done(v, create(v, "dev", "web", "K", "theirs"));
    done(v, vault_reader_remove(v, "prod", "carol"));
    done(v, vault_env_create(v, "stage", "void"));
    return take_text(v);
}

static void clear_folder(void)
{
    unlink(file);
    unlink(pins);
    rmdir(folder);
}

static void begin(void)
{
    const char *top = getenv("TMPDIR");

    setbuf(stdout, NULL); /* a fuzzer that ends does not flush it */
    snprintf(folder, sizeof folder, "%s/vault-fuzz-XXXXXX", top ? top : "/tmp");
    must(randombytes_set_implementation(&repeatable) == 0 && sodium_init() >= 0);
    must(mkdtemp(folder) && atexit(clear_folder) == 0);
    snprintf(file, sizeof file, "%s/vault.toml", folder);
    snprintf(pins, sizeof pins, "%s/pins", folder);
    for (size_t i = 0; i < GOLDENS; i++) {
        struct golden *g = &golden[i];
        char *text = read_golden(goldens[i], "vault.toml");

        for (size_t k = 0; k < KEYS; k++)
            g->keys[k] = read_golden(goldens[i], key_files[k]);
        g->text[0] = golden_base(g, text);
        g->text[1] = golden_ours(g);
        g->text[2] = golden_theirs(g);
        free(text);
    }
}

/* ---- changes of the text ---- */

static size_t take_number(struct input *in, size_t below)
{
    size_t high = take_byte(in);

    return below ? (high << 8 | take_byte(in)) % below : 0;
}

struct pieces {
    struct slice at[PIECES];
    size_t count;
};

static void add_piece(struct pieces *p, struct slice piece)
{
    if (p->count < PIECES)
        p->at[p->count++] = piece;
}

static struct slice line_at(const char *at)
{
    const char *end = strchr(at, '\n');

    return end ? text_from(at, end + 1) : slice_of(at);
}

static struct slice table_at(const char *at)
{
    const char *end = strstr(at + 1, "\n[");

    return end ? text_from(at, end + 1) : slice_of(at);
}

static void find_runs(const char *text, struct slice piece_at(const char *at), struct pieces *p)
{
    for (struct slice piece; *text; text = piece.at + piece.len) {
        piece = piece_at(text);
        add_piece(p, piece);
    }
}

/* Between quotes. */
static void find_strings(const char *text, struct pieces *p)
{
    const char *start, *end;

    for (; (start = strchr(text, '"')) && (end = strchr(start + 1, '"')); text = end + 1)
        add_piece(p, text_from(start + 1, end));
}

static void find_pieces(const char *text, size_t kind, struct pieces *p)
{
    p->count = 0;
    switch (kind % 4) {
    case 0:
        find_runs(text, line_at, p);
        break;
    case 1:
        find_runs(text, item_at, p);
        break;
    case 2:
        find_runs(text, table_at, p);
        break;
    default:
        find_strings(text, p);
    }
    if (p->count == 0)
        add_piece(p, slice_of(text));
}

static struct slice take_piece(struct input *in, const struct pieces *p)
{
    return p->at[take_number(in, p->count)];
}

static bool overlap(struct slice a, struct slice b)
{
    return a.at < b.at + b.len && b.at < a.at + a.len;
}

/* A character of a piece, most often by one of base64. */
static char *change_character(struct run *r, struct slice piece)
{
    static const char likely[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                                 "=\"[]{}.,#\\\n\r\t -_\x7f\xc3\xa9";
    char with = likely[take_byte(r->in) % (sizeof likely - 1)];
    struct slice where = {piece.at + take_number(r->in, piece.len), piece.len > 0};

    return text_splice(r->text, where, (struct slice){&with, 1});
}

static char *add_marker(struct run *r, struct slice piece)
{
    static const char *const markers[] = {"<<<<<<< ours\n", "=======\n", ">>>>>>> theirs\n",
                                          "||||||| base\n", "<<<<<<< "};
    struct slice marker = slice_of(markers[take_byte(r->in) % 5]);

    return text_splice(r->text, (struct slice){piece.at, 0}, marker);
}

/* A text with one change more. */
static char *changed(struct run *r)
{
    static struct pieces own, foreign;
    size_t what = take_byte(r->in), kind = what / 16;
    const struct golden *other = &golden[take_byte(r->in) % GOLDENS];
    struct slice a, b;

    find_pieces(r->text, kind, &own);
    a = take_piece(r->in, &own);
    switch (what % 16 / 2) {
    case 0:
        return text_without(r->text, a);
    case 1:
        return text_behind(r->text, a, take_piece(r->in, &own));
    case 2:
        b = take_piece(r->in, &own);
        return overlap(a, b) ? text_splice(r->text, a, b) : text_swap(r->text, a, b);
    case 3:
        return text_splice(r->text, a, take_piece(r->in, &own));
    case 4:
        return change_character(r, a);
    case 5:
        return add_marker(r, a);
    case 6:
        return text_splice(r->text, (struct slice){a.at, strlen(a.at)}, slice_of(""));
    default:
        find_pieces(other->text[what % VERSIONS], kind, &foreign);
        b = take_piece(r->in, &foreign);
        return what & 1 ? text_splice(r->text, a, b) : text_behind(r->text, a, b);
    }
}

static void change_text(struct run *r)
{
    for (size_t left = take_byte(r->in) % (EDITS + 1); left > 0; left--) {
        char *text = changed(r);

        r->whole = false;
        free(r->text);
        r->text = text;
    }
}

/* ---- calls of the API ---- */

static const char *take_word(struct run *r, const char *const *words, size_t count)
{
    return words[take_byte(r->in) % count];
}

#define WORD(...)                                    \
    take_word(r, (const char *const[]){__VA_ARGS__}, \
              sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define AN_ENV WORD("dev", "prod", "void", "stage", "new")
#define A_SECRET WORD("app", "none", "stripe", "web", "nothing", "new")
#define A_KEY WORD("A", "B", "K", "EMPTY", "API_KEY", "BINARY")
#define A_READER WORD("me", "carol", "team", "robot", "new")

/* Others of the secret may be damaged. */
static bool reads(vault *v, const char *env, const char *secret, const char *key, const char *value)
{
    vault_kv *kv = NULL;
    bool good = vault_value_get(v, env, secret, key, &kv) == VAULT_OK && kv_has(kv, key, value);

    vault_kv_free(kv);
    return good;
}

static vault_err call_set(struct run *r)
{
    const char *env = AN_ENV, *secret = A_SECRET, *key = A_KEY;
    const char *value =
        WORD("", "new", "a value of more than thirty-two bytes, so two blocks", "\xc3\xa9");
    vault_err code = update(r->v, env, secret, key, value);

    must(code != VAULT_OK || reads(r->v, env, secret, key, value));
    return code;
}

static vault_err call_create(struct run *r)
{
    const char *env = AN_ENV, *secret = A_SECRET;
    vault_existing existing = (vault_existing)(take_byte(r->in) % 3);
    vault_kv *kv = kv_of(r->v, "A", "created", "B", "", NULL);
    vault_err code = vault_secret_create(r->v, env, secret, kv, existing);

    vault_kv_free(kv);
    must(code != VAULT_OK || existing != VAULT_EXISTING_REPLACE ||
         holds(r->v, env, secret, "A", "created"));
    return code;
}

static vault_err call_delete(struct run *r)
{
    const char *env = AN_ENV, *secret = A_SECRET;
    vault_missing missing = (vault_missing)(take_byte(r->in) % 2);

    return take_byte(r->in) % 2 ? vault_secret_delete(r->v, env, secret, missing)
                                : vault_value_delete(r->v, env, secret, A_KEY, missing);
}

static vault_err call_move(struct run *r)
{
    const char *env = AN_ENV, *from = A_SECRET, *to = A_SECRET;

    return take_byte(r->in) % 2 ? vault_secret_rename(r->v, env, from, to)
                                : vault_secret_copy(r->v, env, from, AN_ENV, to);
}

static vault_err call_env(struct run *r)
{
    const char *env = AN_ENV, *other = AN_ENV;

    switch (take_byte(r->in) % 4) {
    case 0:
        return vault_env_create(r->v, env, other);
    case 1:
        return vault_env_delete(r->v, env);
    case 2:
        return vault_env_copy(r->v, env, other);
    default:
        return vault_env_rename(r->v, env, other);
    }
}

static vault_err call_rotate(struct run *r)
{
    const char *env = AN_ENV;

    return vault_rotate(r->v, env, (vault_past)(take_byte(r->in) % 2));
}

static vault_err call_readers(struct run *r)
{
    static const char key[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    const char *env = AN_ENV, *reader = A_READER;

    switch (take_byte(r->in) % 4) {
    case 0:
        return vault_reader_add(r->v, env, reader, key);
    case 1:
        return vault_reader_remove(r->v, env, reader);
    case 2:
        r->left = true;
        return vault_reader_replace(r->v, reader, key);
    default:
        r->left = true;
        return vault_reader_leave(r->v, env, reader);
    }
}

static vault_err call_kinds(struct run *r)
{
    const char *env = AN_ENV, *secret = A_SECRET, *key = A_KEY;

    if (take_byte(r->in) % 2)
        return update_open(r->v, env, secret, key, WORD("", "open", "{{ A }}"));
    return update_template(r->v, env, secret, key,
                           WORD("{{ A }}", "{{ app/B | url }}", "{{ K }}", "{{{{", "{{", ""));
}

static vault_err call_inbox(struct run *r)
{
    const char *env = AN_ENV, *secret = A_SECRET, *key = A_KEY;
    const char **entries = NULL;
    size_t count = 0, total = 0;
    unsigned what = take_byte(r->in) % 4;
    vault_err code = VAULT_OK;

    if (what == 0)
        return help_propose(r->v, env, secret, key, WORD("", "new", "proposed"));
    code = vault_proposal_list(r->v, env, 100, &entries, &count, &total);
    if (code == VAULT_OK && count > 0) {
        const char *entry = entries[take_number(r->in, count)];

        code = what == 1 ? vault_proposal_reject(r->v, env, entry)
                         : vault_proposal_accept(r->v, env, entry, NULL);
    }
    vault_release(entries);
    return code;
}

static vault_err (*const calls[])(struct run *r) = {call_set,     call_create, call_delete,
                                                    call_move,    call_env,    call_rotate,
                                                    call_readers, call_kinds,  call_inbox};

static void ignore_difference(void *user, const vault_difference *difference)
{
    (void)user;
    must(difference->what != VAULT_WHAT_UNREAD || is_sentence(difference->sentence));
}

/* What only looks, and must change nothing. */
static void look(struct run *r)
{
    const char *env = AN_ENV, *secret = A_SECRET;
    void *list = NULL;
    vault *before;
    int changed = vault_changed(r->v);

    (void)fair(r->v, vault_mark_list(r->v, env, secret, (vault_marks **)&list));
    vault_release(list);
    list = NULL;
    (void)fair(r->v, vault_past_list(r->v, env, (vault_past_keys **)&list));
    vault_release(list);
    list = NULL;
    (void)fair(r->v, vault_reader_list(r->v, env, (vault_readers **)&list));
    vault_release(list);
    before = opened(r->golden, r->golden->text[0]);
    (void)fair(r->v, vault_compare(before, r->v, NULL, ignore_difference, NULL));
    vault_free(before);
    r->left = true; /* by the keys of the other version, v opens what its own readers may not */
    must(vault_changed(r->v) == changed);
}

static char *text_with_changes(vault *v)
{
    char *text = NULL;
    size_t len;

    if (vault_changed(v))
        must(vault_text(v, &text, &len) == VAULT_OK);
    return text;
}

/* After an error, what was staged before is as it was, or all of it is forgotten. */
static void make_call(struct run *r, vault_err (*make)(struct run *r))
{
    char *before = text_with_changes(r->v), *after;

    if (fair(r->v, make(r)) != VAULT_OK) {
        after = text_with_changes(r->v);
        must(!after || (before && strcmp(after, before) == 0));
        vault_release(after);
    }
    vault_release(before);
}

static void call(struct run *r)
{
    for (size_t left = take_byte(r->in) % (CALLS + 1); left > 0; left--) {
        size_t what = take_byte(r->in);

        if (what >= 240)
            look(r);
        else
            make_call(r, calls[what % (sizeof calls / sizeof *calls)]);
    }
}

/* ---- saving, and reading again ---- */

/* As the other handle, which has read what this one wrote. */
static void compare_env(vault *v, const char *env, void *user)
{
    const struct run *r = user;
    struct buf ours = {0}, theirs = {0};
    vault_err before = fair(r->v, help_read(r->v, env, &ours));
    vault_err after = fair(v, help_read(v, env, &theirs));

    if (before == VAULT_OK)
        must((after == VAULT_OK && slice_equal(buf_slice(&ours), buf_slice(&theirs))) ||
             (r->left && after == VAULT_LOCKED));
    else
        must(after != VAULT_OK);
    must(!r->whole || before != VAULT_INTEGRITY);
    buf_free(&ours);
    buf_free(&theirs);
}

static bool is_of_template(vault_reason reason)
{
    return reason >= VAULT_REASON_TEMPLATE_SYNTAX && reason <= VAULT_REASON_TEMPLATE_USES;
}

/* What nobody could read is not saved, nor a template without its variables: the file is as before.
 */
static bool save_file(struct run *r, const char *text, vault *again)
{
    vault_err code = fair(r->v, vault_save(r->v));

    if ((code != VAULT_OK && is_of_template(vault_error_reason(r->v))) ||
        (r->left && code == VAULT_INVALID && strstr(vault_error(r->v), "nobody could read"))) {
        must(stands_as(file, r->text));
        return false;
    }
    done(r->v, code);
    must(!vault_changed(r->v) && stands_as(file, text) && vault_open(again, file) == VAULT_OK);
    return true;
}

static void save(struct run *r, bool in_file)
{
    vault *again = handle_for(r->golden, 0, KEYS - 1);
    char *text;
    size_t len;

    must(fair(r->v, vault_text(r->v, &text, &len)) == VAULT_OK);
    if (in_file ? save_file(r, text, again) : vault_open_bytes(again, text, len) == VAULT_OK) {
        each_env(again, compare_env, r);
        free(r->text);
        r->text = strdup(text);
        must(r->text != NULL);
    } else {
        must(in_file);
    }
    vault_release(text);
    vault_free(again);
}

static void name_env(vault *v, const char *env, void *user)
{
    (void)user;
    done(v, vault_pin(v, env, NULL));
}

/* On a machine that knows no vault yet, and whose person names each environment. */
static vault_err open_file(vault *v, const char *text)
{
    vault_err code;

    must(text != NULL);
    unlink(pins);
    write_text(file, text, strlen(text));
    done(v, vault_pins_use(v, pins, 0));
    code = vault_open(v, file);
    if (code == VAULT_OK)
        each_env(v, name_env, NULL);
    return code;
}

/* The text through the API, when it opens. */
static void edit(struct run *r)
{
    bool in_file = take_byte(r->in) % 8 == 7;
    vault_err code;

    r->v = handle_for(r->golden, 0, KEYS - 1);
    code = fair(r->v, in_file ? open_file(r->v, r->text)
                              : vault_open_bytes(r->v, r->text, strlen(r->text)));
    must(!r->whole || code == VAULT_OK);
    if (code == VAULT_OK) {
        each_env(r->v, check_env, NULL);
        call(r);
        save(r, in_file);
    }
    vault_free(r->v);
}

/* ---- merging ---- */

static void answer(void *user, vault_conflicts *conflicts)
{
    struct run *r = user;

    for (size_t i = 0; i < vault_conflicts_count(conflicts); i++) {
        vault_conflict *c = vault_conflicts_at(conflicts, i);
        size_t chance = take_byte(r->in);
        vault_kv *ours = NULL, *theirs = NULL;

        must(c->sentence[0] && c->answer == VAULT_ANSWER_NONE);
        if (chance % 16 == 15 && strcmp(c->kind, "value") == 0)
            (void)fair(r->v, vault_conflict_values(r->v, c, &ours, &theirs));
        vault_kv_free(ours);
        vault_kv_free(theirs);
        if (!c->locked && chance % 4 < 3)
            c->answer = (vault_answer)(chance % 4);
        if (chance % 4 == 3 && strcmp(c->kind, "fork") == 0)
            c->answer = VAULT_ANSWER_BOTH;
    }
}

static int look_back(void *user, vault_texts *texts)
{
    struct run *r = user;

    for (size_t i = 0; i < vault_texts_count(texts); i++)
        vault_texts_at(texts, i)->seen = take_byte(r->in) % 2;
    return 0;
}

static void verify_env(vault *v, const char *env, void *user)
{
    vault_err code = fair(v, vault_verify(v, env, NULL, NULL));

    (void)user;
    must(code == VAULT_OK || code == VAULT_LOCKED);
}

static void check_merged(struct run *r, vault_err code, const char *text, size_t len)
{
    vault *again = handle_for(r->golden, 0, KEYS - 1);

    if (code == VAULT_OK) {
        must(vault_open_bytes(again, text, len) == VAULT_OK);
        if (r->whole)
            each_env(again, verify_env, NULL);
    } else if (code == VAULT_CONFLICT && text) {
        must(vault_open_bytes(again, text, len) == VAULT_CONFLICT);
    } else {
        must(!text);
    }
    vault_free(again);
}

static const char *take_side(struct run *r)
{
    size_t side = take_byte(r->in) % (VERSIONS + 2);

    return side < VERSIONS ? r->golden->text[side] : r->text;
}

static void accept_env(vault *v, const char *env, void *user)
{
    char fingerprint[VAULT_FINGERPRINT_LEN + 1];

    (void)user;
    done(v, vault_fingerprint(v, env, fingerprint));
}

/* The pins know the keys of the ancestor. */
static void accept_base(struct run *r)
{
    vault *v = handle_for(r->golden, 0, 0);

    done(v, open_file(v, r->golden->text[0]));
    each_env(v, accept_env, NULL);
    vault_free(v);
    done(r->v, vault_pins_use(r->v, pins, 0));
}

/* Whether the sentence is about an environment that each ancestor has. */
static bool is_of_base(const char *sentence)
{
    struct slice s = slice_of(sentence);

    return slice_begins(s, "dev ") || slice_begins(s, "prod ") || slice_begins(s, "void ");
}

/* Whole sides are refused only if no pin tells which key is right, or if the answer was a key that
 * the pins do not know, or to keep a reader whose kind of key cannot be given another one. */
static void check_code(const struct run *r, vault_err code, bool pinned)
{
    const char *why = vault_error(r->v);
    bool unpinned = code == VAULT_INTEGRITY && strstr(why, "this machine has accepted none");
    bool unknown_key =
        code == VAULT_INTEGRITY && strstr(why, "another key than this machine knows");
    bool unknown_kind = (code == VAULT_INVALID && strstr(why, "which is not supported")) ||
                        vault_error_reason(r->v) == VAULT_REASON_PLUGINS_OFF;

    (void)fair(r->v, code);
    if (r->whole && code != VAULT_CONFLICT && !unknown_kind && !(pinned && unknown_key) &&
        (!unpinned || (pinned && is_of_base(why))))
        done(r->v, code);
}

static void merge(struct run *r)
{
    vault_merging how = {.size = sizeof how, .resolve = answer, .look_back = look_back, .user = r};
    char *text = NULL;
    size_t len = 0, chance = take_byte(r->in);
    vault_err code;

    how.base = chance & 1 ? NULL : r->golden->text[0];
    how.base_len = how.base ? strlen(how.base) : 0;
    how.ours = take_side(r);
    how.theirs = take_side(r);
    how.ours_len = strlen(how.ours);
    how.theirs_len = strlen(how.theirs);
    how.marker_size = chance & 2 ? 7 + chance / 16 : 0;
    r->whole = r->whole || (how.ours != r->text && how.theirs != r->text);
    r->v = handle_for(r->golden, 0, chance & 4 ? 0 : KEYS - 1);
    if (chance & 8)
        accept_base(r);
    code = vault_merge(r->v, &how, &text, &len);
    check_code(r, code, chance & 8);
    check_merged(r, code, text, len);
    vault_release(text);
    vault_free(r->v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct run r = {.in = &in, .whole = true};
    size_t chance = take_byte(&in);

    if (written.len == 0)
        begin();
    drawn = 1 << 20;
    r.golden = &golden[chance % GOLDENS];
    r.text = strdup(r.golden->text[chance / GOLDENS % VERSIONS]);
    must(r.text != NULL);
    change_text(&r);
    edit(&r);
    merge(&r);
    free(r.text);
    return 0;
}
