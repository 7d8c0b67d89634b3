/* Data formats: JSON, YAML, TOML, Kubernetes manifests, Terraform variables. Each has a writer, and
 * a reader of what it writes. */
#include "kind.h"

#include "base/base64.h"
#include "base/text.h"
#include "text/json.h"
#include "text/toml.h"

#include <string.h>

static enum err_code add_pair(struct vault_kv *kv, struct slice name, struct slice value,
                              struct err *err)
{
    return kv_add(kv, name, value) ? ERR_OK : err_no_memory(err);
}

/* ---- JSON ---- */

void format_write_json(const struct format_set *set, struct buf *out)
{
    buf_add_text(out, "{");
    for (size_t i = 0; i < set->count; i++) {
        buf_add_text(out, i ? ",\n  " : "\n  ");
        text_json(out, set->pairs[i].name);
        buf_add_text(out, ": ");
        text_json(out, set->pairs[i].value);
    }
    buf_add_text(out, set->count ? "\n}\n" : "}\n");
}

enum err_code format_read_json(struct slice text, struct vault_kv *kv, struct err *err)
{
    struct arena arena = {0};
    struct json_pair *pairs;
    size_t count;
    enum err_code code = json_read_strings(text, &arena, &pairs, &count, err);

    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = add_pair(kv, slice_of(pairs[i].name), pairs[i].value, err);
    arena_free(&arena);
    return code;
}

/* ---- TOML: a JSON string is one of its basic strings ---- */

void format_write_toml(const struct format_pair *pair, struct buf *out)
{
    buf_add_slice(out, pair->name);
    buf_add_text(out, " = ");
    text_json(out, pair->value);
    buf_add_text(out, "\n");
}

enum err_code format_read_toml(struct slice text, struct vault_kv *kv, struct err *err)
{
    struct arena arena = {0};
    struct toml_value *root;
    enum err_code code = toml_parse(text, &arena, &root, err);

    for (struct toml_value *v = code == ERR_OK ? root->as.table.first : NULL; v && code == ERR_OK;
         v = v->next)
        code = v->type == TOML_STRING ? add_pair(kv, toml_name(v), toml_text(v), err)
                                      : err_set(err, ERR_FORMAT, "not a string");
    arena_free(&arena);
    return code;
}

/* ---- strings in double quotes, of YAML and HCL ---- */

static void add_escaped(struct buf *out, uint32_t c)
{
    if (c == '\n')
        buf_add_text(out, "\\n");
    else if (c == '"' || c == '\\')
        buf_printf(out, "\\%c", (int)c);
    else
        buf_printf(out, "\\u%04x", (unsigned)c);
}

/* Characters that YAML does not allow unescaped, or that end a line. */
static bool must_be_escaped(uint32_t c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == 0x7F || text_is_far_control(c) ||
           c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
}

/* HCL expands ${ and %{. */
static bool begins_template(struct slice rest)
{
    return rest.len > 1 && (rest.at[0] == '$' || rest.at[0] == '%') && rest.at[1] == '{';
}

static void add_string(struct buf *out, struct slice value, bool is_template)
{
    size_t len;

    buf_add_text(out, "\"");
    for (; value.len > 0; value.at += len, value.len -= len) {
        uint32_t c = text_character(value, &len);

        if (must_be_escaped(c) || (is_template && begins_template(value)))
            add_escaped(out, c);
        else
            buf_add(out, value.at, len);
    }
    buf_add_text(out, "\"");
}

static bool take_code(struct format_scan *s)
{
    uint32_t c = 0;
    char utf8[4];

    for (int i = 0; i < 4; i++, s->at++) {
        if (s->at == s->end || text_hex_digit(*s->at) > 15)
            return false;
        c = c << 4 | text_hex_digit(*s->at);
    }
    buf_add(&s->value, utf8, (size_t)(text_put_character(utf8, c) - utf8));
    return true;
}

/* Reads up to the closing quote, which ends the line. */
static bool take_string(struct format_scan *s)
{
    while (s->at < s->end && *s->at != '"') {
        if (format_take(s, "\\u")) {
            if (!take_code(s))
                return false;
        } else if (format_take(s, "\\n")) {
            buf_add_text(&s->value, "\n");
        } else if (format_take(s, "\\\"") || format_take(s, "\\\\")) {
            buf_add(&s->value, s->at - 1, 1);
        } else if (*s->at == '\\') {
            return false;
        } else {
            buf_add(&s->value, s->at++, 1);
        }
    }
    return format_take(s, "\"\n");
}

/* ---- YAML ---- */

/* Words that are not strings in YAML 1.1. */
static bool is_word_of_yaml(struct slice name)
{
    char lower[8] = "";

    for (size_t i = 0; i < name.len && name.len < sizeof lower; i++)
        lower[i] = (char)(name.at[i] | 0x20);
    return format_is_word_of(slice_of(lower), "y n yes no on off true false null");
}

static void add_yaml_name(struct buf *out, struct slice name)
{
    const char *quote = is_word_of_yaml(name) ? "\"" : "";

    buf_add_text(out, quote);
    buf_add_slice(out, name);
    buf_add_text(out, quote);
    buf_add_text(out, ": ");
}

static bool take_yaml_name(struct format_scan *s, struct slice *name)
{
    if (!format_take(s, "\""))
        return format_take_name(s, name) && !is_word_of_yaml(*name) && format_take(s, ": ");
    return format_take_name(s, name) && format_take(s, "\": ");
}

void format_write_yaml(const struct format_set *set, struct buf *out)
{
    if (set->count == 0)
        buf_add_text(out, "{}\n");
    for (size_t i = 0; i < set->count; i++) {
        add_yaml_name(out, set->pairs[i].name);
        add_string(out, set->pairs[i].value, false);
        buf_add_text(out, "\n");
    }
}

