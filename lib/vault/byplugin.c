/* Environments that an age plugin opens.
 *
 * The plugin is given the stanzas of the readers' entries, and no more of the vault; what it
 * returns is believed only if it opens the entry, and if the environment's inbox-key follows from
 * that. */
#include "byplugin.h"

#include "base/base64.h"

#include <sodium.h>
#include <string.h>

/* Public keys that a plugin may have the other half of. */
static bool is_for_plugins(const struct age_recipient *reader)
{
    return age_recipient_plugin(reader) || age_recipient_is_pq(reader);
}

bool byplugin_may_help(const struct age_identity *id, const struct doc_table *readers)
{
    struct age_recipient reader;
    struct err ignored;
    bool may = false;

    for (struct doc_item *i = doc_entry(readers->items); i && !may; i = doc_entry(i->next))
        may = age_recipient_read(i->part[0], &reader, &ignored) == ERR_OK &&
              (is_for_plugins(&reader) || age_recipient_equal(&reader, &id->self));
    return may;
}

struct entries {
    struct arena arena; /* of the age files, which are public */
    struct plugin_file files[PLUGIN_FILES_MAX];
    struct slice texts[PLUGIN_FILES_MAX]; /* the age files */
    struct slice names[PLUGIN_FILES_MAX];
    size_t count;
};

/* An entry that is no age file is somebody else's, or damaged: it is left out. */
static enum err_code add_entry(struct entries *e, const struct doc_item *reader, struct err *err)
{
    size_t len = BASE64_DECODED(reader->part[1].len), stanzas;
    char *file = arena_alloc(&e->arena, len + 1);
    struct plugin_file *to = &e->files[e->count];
    struct err ignored;

    if (!file)
        return err_no_memory(err);
    if (!base64_decode(file, reader->part[1].at, reader->part[1].len) ||
        age_header_stanzas((struct slice){file, len}, &to->stanzas, &stanzas, &ignored) != ERR_OK)
        return ERR_OK;
    e->texts[e->count] = (struct slice){file, len};
    e->names[e->count] = reader->name;
    e->count++;
    return ERR_OK;
}

static bool is_own(const struct age_identity *id, const struct doc_item *reader)
{
    struct age_recipient key;
    struct err ignored;

    return age_recipient_read(reader->part[0], &key, &ignored) == ERR_OK &&
           age_recipient_equal(&key, &id->self);
}

/* First those that say they are the identity's own: whoever can write the file can add others until
 * there is no room. */
static enum err_code add_entries(struct entries *e, const struct age_identity *id,
                                 const struct doc_table *readers, struct err *err)
{
    enum err_code code = ERR_OK;

    for (int own = 1; own >= 0; own--)
        for (struct doc_item *i = doc_entry(readers->items);
             i && code == ERR_OK && e->count < PLUGIN_FILES_MAX; i = doc_entry(i->next))
            if (is_own(id, i) == (own == 1))
                code = add_entry(e, i, err);
    return code;
}

static enum err_code lied(const struct age_identity *id, struct slice reader, struct err *err)
{
    err_set(err, ERR_INTEGRITY, "age-plugin-%s returned a key that does not open the entry of %.*s",
            age_identity_plugin(id), (int)reader.len, reader.at);
    err_because(err, ERR_REASON_PLUGIN);
    err_detail_text(err, ERR_SUBJECT, age_identity_plugin(id));
    return ERR_INTEGRITY;
}

static enum err_code open_entry(const struct entries *e, size_t place,
                                const struct age_identity *id, struct slice inbox_key,
                                struct seal_keys *keys, struct err *err)
{
    struct buf plain = BUF_SECRET;
    enum err_code code = age_decrypt_with(e->texts[place], e->files[place].key, &plain, err);

    if (code == ERR_INTEGRITY || code == ERR_FORMAT)
        code = lied(id, e->names[place], err);
    if (code == ERR_OK && plain.len == SEAL_KEY)
        seal_derive(keys, (const unsigned char *)plain.data);
    if (code == ERR_OK && (plain.len != SEAL_KEY || !slice_is(inbox_key, keys->inbox_key)))
        code = err_set(err, ERR_INTEGRITY, "the entry of %.*s holds another environment's key",
                       (int)e->names[place].len, e->names[place].at);
    buf_free(&plain);
    return code;
}

enum err_code byplugin_open(const struct age_plugins *plugins, const struct age_identity *id,
                            const struct doc_table *readers, struct slice inbox_key,
                            struct seal_keys *keys, struct slice *reader, struct err *err)
{
    struct arena secret = {0};
    struct entries *e = arena_alloc(&secret, sizeof *e); /* it has the file keys */
    enum err_code code;
    bool is_opened = false;

    if (!e)
        return err_no_memory(err);
    memset(e, 0, sizeof *e);
    e->arena = ARENA_PUBLIC;
    code = add_entries(e, id, readers, err);
    if (code == ERR_OK)
        code = plugin_unwrap(plugins, id, e->files, e->count, err);
    for (size_t i = 0; i < e->count && code == ERR_OK && !is_opened; i++) {
        if (!e->files[i].is_opened)
            continue;
        code = open_entry(e, i, id, inbox_key, keys, err);
        is_opened = code == ERR_OK;
        *reader = e->names[i];
    }
    if (code == ERR_OK && !is_opened)
        code = err_set(err, ERR_LOCKED, "age-plugin-%s opens no entry", age_identity_plugin(id));
    arena_free(&e->arena);
    arena_free(&secret);
    stack_wipe();
    return code;
}
