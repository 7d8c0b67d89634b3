/* The lines of a pins file: what was accepted, in which order, and what is added to them. */
#include "vault/pins.h"
#include "tap.h"

#include <sodium.h>
#include <string.h>

#define ID "mGc0n1P5b0y2mC0b2s0bHg"
#define OTHER_ID "8E1T3l2XjQhB9zJtYVn0Gw"
#define ONE "AAAAAAAAAAAAAAAAAAAA1A"
#define TWO "AAAAAAAAAAAAAAAAAAAA2A"
#define THREE "AAAAAAAAAAAAAAAAAAAA3A"

static struct pins_query query(const char *path, const char *env, const char *fingerprint)
{
    return (struct pins_query){.path = slice_of(path),
                               .id = slice_of(ID),
                               .env = slice_of(env),
                               .fingerprint = slice_of(fingerprint)};
}

static struct pins_answer look(const char *pins, const char *path, const char *env,
                               const char *fingerprint)
{
    struct pins_query q = query(path, env, fingerprint);

    return pins_look(slice_of(pins), &q);
}

static void test_look(void)
{
    static const char pins[] = "/a b/vault.toml " ID "\n" ID " dev " ONE "\n" ID " prod " TWO "\n"
                               "/other " OTHER_ID "\n" OTHER_ID " dev " THREE "\n";
    struct pins_answer a = look("", "/a", "dev", ONE);

    check(a.path_id.len == 0 && a.last.len == 0 && !a.earlier && !a.vault_known,
          "nothing is known");
    a = look(pins, "/a b/vault.toml", "dev", ONE);
    check(slice_is(a.path_id, ID) && slice_is(a.last, ONE) && !a.earlier && a.vault_known,
          "a vault, its path and its environment are known");
    a = look(pins, "/a b/vault.toml", "new", ONE);
    check(a.last.len == 0 && a.vault_known, "a vault is known, and an environment not");
    a = look(pins, "/moved", "dev", ONE);
    check(a.path_id.len == 0 && slice_is(a.last, ONE) && a.vault_known,
          "a vault at another path is known by its id");
    a = look(pins, "/other", "dev", ONE);
    check(slice_is(a.path_id, OTHER_ID) && slice_is(a.last, ONE),
          "another vault at a known path: its id tells");
    a = look(pins, "", "dev", ONE);
    check(a.path_id.len == 0 && slice_is(a.last, ONE), "a vault that is not a file has no path");
    a = look(pins, "/a", "dev", ONE);
    check(a.path_id.len == 0, "a path is compared whole");
}

static void test_order(void)
{
    static const char pins[] = ID " dev " ONE "\n" ID " dev " TWO "\n" ID " dev " THREE "\n";
    static const char back[] = ID " dev " ONE "\n" ID " dev " TWO "\n" ID " dev " ONE "\n";
    struct pins_answer a = look(pins, "", "dev", TWO);

    check(slice_is(a.last, THREE) && a.earlier, "one that stands on an earlier line is older");
    a = look(pins, "", "dev", ONE);
    check(a.earlier, "the first line is an earlier one");
    a = look(pins, "", "dev", THREE);
    check(!a.earlier, "the last is not");
    a = look(pins, "", "dev", "AAAAAAAAAAAAAAAAAAAA4A");
    check(slice_is(a.last, THREE) && !a.earlier, "one that stands nowhere is not");
    a = look(back, "", "dev", ONE);
    check(slice_is(a.last, ONE) && !a.earlier, "the last line decides, whatever stood before");
    a = look(back, "", "dev", TWO);
    check(slice_is(a.last, ONE) && !a.earlier,
          "what an older one was accepted after, is taken back");
    a = look(ID " dev " ONE "\n" ID " dev " TWO "\n" ID " dev " ONE "\n" ID " dev " TWO "\n", "",
             "dev", ONE);
    check(slice_is(a.last, TWO) && a.earlier, "and may be accepted again");
    a = look(ID " dev " THREE "\n" ID " dev " TWO "\n" ID " dev " ONE "\n" ID " dev " TWO "\n", "",
             "dev", THREE);
    check(a.earlier && look(ID " dev " THREE "\n" ID " dev " TWO "\n" ID " dev " ONE "\n" ID
                               " dev " THREE "\n",
                            "", "dev", TWO)
                               .earlier == false,
          "what stands before it stays");
    a = look(pins, "", "prod", ONE);
    check(!a.earlier, "nor is another environment's");
}

