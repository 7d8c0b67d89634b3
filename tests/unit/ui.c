/* The dashboard: what it shows for each key, at each size, and that no value is written to the
 * terminal unless it was asked for. The grid is the surface. */
#include "ui_stage.h"

#define VALUE MARK "-value"

static struct person me, bob;
static struct stage stage;
static vault *v;

static bool has(const char *text)
{
    return text_contains(buf_slice(&stage.screen), text);
}

static bool wrote(const char *text)
{
    return text_contains(buf_slice(&stage.all), text);
}

static void play(const char *keys)
{
    stage_play(&stage, keys, strlen(keys));
}

/* Is there no value in what was written so far? Forgets it. */
static bool silent(void)
{
    bool is = !wrote(MARK);

    buf_clear(&stage.all);
    return is;
}

static void make(void)
{
    make_vault("vault.toml", &me);
    v = open_as(&me, "vault.toml");
    must(vault_env_create(v, "prod", NULL) == VAULT_OK);
    must(vault_reader_add(v, "prod", "me", me.public_key) == VAULT_OK);
    must(vault_reader_add(v, "prod", "bob", bob.public_key) == VAULT_OK);
    must(create(v, "dev", "db", "PASSWORD", VALUE) == VAULT_OK);
    must(create(v, "prod", "db", "PASSWORD", VALUE "-2") == VAULT_OK);
    must(update(v, "dev", "db", "USER", MARK "-user") == VAULT_OK);
    must(update(v, "prod", "db", "USER", MARK "-user") == VAULT_OK);
    must(update(v, "dev", "db", "ONLY", MARK) == VAULT_OK);
    vault_kv *kv = kv_of(v, "LEVEL", "info", NULL);
    must(vault_kv_set_kind(v, kv, "LEVEL", VAULT_KIND_OPEN) == VAULT_OK);
    must(vault_secret_create(v, "dev", "app", kv, VAULT_EXISTING_ERROR) == VAULT_OK);
    vault_kv_free(kv);
    must(vault_save(v) == VAULT_OK);
}

/* Whether the file has this value. */
static bool saved(const char *env, const char *secret, const char *name, const char *value)
{
    vault *now = open_as(&me, "vault.toml");
    vault_kv *kv = NULL;
    bool is = vault_value_get(now, env, secret, name, &kv) == VAULT_OK
                  ? value && kv_has(kv, name, value)
                  : !value;

    vault_kv_free(kv);
    vault_free(now);
    return is;
}

static void begin(int width, int height)
{
    stage_open(&stage, v, "vault.toml", width, height);
}

/* ---- the matrix ---- */

static void test_matrix(int width, int height)
{
    begin(width, height);
    play("");
    check(has("dev") && has("prod") && has("bob, me"), "%dx%d: heads with readers", width, height);
    check(has("> LEVEL"), "the cursor is on the first name");
    check(has("○ info"), "an open value is shown");
    check(has("LEVEL in dev: 20") && has("by me"), "the line below has the date and the author");
    play("j");
    check(has("> ONLY") && has("●"), "j moves down; there is nothing to compare it with");
    play("\033[B");
    check(has("> PASSWORD") && has("≠"), "so does the arrow; another value");
    play("l");
    check(has("PASSWORD in prod") && (width == 40 || has("differs from dev")),
          "l moves right, and says that it differs");
    play("jh");
    check(has("> USER") && has("="), "the same value");
    play("\033[H");
    check(has("> LEVEL"), "Home");
    play("\033[F");
    check(has("> USER"), "End");
    check(silent(), "no value was written");
    stage_close(&stage);
}

