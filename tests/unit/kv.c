/* A set of environment variables: unique names in byte order, the later value winning. */
#include "text/kv.h"
#include "tap.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static struct vault_kv *new_set(void)
{
    struct vault_kv *kv = kv_new();

    if (!kv)
        abort();
    return kv;
}

static bool add(struct vault_kv *kv, const char *name, const char *value)
{
    return kv_add(kv, slice_of(name), slice_of(value));
}

static bool has(const struct vault_kv *kv, const char *name, const char *value)
{
    const struct kv_pair *p = kv_find(kv, slice_of(name));

    return p && strcmp(p->name, name) == 0 && slice_is(p->value, value) &&
           p->value.at[p->value.len] == '\0';
}

static void test_order(void)
{
    struct vault_kv *kv = new_set();

    check(add(kv, "B", "1") && add(kv, "A", "2") && add(kv, "a", "3") && add(kv, "AB", "4") &&
              add(kv, "_", "5"),
          "pairs are added in any order");
    kv_finish(kv);
    check(kv->count == 5 && strcmp(kv->pairs[0].name, "A") == 0 &&
              strcmp(kv->pairs[1].name, "AB") == 0 && strcmp(kv->pairs[2].name, "B") == 0 &&
              strcmp(kv->pairs[3].name, "_") == 0 && strcmp(kv->pairs[4].name, "a") == 0,
          "and are then in byte order, a prefix first");
    check(has(kv, "A", "2") && has(kv, "AB", "4") && has(kv, "B", "1") && has(kv, "_", "5") &&
              has(kv, "a", "3"),
          "each is found with its value");
    check(!kv_find(kv, slice_of("")) && !kv_find(kv, slice_of("ABC")) &&
              !kv_find(kv, slice_of("b")) && !kv_find(kv, (struct slice){"AB", 0}),
          "others are not");
    check(kv_find(kv, (struct slice){"ABC", 2}) != NULL, "a name is as long as its slice says");
    kv_free(kv);
}

static void test_same_name(void)
{
    struct vault_kv *kv = new_set();

    check(add(kv, "K", "1") && add(kv, "A", "a") && add(kv, "K", "2") && add(kv, "K", "3"),
          "a name is added three times");
    kv_finish(kv);
    check(kv->count == 2 && has(kv, "K", "3") && has(kv, "A", "a"), "the last one stays");
    check(add(kv, "K", "4") && (kv_finish(kv), kv->count == 2) && has(kv, "K", "4"),
          "also of one that is added to a set that was in order");
    check(add(kv, "Z", "z") && add(kv, "Z", "y") && (kv_finish(kv), kv->count == 3) &&
              has(kv, "Z", "y"),
          "and of two that stand side by side in order");
    kv_free(kv);
}

static void test_nothing(void)
{
    struct vault_kv *kv = new_set();

    kv_finish(kv);
    check(kv->count == 0 && !kv_find(kv, slice_of("A")), "an empty set has nothing");
    check(kv_add(kv, slice_of("A"), (struct slice){"a\0b", 3}) && (kv_finish(kv), true) &&
              kv_find(kv, slice_of("A"))->value.len == 3 &&
              memcmp(kv_find(kv, slice_of("A"))->value.at, "a\0b", 4) == 0,
          "a value may hold a zero byte, and has one behind it");
    check(add(kv, "B", "") && (kv_finish(kv), true) && has(kv, "B", ""), "or be empty");
    kv_free(kv);
    kv_free(NULL);
}

static void test_many(void)
{
    enum { MANY = 5000 };
    struct vault_kv *kv = new_set();
    char name[16], value[16];
    bool good = true;

    for (int i = 0; i < 2 * MANY && good; i++) {
        snprintf(name, sizeof name, "K%d", i * 7919 % MANY);
        snprintf(value, sizeof value, "%d", i);
        good = add(kv, name, value);
    }
    kv_finish(kv);
    check(good && kv->count == MANY, "%d names, each of them twice", MANY);
    for (int i = MANY; i < 2 * MANY && good; i++) {
        snprintf(name, sizeof name, "K%d", i * 7919 % MANY);
        snprintf(value, sizeof value, "%d", i);
        good = has(kv, name, value);
    }
    check(good, "have the value that they were given last");
    kv_free(kv);
}

/* A value that lies in the set's arena already is not copied. */
static void test_own(void)
{
    struct vault_kv *kv = new_set();
    char *value = arena_copy(&kv->arena, "here", 4);

    check(value && kv_add_own(kv, slice_of("K"), (struct slice){value, 4}) &&
              kv_find(kv, slice_of("K"))->value.at == value,
          "a value of the set's own memory stays where it is");
    kv_free(kv);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    test_order();
    test_same_name();
    test_nothing();
    test_many();
    test_own();
    return tap_done();
}
