/* Remembers what a vault's history has removed, to notice when it comes back.
 *
 * Each encryption of a value uses a new nonce, so an identical line is an old line that was
 * restored: by `git revert`, or by someone who cannot seal a new one. A merge encrypts a value
 * again but keeps its date, so the same value with the same date was restored too. A value that a
 * person sets back has a later date. Of plain text only a keyed hash is kept. */
#include "removals.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 16, LABELS = 3 };

enum kind { SEALED, DATED, PLAIN, NAME, READER, KEY, ENVIRONMENT };

struct label {
    unsigned char hash[LINE];
};

/* The number of an environment; 0 if out of memory. */
static size_t env_number(struct removals *l, struct slice name)
{
    size_t *number = hashtable_number(&l->envs, name);

    if (number && *number == 0)
        *number = ++l->env_count;
    return number ? *number : 0;
}

static void add(crypto_generichash_state *hash, const void *data, size_t len)
{
    crypto_generichash_update(hash, (const unsigned char *)&len, sizeof len);
    crypto_generichash_update(hash, data, len);
}

static void make_label(struct removals *l, enum kind kind, const vault_difference *d,
                       const vault_side *side, struct label *label)
{
    size_t env = env_number(l, slice_of(d->env));
    crypto_generichash_state hash;

    crypto_generichash_init(&hash, l->secret, sizeof l->secret, LINE);
    add(&hash, &kind, sizeof kind);
    add(&hash, &env, sizeof env);
    add(&hash, d->secret, strlen(d->secret));
    if (kind != READER)
        add(&hash, d->name, strlen(d->name));
    if (kind == SEALED || kind == READER || kind == KEY)
        add(&hash, side->text, side->text_len);
    if (kind == DATED || kind == PLAIN)
        add(&hash, side->value, side->len);
    if (kind == DATED)
        add(&hash, &side->updated_at, sizeof side->updated_at);
    crypto_generichash_final(&hash, label->hash, LINE);
}

static struct slice label_slice(const struct label *label)
{
    return (struct slice){(const char *)label->hash, LINE};
}

/* The labels by which one side of a difference is recognized. */
static size_t labels_of(struct removals *l, const vault_difference *d, const vault_side *side,
                        struct label labels[LABELS])
{
    size_t count = 0;

    if (d->part == VAULT_PART_VALUE && side->text)
        make_label(l, SEALED, d, side, &labels[count++]);
    if (d->part == VAULT_PART_VALUE && side->value) {
        make_label(l, DATED, d, side, &labels[count++]);
        make_label(l, PLAIN, d, side, &labels[count++]); /* the last of LABELS */
    }
    if (d->part == VAULT_PART_READER && side->text)
        make_label(l, READER, d, side, &labels[count++]);
    if (d->part == VAULT_PART_KEY && side->text)
        make_label(l, KEY, d, side, &labels[count++]);
    if (d->part == VAULT_PART_ENV && side->text)
        make_label(l, ENVIRONMENT, d, side, &labels[count++]);
    return count;
}

static bool leave(struct removals *l, const struct label *label, size_t commit)
{
    struct removal *all = list_grow(l->list, l->count, sizeof *all);
    size_t *last;

    if (!all)
        return false;
    l->list = all;
    last = hashtable_number(&l->left, label_slice(label));
    if (!last)
        return false;
    all[l->count] = (struct removal){.commit = commit, .before = *last};
    *last = ++l->count;
    return true;
}

bool removals_add(struct removals *l, const vault_difference *d, size_t commit)
{
    struct label labels[LABELS], name;
    size_t count = d->what == VAULT_WHAT_CHANGED || d->what == VAULT_WHAT_REMOVED
                       ? labels_of(l, d, d->before, labels)
                       : 0;
    bool good = true;

    if (d->part == VAULT_PART_ENV && d->what != VAULT_WHAT_REMOVED)
        return true;
    for (size_t i = 0; i < count && good; i++)
        good = leave(l, &labels[i], commit);
    if (good && d->part == VAULT_PART_VALUE && d->what == VAULT_WHAT_REMOVED) {
        make_label(l, NAME, d, NULL, &name);
        good = leave(l, &name, commit);
    }
    return good;
}

bool removals_rename_env(struct removals *l, const vault_difference *d)
{
    size_t number = env_number(l, (struct slice){d->before->text, d->before->text_len});
    size_t *name = hashtable_number(&l->envs, slice_of(d->env));

    if (!name || number == 0)
        return false;
    *name = number;
    return true;
}

/* The last removal that counts. telling: marks it and all earlier ones as told. */
static size_t find_removal(struct removals *l, const struct label *label,
                           const struct removals_rule *rule, bool telling)
{
    size_t found = 0;

    for (size_t i = hashtable_find(&l->left, label_slice(label)); i; i = l->list[i - 1].before) {
        struct removal *this = &l->list[i - 1];

        if (!rule->counts(rule->user, this->commit))
            continue;
        if (found == 0 && !(rule->untold && this->told))
            found = this->commit + 1;
        if (this->told || !telling)
            break;
        this->told = true;
    }
    return found;
}

size_t removals_came_back(struct removals *l, const vault_difference *d,
                          const struct removals_rule *rule)
{
    struct label labels[LABELS];
    size_t count, found = 0;

    if (d->what == VAULT_WHAT_UNREAD || d->what == VAULT_WHAT_REMOVED ||
        (d->part == VAULT_PART_ENV && d->what != VAULT_WHAT_ADDED))
        return 0;
    count = labels_of(l, d, d->after, labels);
    if (count == LABELS && (hashtable_find(&l->left, label_slice(&labels[LABELS - 1])) == 0 ||
                            !rule->of_old_key(rule->user, d)))
        count--; /* the plain value alone is not enough */
    for (size_t i = 0; i < count; i++) {
        size_t commit = find_removal(l, &labels[i], rule, true);

        if (found < commit)
            found = commit;
    }
    return found;
}

size_t removals_find_key(struct removals *l, const char *env, const char *fingerprint,
                         const struct removals_rule *rule)
{
    const vault_difference d = {.env = env, .secret = "", .name = ""};
    const vault_side side = {.text = fingerprint, .text_len = strlen(fingerprint)};
    struct label label;

    make_label(l, KEY, &d, &side, &label);
    return find_removal(l, &label, rule, false);
}

bool removals_has(struct removals *l, const vault_difference *d)
{
    struct label name;

    make_label(l, NAME, d, NULL, &name);
    return hashtable_find(&l->left, label_slice(&name)) > 0;
}

void removals_begin(struct removals *l)
{
    *l = (struct removals){.count = 0};
    randombytes_buf(l->secret, sizeof l->secret);
}

void removals_free(struct removals *l)
{
    free(l->list);
    hashtable_free(&l->left);
    hashtable_free(&l->envs);
    sodium_memzero(l->secret, sizeof l->secret);
}