static void test_signs(void)
{
    begin(80, 24);
    stage.ui.grid.utf8 = false;
    play("\014");
    check(has("o info") && !has("○"), "ASCII signs");
    play("f");
    check(has("missing") && has("ONLY") && !has("USER"), "f: only what is missing somewhere");
    play("f");
    check(has("PASSWORD") && !has("ONLY"), "only what differs");
    play("f");
    check(!has("PASSWORD"), "only what is old: nothing is");
    stage.ui.old_before = INT64_MAX;
    play("\033fff");
    check(has("PASSWORD") && has("!"), "unless it is");
    stage.ui.old_before = 0;
    play("\033ffff");
    check(has("PASSWORD") && has("mine"), "only mine");
    play("\033/dpw");
    check(has("> PASSWORD") && !has("USER"), "/ finds letters in order");
    play("/dpw\r");
    check(has("/dpw"), "which stays after Enter");
    play("\033");
    check(has("USER"), "until Escape");
    check(silent(), "no value was written");
    stage_close(&stage);
}

static void test_sizes(void)
{
    begin(80, 24);
    stage.width = 39;
    play("");
    check(has("needs 40") && !has("LEVEL"), "below 40 columns: a word");
    play("jjd");
    stage.width = 200;
    stage.height = 60;
    play("");
    check(has("> LEVEL") && !has("unsaved"), "no key acted meanwhile; at 200x60 all is there");
    stage.width = 40;
    stage.height = 10;
    play("\033[F");
    check(has("> USER") && !has("LEVEL "), "at 40x10 it scrolls");
    play("?");
    check(has("Keys"), "and so do lists");
    stage.width = 80;
    stage.height = 24;
    play("");
    check(silent(), "no value was written");
    stage_close(&stage);
}

/* ---- showing and copying ---- */

static void test_reveal(void)
{
    begin(80, 24);
    play("jjv");
    check(has(VALUE) && wrote(VALUE), "v shows the value");
    play("jjvx");
    check(!has(MARK), "until the next key");
    buf_clear(&stage.all);
    play("\033[Hjj");
    stage.now += 100;
    play("");
    check(silent(), "it does not come back");
    play("c");
    check(wrote("\033]52;c;bUFyS2VE") && silent(),
          "c sends it to the clipboard, and does not show it");
    stage.now += 31;
    play("");
    check(wrote("\033]52;c;\a"), "which is cleared after 30 seconds");
    buf_clear(&stage.all);
    stage.ui.guard = "VAULT_AGENT";
    play("vc");
    check(silent() && !wrote("\033]52"), "a coding agent gets neither");
    stage.ui.guard = NULL;
    stage.ui.clipboard = false;
    play("c");
    check(!wrote("\033]52") && has("no-clipboard"), "nor does --no-clipboard copy");
    stage_close(&stage);
}

/* ---- changes ---- */

static void test_set(void)
{
    begin(80, 24);
    play("jjs" MARK "-new");
    check(!has(MARK) && has("value of db/PASSWORD"), "s asks, and does not show what is typed");
    play("s" MARK "-new\r");
    check(has("1 unsaved") && has("~"), "it is marked");
    check(saved("dev", "db", "PASSWORD", VALUE), "and not saved");
    play("u");
    check(!has("unsaved"), "u takes it back");
    play("s" MARK "-new\rw");
    check(has("Save 1 change") && has("db/PASSWORD"), "w names it");
    play("wn");
    check(saved("dev", "db", "PASSWORD", VALUE) && has("unsaved"),
          "another key than y saves nothing");
    play("w\033");
    check(saved("dev", "db", "PASSWORD", VALUE), "nor does Escape");
    play("wy");
    check(saved("dev", "db", "PASSWORD", MARK "-new") && !has("unsaved"), "y saves");
    play("s\033[200~" MARK "\n\tl\303\251\n\033[201~\rwy");
    check(saved("dev", "db", "PASSWORD", MARK "\n\tl\303\251\n"), "a paste is taken whole");
    play("s" VALUE "\rwy");
    check(saved("dev", "db", "PASSWORD", VALUE), "as it was");
    check(silent(), "no value was written");
    stage_close(&stage);
}

