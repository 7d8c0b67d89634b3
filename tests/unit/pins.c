/* The lines of a pins file: what was accepted, in which order, and what is added to them. */
#include "../../lib/pins.h"
#include "tap.h"

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
    a = look(pins, "", "prod", ONE);
    check(!a.earlier, "nor is another environment's");
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

int main(void)
{
    test_look();
    test_order();
    test_odd_lines();
    test_add();
    return tap_done();
}
