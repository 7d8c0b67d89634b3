/* The members of the rows in format.c, and what they share. */
#ifndef VAULT_FORMAT_KIND_H
#define VAULT_FORMAT_KIND_H

#include "format.h"
#include "text/kv.h"

/* ---- dialects of dotenv (dotenvs.c) ---- */

format_checker format_check_ruby, format_caution_bash;
bool format_spell_portable(struct format_spelling *s);
bool format_spell_node(struct format_spelling *s);
bool format_spell_python(struct format_spelling *s);
bool format_spell_ruby(struct format_spelling *s);
bool format_spell_compose(struct format_spelling *s);
bool format_spell_godotenv(struct format_spelling *s);

enum err_code format_read_portable(struct slice text, struct vault_kv *kv, struct err *err);
enum err_code format_read_node(struct slice text, struct vault_kv *kv, struct err *err);
enum err_code format_read_python(struct slice text, struct vault_kv *kv, struct err *err);
enum err_code format_read_ruby(struct slice text, struct vault_kv *kv, struct err *err);
enum err_code format_read_compose(struct slice text, struct vault_kv *kv, struct err *err);
enum err_code format_read_godotenv(struct slice text, struct vault_kv *kv, struct err *err);

/* Whether a pair can be refused depends on the text that follows it: this writes the whole text. */
void format_write_dialect(const struct format *format, const struct format_set *set,
                          struct buf *out, struct format_verdict *verdicts);

/* ---- environment files and shells (env.c) ---- */

format_checker format_check_sh, format_caution_zsh, format_check_fish, format_check_docker,
    format_check_systemd, format_check_github;
void format_write_sh(const struct format_pair *pair, struct buf *out);
void format_write_fish(const struct format_pair *pair, struct buf *out);
void format_write_docker(const struct format_pair *pair, struct buf *out);
void format_write_systemd(const struct format_pair *pair, struct buf *out);
void format_write_github(const struct format_pair *pair, struct buf *out);
void format_write_example(const struct format_pair *pair, struct buf *out);
bool format_take_sh(struct format_scan *s, struct slice *name);
bool format_take_fish(struct format_scan *s, struct slice *name);
bool format_take_docker(struct format_scan *s, struct slice *name);
bool format_take_systemd(struct format_scan *s, struct slice *name);
bool format_take_github(struct format_scan *s, struct slice *name);

/* NAME=WORD, as a shell reads it. */
bool format_take_assignment(struct format_scan *s, struct slice *name);

/* ---- data (data.c) ---- */

format_checker format_check_k8s, format_check_tfvars;
void format_write_k8s(const struct format_set *set, struct buf *out);
void format_write_json(const struct format_set *set, struct buf *out);
void format_write_yaml(const struct format_set *set, struct buf *out);
void format_write_toml(const struct format_pair *pair, struct buf *out);
void format_write_tfvars(const struct format_pair *pair, struct buf *out);
enum err_code format_read_k8s(struct slice text, struct vault_kv *kv, struct err *err);
enum err_code format_read_json(struct slice text, struct vault_kv *kv, struct err *err);
enum err_code format_read_yaml(struct slice text, struct vault_kv *kv, struct err *err);
enum err_code format_read_toml(struct slice text, struct vault_kv *kv, struct err *err);
bool format_take_tfvars(struct format_scan *s, struct slice *name);

/* ---- shared (scan.c) ---- */

/* No zero byte; UTF-8; both. */
format_checker format_check_zero, format_check_utf8, format_check_text;

/* Whether bash sets or computes the variable itself. */
bool format_is_bash_name(struct slice name);
bool format_is_word_of(struct slice name, const char *words); /* separated by spaces */

/* A text that is read pair by pair. */
struct format_scan {
    const char *at, *end;
    struct buf value; /* secret: of the current pair */
};

bool format_take(struct format_scan *s, const char *text); /* skips the text if it is next */
bool format_take_name(struct format_scan *s, struct slice *name);

/* Reads pairs to the end of the text. take_pair reads a name, and its value into s->value; false if
 * the text is malformed. */
enum err_code format_read_pairs(struct slice text,
                                bool (*take_pair)(struct format_scan *s, struct slice *name),
                                struct vault_kv *kv, struct err *err);

#endif