static void test_more_changes(void)
{
    begin(80, 24);
    play("ngone/X\r\033");
    check(!has("gone"), "a name without a value is not kept");
    play("n\177\177\177\177new/KEY\r" MARK "-k\r");
    check(has("new") && has("> KEY") && has("+"), "n: a new name");
    play("y");
    check(has("bob"), "y: who could then read it is asked about");
    play("yy");
    check(has("2 unsaved"), "and it is copied to the other column");
    play("m\177\177\177RENAMED\r");
    check(has("> RENAMED"), "m renames it, in all columns");
    play("wy");
    check(saved("dev", "new", "RENAMED", MARK "-k") && saved("prod", "new", "RENAMED", MARK "-k") &&
              saved("dev", "new", "KEY", NULL),
          "all of it is saved at once");
    play("d");
    check(has("-"), "d marks it as deleted");
    play("lday");
    play("w");
    check(has("Save 2"), "in both");
    play("wy");
    check(saved("dev", "new", "RENAMED", NULL) && saved("prod", "new", "RENAMED", NULL),
          "and deletes");
    play("\033[Hhg");
    check(has("(h)ex"), "g: which kind");
    play("ghs");
    check(has("1 unsaved"), "generates, here sealed in place of an open value");
    play("u\033[Ho");
    check(has("○") || has("●"), "o");
    play("wy");
    check(saved("dev", "app", "LEVEL", "info"), "seals it, and the value stays");
    play("oywy");
    check(saved("dev", "app", "LEVEL", "info") && has("○ info"), "and opens it after a question");
    check(silent(), "no value was written");
    stage_close(&stage);
}

static void test_template(void)
{
    vault_kv *kv = kv_of(v, "URL", "redis://{{ PASSWORD }}@" MARK, NULL);

    must(vault_kv_set_kind(v, kv, "URL", VAULT_KIND_TEMPLATE) == VAULT_OK);
    must(vault_secret_update(v, "dev", "db", kv) == VAULT_OK && vault_save(v) == VAULT_OK);
    vault_kv_free(kv);
    begin(80, 24);
    play("/url\r");
    check(has("a template"), "a template is one");
    play("\r");
    check(has("made of db/PASSWORD"), "Enter says what it is made of, also without git");
    check(silent(), "without a value");
    play("y");
    check(has("bob") && silent(), "a copy asks about readers first");
    play("yy");
    check(has("redis://{{ PASSWORD }}"), "and then shows the text of a template");
    play("yyn");
    check(!has("unsaved"), "n does not copy it");
    stage.ui.guard = "VAULT_AGENT";
    buf_clear(&stage.all);
    play("yyy");
    check(silent() && !has("unsaved"), "a coding agent cannot read it, and so not copy it");
    stage.ui.guard = NULL;
    play("v");
    check(has("redis://" VALUE "@"), "v shows what it makes");
    play("/url\rdwy");
    check(saved("dev", "db", "URL", NULL), "it can be deleted");
    buf_clear(&stage.all);
    stage_close(&stage);
}

static void test_leaving(void)
{
    begin(80, 24);
    play("q");
    check(stage.ui.done && !stage.ui.gone, "q leaves");
    play("dq");
    check(!stage.ui.gone || has("without saving"), "with a change it asks");
    play("qn");
    check(has("unsaved"), "n stays");
    play("qy");
    check(stage.ui.done && !stage.ui.gone, "y leaves");
    play("\003\003");
    check(stage.ui.done && !stage.ui.gone, "so does Ctrl-C twice");
    check(saved("dev", "app", "LEVEL", "info"), "nothing was saved");
    stage.ui.read_only = true;
    play("usxdgmoynewa");
    check(has("read-only"), "--read-only");
    check(!has("unsaved"), "changes nothing");
    stage_close(&stage);
}