static void test_made(void)
{
    static const char pins[] = ID " dev " ONE "\n" ID " dev " TWO "\nmade " ID " dev " TWO "\n";

    check(look(pins, "", "dev", ONE).made, "the newer key was made here");
    check(!look(pins, "", "dev", TWO).made, "of the newer one that is not asked");
    check(!look(ID " dev " ONE "\nmade " ID " dev " ONE "\n" ID " dev " TWO "\n", "", "dev", ONE)
               .made,
          "nor if another one was");
    check(!look(ID " dev " ONE "\n" ID " dev " TWO "\nmade " ID " prod " TWO "\nmade " OTHER_ID
                   " dev " TWO "\nmade " TWO "\n",
                "", "dev", ONE)
               .made,
          "or for another environment");
    check(look("made " ID " dev " ONE "\n", "", "dev", ONE).last.len == 0,
          "that it was made is not that it was accepted");
}

/* More keys than are held at once. */
static void test_many(void)
{
    struct buf pins = {0};
    struct pins_answer a;

    for (int i = 0; i < 100; i++)
        buf_printf(&pins, ID " dev AAAAAAAAAAAAAAAAAAA%02dA\n", i);
    buf_add(&pins, "", 1);
    a = look(pins.data, "", "dev", "AAAAAAAAAAAAAAAAAAA50A");
    check(slice_is(a.last, "AAAAAAAAAAAAAAAAAAA99A") && a.earlier, "an older one of a hundred");
    a = look(pins.data, "", "dev", "AAAAAAAAAAAAAAAAAAA01A");
    check(slice_is(a.last, "AAAAAAAAAAAAAAAAAAA99A") && !a.earlier,
          "the oldest are as those that were never seen");
    buf_free(&pins);
}

static struct pins_query in_repository(const char *place, size_t name, const char *here)
{
    struct pins_query q = query("/tree/x/vault.toml", "dev", ONE);

    q.repository[1] = (struct pins_repository){slice_of(place), name};
    q.here = slice_of(here);
    return q;
}

static void test_repository(void)
{
    static const char known[] =
        "/tree/vault.toml " OTHER_ID "\nssh://h/r//vault.toml " OTHER_ID "\n";
    struct pins_query q = in_repository("ssh://h/r//vault.toml", 11, "");
    struct pins_answer a = pins_look(slice_of(known), &q);

    check(slice_is(a.repository_id[1], OTHER_ID) && pins_path_is_others(&q, &a),
          "another vault at this place of the repository");
    q.path = slice_of("/tree/vault.toml");
    check(pins_path_is_others(&q, &a), "and at this path");
    a = pins_look(slice_of("/tree/vault.toml " ID "\nssh://h/r//vault.toml " OTHER_ID "\n"), &q);
    check(!pins_path_is_others(&q, &a) && pins_path_is_known(&q, &a),
          "where the path is known, another clone's vault is none of ours");
    q.also[0] = slice_of("/link");
    a = pins_look(slice_of("/tree/vault.toml " ID "\n/link " OTHER_ID "\n"), &q);
    check(pins_path_is_others(&q, &a), "of two paths the one that refuses wins");
    q = in_repository("ssh://h/r//x/vault.toml", 11, "x/");
    a = pins_look(slice_of(known), &q);
    check(slice_is(a.nearby, "vault.toml") && !pins_path_is_others(&q, &a) && !a.in_repository,
          "a vault that is nearer than the known one");
    q = in_repository("ssh://h/r//vault.toml", 11, "x/y/");
    a = pins_look(slice_of("ssh://h/r//x/v " OTHER_ID "\n"), &q);
    check(slice_is(a.nearby, "x/v"), "a known one that is nearer");
    a = pins_look(slice_of("ssh://h/r//xy/v " OTHER_ID "\nssh://h/r//x/y/z/v " OTHER_ID
                           "\nssh://h/r2//v " OTHER_ID "\nssh://h/r/v " OTHER_ID "\n"),
                  &q);
    check(a.nearby.len == 0, "beside it, below it, or in another repository: none of ours");
    a = pins_look(slice_of("ssh://h/r//x/v " ID "\nssh://h/r//v " OTHER_ID "\n"), &q);
    check(a.in_repository && a.in_any, "a vault that was moved within its repository");
}

static void test_odd_lines(void)
{
    static const char *const lines[] = {"\n",
                                        " \n",
                                        ID "\n",
                                        ID " dev\n",
                                        ID " dev " ONE "x\n",
                                        ID " dev short\n",
                                        ID " d.v " ONE "\n",
                                        "x dev " ONE "\n",
                                        ID "  dev " ONE "\n",
                                        ID " dev  " ONE "\n",
                                        ID " dev " ONE " \n",
                                        ID " dev " ONE "\r\n",
                                        "# " ID " dev " ONE "\n"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct pins_answer a = look(lines[i], "/a", "dev", ONE);

        check(a.last.len == 0 && a.path_id.len == 0 && !a.earlier, "line %zu is passed over", i);
    }
    check(slice_is(look(ID " dev " ONE, "", "dev", ONE).last, ONE),
          "the last line may lack its end");
}

