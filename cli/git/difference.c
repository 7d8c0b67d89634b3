/* Formats one difference between two versions, as text and as JSON. */
#include "difference.h"

#include "ui/json.h"

#include "base/base64.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char *const parts[] = {
    [VAULT_PART_ID] = "vault",         [VAULT_PART_ENV] = "environment",
    [VAULT_PART_KEY] = "key",          [VAULT_PART_READER] = "reader",
    [VAULT_PART_SECRET] = "secret",    [VAULT_PART_VALUE] = "value",
    [VAULT_PART_PROPOSAL] = "proposal"};

static const char *what_of(const vault_difference *d)
{
    static const char *const whats[] = {"added", "changed", "removed", "unread"};

    if (d->what != VAULT_WHAT_CHANGED)
        return whats[d->what];
    if (d->part == VAULT_PART_ID)
        return "replaced";
    if (d->part == VAULT_PART_ENV)
        return "renamed";
    if (d->part == VAULT_PART_KEY && d->vouched)
        return "rotated";
    /* If one of the two was not opened, its past is unknown. */
    if (d->part == VAULT_PART_KEY && d->before->text && d->after->text)
        return "replaced";
    return "changed";
}

static struct slice text_of(const vault_side *s)
{
    return (struct slice){s->text ? s->text : "", s->text_len};
}

void difference_name(struct buf *out, const vault_difference *d)
{
    buf_printf(out, "%s %s/%s/%s", parts[d->part], d->env, d->secret, d->name);
}

/* ---- text ---- */

static void add_subject(struct buf *out, const vault_difference *d)
{
    char subject[VAULT_NAME_MAX + VAULT_VARIABLE_MAX + 16] = "";

    if (d->part == VAULT_PART_VALUE)
        snprintf(subject, sizeof subject, "%s/%s", d->secret, d->name);
    else if (d->part == VAULT_PART_PROPOSAL)
        snprintf(subject, sizeof subject, "proposal %s/%s", d->secret, d->name);
    else
        snprintf(subject, sizeof subject, "%s%s%s%s", parts[d->part],
                 d->secret[0] || d->name[0] ? " " : "", d->secret, d->name);
    buf_printf(out, "%-8s %-8s %s", what_of(d), d->env[0] ? d->env : "-", subject);
}

static void add_details(struct buf *out, const vault_difference *d)
{
    const vault_side *side = d->what == VAULT_WHAT_REMOVED ? d->before : d->after;

    if (d->part == VAULT_PART_VALUE && d->after->value) {
        buf_add_text(out, "  by ");
        text_escape(out, slice_of(d->after->author), SIZE_MAX);
        buf_add_text(out, ", ");
        text_date(out, d->after->updated_at);
        buf_add_text(out, d->after->kind == VAULT_KIND_TEMPLATE ? "  template" : "");
    } else if (d->part == VAULT_PART_VALUE && d->what != VAULT_WHAT_REMOVED) {
        buf_add_text(out, d->after->shown ? "  (open, unverified)" : "  (sealed)");
    } else if (d->part == VAULT_PART_ENV && d->what == VAULT_WHAT_CHANGED) {
        buf_add_text(out, ", which was ");
        text_escape(out, text_of(d->before), SIZE_MAX);
    } else if (d->part == VAULT_PART_KEY || d->part == VAULT_PART_READER ||
               d->part == VAULT_PART_ID) {
        buf_add_text(out, side->text ? "  " : "");
        text_escape(out, text_of(side), SIZE_MAX);
    }
    if (d->part == VAULT_PART_KEY && strcmp(what_of(d), "replaced") == 0)
        buf_add_text(out, ", whose past does not hold the one before");
}

/* An open value is shown to everybody; where it was opened, what is shown is what it was opened to.
 */
static struct slice visible(const vault_side *s, bool reveal)
{
    if (s->value && (reveal || s->kind == VAULT_KIND_OPEN))
        return (struct slice){s->value, s->len};
    return s->shown ? slice_of(s->shown) : (struct slice){NULL, 0};
}

static void add_value(struct buf *out, const char *sign, const vault_side *s, bool reveal)
{
    struct slice value = visible(s, reveal);

    if (!value.at)
        return;
    buf_printf(out, "    %s \"", sign);
    text_escape(out, value, SIZE_MAX);
    buf_add_text(out, s->value ? "\"\n" : "\" unverified\n");
}

void difference_add_line(struct buf *out, const vault_difference *d, bool reveal)
{
    add_subject(out, d);
    add_details(out, d);
    buf_add_text(out, "\n");
    if (d->part != VAULT_PART_VALUE)
        return;
    add_value(out, "-", d->before, reveal);
    add_value(out, "+", d->after, reveal);
}

/* ---- JSON ---- */

/* A value that is not UTF-8 is written in base64, with a name that ends in _base64. */
static void add_json_value(struct buf *out, const char *name, const vault_side *s, bool reveal)
{
    struct slice value = visible(s, reveal);
    char *room;

    if (!value.at)
        return;
    if (text_is_utf8(value)) {
        json_text(out, name, value);
        return;
    }
    buf_printf(out, ", \"%s_base64\": \"", name);
    room = buf_reserve(out, BASE64_ENCODED(value.len));
    if (room) {
        base64_encode(room, value.at, value.len);
        out->len += BASE64_ENCODED(value.len);
    }
    buf_add_text(out, "\"");
}

static void add_json_sides(struct buf *out, const vault_difference *d)
{
    static const char *const names[] = {
        [VAULT_PART_ID] = "id",           [VAULT_PART_ENV] = "name",
        [VAULT_PART_KEY] = "fingerprint", [VAULT_PART_READER] = "public_key",
        [VAULT_PART_PROPOSAL] = NULL,     [VAULT_PART_SECRET] = NULL,
        [VAULT_PART_VALUE] = NULL};
    char name[32];

    if (!names[d->part])
        return;
    if (d->before->text) {
        snprintf(name, sizeof name, "%s_before", names[d->part]);
        json_text(out, name, text_of(d->before));
    }
    if (d->after->text)
        json_text(out, names[d->part], text_of(d->after));
}

void difference_add_json(struct buf *out, const vault_difference *d, bool reveal)
{
    json_word(out, "what", what_of(d));
    json_word(out, "part", parts[d->part]);
    if (d->env[0])
        json_word(out, "env", d->env);
    if (d->secret[0])
        json_word(out, "secret", d->secret);
    if (d->name[0])
        json_word(out, d->part == VAULT_PART_READER ? "reader" : "key", d->name);
    add_json_sides(out, d);
    if (d->part == VAULT_PART_VALUE && d->after->value) {
        json_word(out, "author", d->after->author);
        json_date(out, "updated_at", d->after->updated_at);
    }
    if (d->part == VAULT_PART_VALUE)
        json_raw(out, "opened", "%s", d->before->value || d->after->value ? "true" : "false");
    if (d->part == VAULT_PART_VALUE && (d->before->shown || d->after->shown))
        json_raw(out, "verified", "%s", d->before->value || d->after->value ? "true" : "false");
    if (d->part == VAULT_PART_VALUE) {
        add_json_value(out, "before", d->before, reveal);
        add_json_value(out, "after", d->after, reveal);
    }
}