static void change_underneath(const char *name, const char *value)
{
    vault *other = open_as(&me, "vault.toml");

    must(update(other, "dev", "db", name, value) == VAULT_OK && vault_save(other) == VAULT_OK);
    vault_free(other);
}

static void test_underneath(void)
{
    begin(80, 24);
    play("jjs" MARK "-mine\r");
    change_underneath("LATER", MARK "-later");
    play("");
    check(has("LATER") && has("1 unsaved"), "another name is read, and the change stays");
    play("wy");
    check(saved("dev", "db", "PASSWORD", MARK "-mine") &&
              saved("dev", "db", "LATER", MARK "-later"),
          "both are in the file");
    play("s" MARK "-mine2\r");
    change_underneath("PASSWORD", MARK "-theirs");
    play("w");
    check(has("meanwhile"), "the same name is asked about");
    play("w\033");
    check(saved("dev", "db", "PASSWORD", MARK "-theirs"), "Escape saves nothing");
    play("wt");
    check(saved("dev", "db", "PASSWORD", MARK "-theirs") && !has("unsaved"), "theirs stays");
    play("s" MARK "-mine3\r");
    change_underneath("PASSWORD", MARK "-theirs2");
    play("wmy");
    check(saved("dev", "db", "PASSWORD", MARK "-mine3"), "or mine is saved");
    play("s" VALUE "\rwy");
    check(silent(), "no value was written");
    stage_close(&stage);
}

/* ---- what cannot be opened ---- */

static void test_closed(void)
{
    vault *closed = open_as(NULL, "vault.toml");

    stage_open(&stage, closed, "vault.toml", 80, 24);
    play("");
    check(has("PASSWORD") && has("?") && has("○ info"),
          "names and open values are shown without a key");
    check(has("closed"), "and that it is closed");
    play("jjvcsd");
    check(!has("unsaved"), "nothing can be done to them");
    play("r");
    check(has("bob") && has("unverified"), "readers are listed, unverified");
    check(silent(), "no value was written");
    stage_close(&stage);
    vault_free(closed);
}

static void test_wide(void)
{
    struct grid g = {.utf8 = true};
    struct buf out = BUF_SECRET, text = {0};

    must(grid_resize(&g, 40, 10));
    check(grid_put(&g, 0, 0, 5, GRID_PLAIN, slice_of("日本語")) == 4,
          "a wide character is not halved");
    check(grid_put(&g, 0, 1, 9, GRID_PLAIN,
                   slice_of("e\xCC\x81"
                            "a")) == 2,
          "a combining one takes no column");
    check(grid_put(&g, 0, 2, 9, GRID_PLAIN, slice_of("\033[2J\x9b")) == 5,
          "what acts on a terminal is a ?");
    grid_put(&g, 3, 0, 1, GRID_PLAIN, slice_of("x"));
    grid_text(&g, &text);
    check(strncmp(buf_text(&text, ""),
                  "日 x\ne\xCC\x81"
                  "a\n?[2J?\n",
                  17) == 0,
          "half of one is blanked: as text");
    grid_write(&g, &out);
    buf_clear(&out);
    grid_write(&g, &out);
    check(out.len == 0, "what did not change is not written");
    g.colours = false;
    grid_put(&g, 0, 5, 9, GRID_WARNING, slice_of("!"));
    grid_write(&g, &out);
    check(!text_contains(buf_slice(&out), ";31m") && text_contains(buf_slice(&out), "!"),
          "NO_COLOR");
    buf_free(&out);
    buf_free(&text);
    grid_free(&g);
}

int main(void)
{
    scene_begin();
    me = person_x25519();
    bob = person_x25519();
    make();
    test_matrix(80, 24);
    test_matrix(40, 10);
    test_matrix(200, 60);
    test_signs();
    test_sizes();
    test_reveal();
    test_set();
    test_more_changes();
    test_template();
    test_leaving();
    test_underneath();
    test_closed();
    test_wide();
    vault_free(v);
    return tap_done();
}