static bool take_yaml(struct format_scan *s, struct slice *name)
{
    return take_yaml_name(s, name) && format_take(s, "\"") && take_string(s);
}

enum err_code format_read_yaml(struct slice text, struct vault_kv *kv, struct err *err)
{
    return slice_is(text, "{}\n") ? ERR_OK : format_read_pairs(text, take_yaml, kv, err);
}

/* ---- Terraform ---- */

/* Blocks of Unicode that normalization to NFC, which Terraform applies to every string, leaves
 * unchanged in any context. */
static bool is_stable(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0000, 0x02FF}, {0x0388, 0x0482}, {0x048A, 0x0587},   /* Latin, Greek, Cyrillic */
        {0x05D0, 0x05EA}, {0x0620, 0x064A},                     /* Hebrew, Arabic */
        {0x2002, 0x205E}, {0x20A0, 0x20BF},                     /* punctuation, currencies */
        {0x2190, 0x2328}, {0x232B, 0x27FF},                     /* arrows, operators, symbols */
        {0x3041, 0x3096}, {0x309B, 0x30FF},                     /* kana */
        {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3},                     /* Han, Hangul */
        {0xFEFF, 0xFEFF}, {0xFF01, 0xFFEE}, {0x1F000, 0x1FAFF}, /* full width, emoji */
    };

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

const char *format_check_tfvars(const struct format_pair *pair)
{
    struct slice rest = pair->value;
    const char *why = format_check_text(pair);
    size_t len;

    for (; !why && rest.len > 0; rest.at += len, rest.len -= len)
        if (!is_stable(text_character(rest, &len)))
            why = "a character that Terraform may replace";
    return why;
}

void format_write_tfvars(const struct format_pair *pair, struct buf *out)
{
    buf_add_slice(out, pair->name);
    buf_add_text(out, " = ");
    add_string(out, pair->value, true);
    buf_add_text(out, "\n");
}

bool format_take_tfvars(struct format_scan *s, struct slice *name)
{
    const char *start;

    if (!format_take_name(s, name) || !format_take(s, " = \""))
        return false;
    start = s->at;
    if (!take_string(s))
        return false;
    for (const char *at = start; at < s->at; at++) /* nothing may be expanded */
        if (begins_template((struct slice){at, (size_t)(s->at - at)}))
            return false;
    return true;
}

/* ---- a Secret of Kubernetes ---- */

enum { K8S_KEY_MAX = 253 };

static const char k8s_head[] = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: \"",
                  k8s_middle[] = "\"\ntype: Opaque\ndata:";

const char *format_check_k8s(const struct format_pair *pair)
{
    return pair->name.len > K8S_KEY_MAX ? "a name of over 253 characters" : NULL;
}

/* A valid name for a Secret: lower-case letters and digits, with dashes between. */
static void add_k8s_title(struct buf *out, const char *title)
{
    size_t len = strlen(title);

    while (len > 0 && (title[len - 1] == '-' || title[len - 1] == '_'))
        len--;
    for (size_t i = 0; i < len; i++) {
        char c = title[i];

        c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        buf_add(out, &c, 1);
    }
}

static void add_base64(struct buf *out, struct slice value)
{
    static const char padding[] = "==";
    size_t len = BASE64_ENCODED(value.len);
    char *room = buf_reserve(out, len);

    if (!room)
        return;
    base64_encode(room, value.at, value.len);
    out->len += len;
    buf_add(out, padding, len % 4 ? 4 - len % 4 : 0);
}

void format_write_k8s(const struct format_set *set, struct buf *out)
{
    buf_add_text(out, k8s_head);
    add_k8s_title(out, set->title);
    buf_add_text(out, k8s_middle);
    buf_add_text(out, set->count ? "\n" : " {}\n");
    for (size_t i = 0; i < set->count; i++) {
        buf_add_text(out, "  ");
        add_yaml_name(out, set->pairs[i].name);
        buf_add_text(out, "\"");
        add_base64(out, set->pairs[i].value);
        buf_add_text(out, "\"\n");
    }
}

static bool take_k8s(struct format_scan *s, struct slice *name)
{
    size_t len;
    char *room;

    if (!format_take(s, "  ") || !take_yaml_name(s, name) || !format_take(s, "\""))
        return false;
    len = base64_span(s->at, (size_t)(s->end - s->at));
    room = buf_reserve(&s->value, BASE64_DECODED(len) + 1);
    if (!room || !base64_decode(room, s->at, len))
        return false;
    s->value.len += BASE64_DECODED(len);
    s->at += len;
    for (; len % 4; len++)
        if (!format_take(s, "="))
            return false;
    return format_take(s, "\"\n");
}

enum err_code format_read_k8s(struct slice text, struct vault_kv *kv, struct err *err)
{
    struct format_scan s = {text.at, text.at + text.len, BUF_SECRET};
    struct slice rest;

    if (!format_take(&s, k8s_head))
        return err_set(err, ERR_FORMAT, "no manifest");
    while (s.at < s.end && *s.at != '"')
        s.at++;
    if (!format_take(&s, k8s_middle))
        return err_set(err, ERR_FORMAT, "no manifest");
    rest = (struct slice){s.at, (size_t)(s.end - s.at)};
    if (slice_is(rest, " {}\n"))
        return ERR_OK;
    return format_take(&s, "\n")
               ? format_read_pairs((struct slice){s.at, (size_t)(s.end - s.at)}, take_k8s, kv, err)
               : err_set(err, ERR_FORMAT, "no manifest");
}
