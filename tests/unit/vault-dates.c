/* libvault: how a value is dated when the clocks of two machines differ. */
#include "scene.h"

#include <time.h>

static time_t clock_says;

/* The library's clock, in this program. */
time_t time(time_t *now)
{
    if (now)
        *now = clock_says;
    return clock_says;
}

enum { AHEAD = 2000000000, HERE = 1700000000 };

static struct person me;

static int64_t date_of(const char *secret, const char *key)
{
    vault *v = open_as(&me, "vault.toml");
    vault_values *keys;
    int64_t date = -1;

    must(vault_secret_info(v, "dev", secret, &keys) == VAULT_OK);
    for (size_t i = 0; i < vault_values_count(keys); i++)
        if (strcmp(vault_values_at(keys, i)->name, key) == 0)
            date = vault_values_at(keys, i)->updated_at;
    vault_release(keys);
    vault_free(v);
    return date;
}

/* As the machine whose clock says so. */
static vault *at(time_t now)
{
    clock_says = now;
    return open_as(&me, "vault.toml");
}

static void end(vault *v)
{
    must(vault_save(v) == VAULT_OK);
    vault_free(v);
}

static void set(time_t now, const char *key, const char *value)
{
    vault *v = at(now);

    must(update(v, "dev", "app", key, value) == VAULT_OK);
    end(v);
}

static void replace(time_t now, const char *key, const char *value)
{
    vault *v = at(now);
    vault_kv *kv = kv_of(v, key, value, NULL);

    must(vault_secret_create(v, "dev", "app", kv, VAULT_EXISTING_REPLACE) == VAULT_OK);
    vault_kv_free(kv);
    end(v);
}

static void test_set(void)
{
    set(HERE + 5, "KEY", "second");
    check(date_of("app", "KEY") == HERE + 5, "a value that replaces an older one is dated now");
    set(HERE + 5, "KEY", "third");
    check(date_of("app", "KEY") == HERE + 6, "in the same second: a second later");
    set(AHEAD, "KEY", "from a machine that is ahead");
    set(HERE + 10, "KEY", "from here");
    check(date_of("app", "KEY") == AHEAD + 1, "after a clock that is ahead: a second later");
    set(HERE + 20, "KEY", "from here");
    check(date_of("app", "KEY") == AHEAD + 1, "the same value again keeps its date");
    set(HERE + 20, "NEW", "value");
    check(date_of("app", "NEW") == HERE + 20, "a new key is dated now");
    set(AHEAD + 100, "KEY", "later than all");
    check(date_of("app", "KEY") == AHEAD + 100, "and so is a value when now is later");
}

static void test_replace(void)
{
    replace(HERE, "KEY", "of a secret that was made anew");
    check(date_of("app", "KEY") == AHEAD + 101,
          "a secret made anew is later than what it replaces");
    set(HERE, "OTHER", "value");
    check(date_of("app", "OTHER") == HERE, "which is no matter for keys that come later");
}

static void test_kept(void)
{
    vault *v = at(HERE + 1000);

    must(vault_rotate(v, "dev", VAULT_PAST_KEEP) == VAULT_OK);
    must(vault_secret_copy(v, "dev", "app", "dev", "copy") == VAULT_OK);
    must(vault_secret_rename(v, "dev", "app", "named") == VAULT_OK);
    end(v);
    check(date_of("named", "OTHER") == HERE && date_of("named", "KEY") == AHEAD + 101,
          "a rotation and another name keep the dates");
    check(date_of("copy", "OTHER") == HERE, "and so does a copy");
}

int main(void)
{
    vault *v;

    scene_begin();
    me = person_x25519();
    clock_says = HERE;
    make_vault("vault.toml", &me);
    v = at(HERE);
    must(create(v, "dev", "app", "KEY", "first") == VAULT_OK);
    end(v);
    check(date_of("app", "KEY") == HERE, "the library's clock is ours");
    test_set();
    test_replace();
    test_kept();
    return tap_done();
}