/* What is added is what is looked up. */
static void test_add(void)
{
    struct pins_query q = query("/a b/vault.toml", "dev", ONE);
    struct pins_answer a = pins_look(slice_of(""), &q);
    struct buf pins = {0};

    pins_add(&pins, &q, &a);
    check(slice_is(buf_slice(&pins), "/a b/vault.toml " ID "\n" ID " dev " ONE "\n"),
          "what is new is added: the path and the key");
    a = pins_look(buf_slice(&pins), &q);
    check(slice_is(a.path_id, ID) && slice_is(a.last, ONE) && a.vault_known, "and found again");
    pins_add(&pins, &q, &a);
    check(slice_is(buf_slice(&pins), "/a b/vault.toml " ID "\n" ID " dev " ONE "\n"),
          "what is known is not added");
    q.fingerprint = slice_of(TWO);
    a = pins_look(buf_slice(&pins), &q);
    pins_add(&pins, &q, &a);
    check(slice_is(buf_slice(&pins),
                   "/a b/vault.toml " ID "\n" ID " dev " ONE "\n" ID " dev " TWO "\n"),
          "a new key is added, and the path not again");
    buf_clear(&pins);
    q.path = slice_of("/a\nb " ID);
    a = pins_look(slice_of(""), &q);
    pins_add(&pins, &q, &a);
    check(slice_is(buf_slice(&pins), ID " dev " TWO "\n"),
          "a path with a newline in it, which could say anything, is not");
    buf_free(&pins);
}

/* ---- the index by environment answers the same ---- */

static bool same_slice(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static bool same_answer(const struct pins_answer *a, const struct pins_answer *b)
{
    bool same = same_slice(a->path_id, b->path_id) && same_slice(a->nearby, b->nearby) &&
                same_slice(a->last, b->last);

    for (int i = 0; i < PINS_OTHER_PATHS; i++)
        same = same && same_slice(a->also_id[i], b->also_id[i]);
    for (int i = 0; i < PINS_REPOSITORIES; i++)
        same = same && same_slice(a->repository_id[i], b->repository_id[i]);
    return same && a->in_repository == b->in_repository && a->in_any == b->in_any &&
           a->earlier == b->earlier && a->made == b->made && a->vault_known == b->vault_known;
}

static void add_random_lines(struct buf *pins, uint32_t most)
{
    static const char *const heads[] = {
        ID " dev ", ID " prod ", OTHER_ID " dev ", "made " ID " dev ", "made " ID " qa ",
        "/tree/v ", "/other/v ", "ssh://h/r//v ",  "ssh://h/r//x/v ",  ID " no/name ",
        "junk ",    "",          ID " ",           "made " ID " ",     "made made " ID " dev ",
        " ",
    };
    static const char *const last[] = {ID, OTHER_ID, ONE, TWO, THREE, "short", ""};

    for (uint32_t i = randombytes_uniform(most); i > 0; i--) {
        buf_add_text(pins, heads[randombytes_uniform(sizeof heads / sizeof *heads)]);
        buf_add_text(pins, last[randombytes_uniform(sizeof last / sizeof *last)]);
        if (randombytes_uniform(8) > 0)
            buf_add_text(pins, "\n");
    }
}

static bool answers_the_same(struct pins_index *x, struct slice pins)
{
    static const char *const envs[] = {"dev", "prod", "qa", "new"}, *const keys[] = {ONE, TWO,
                                                                                     THREE};
    bool same = pins_index(x, pins, slice_of(ID));

    for (size_t i = 0; i < 12; i++) {
        struct pins_query q = query("/tree/v", envs[i % 4], keys[i / 4]);
        struct pins_answer a, b;

        q.also[0] = slice_of("/other/v");
        q.repository[0].place = slice_of("ssh://h/r//v");
        q.repository[0].name = strlen("ssh://h/r//");
        q.here = slice_of("x/");
        a = pins_look(pins, &q);
        b = pins_look_in(x, &q);
        same = same && same_answer(&a, &b);
    }
    return same;
}

static void test_index(void)
{
    size_t wrong = 0;

    for (int round = 0; round < 3000; round++) {
        struct pins_index x = {.read = 0};
        struct buf pins = {0};

        for (int grown = 0; grown < 3; grown++) {
            if (pins.len > 0 && pins.data[pins.len - 1] != '\n')
                buf_add_text(&pins, "\n"); /* as a torn line is ended */
            add_random_lines(&pins, 8);
            wrong += !answers_the_same(&x, buf_slice(&pins));
        }
        pins_index_free(&x);
        buf_free(&pins);
    }
    check(wrong == 0, "the index answers as the lines do: %zu times not", wrong);
}

int main(void)
{
    test_look();
    test_order();
    test_made();
    test_many();
    test_repository();
    test_odd_lines();
    test_add();
    test_index();
    return tap_done();
}
