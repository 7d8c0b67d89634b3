/* The families of formats, for the table in format.c: what a value must not hold, writers, and
 * readers of what they write. */
#ifndef VAULT_FORMAT_KIND_H
#define VAULT_FORMAT_KIND_H

#include "format.h"
#include "text/kv.h"

/* ---- dialects of dotenv (format_dotenv.c): what they refuse depends on the whole text ---- */

format_checker format_check_ruby;
format_writer format_write_portable, format_write_node, format_write_python, format_write_ruby,
    format_write_compose, format_write_godotenv;
format_reader format_read_portable, format_read_node, format_read_python, format_read_ruby,
    format_read_compose, format_read_godotenv;

/* ---- what sets variables (format_env.c) ---- */

format_checker format_check_sh, format_check_fish, format_check_docker, format_check_systemd,
    format_check_github;
format_writer format_write_sh, format_write_fish, format_write_docker, format_write_systemd,
    format_write_github, format_write_example;
format_reader format_read_sh, format_read_fish, format_read_docker, format_read_systemd,
    format_read_github;

/* Whether bash sets or computes it itself. */
bool format_is_name_of_bash(struct slice name);

/* NAME=WORD, as a shell reads it. */
format_reader format_read_assignments;

/* ---- data (format_data.c) ---- */

format_checker format_check_k8s, format_check_tfvars;
format_writer format_write_k8s, format_write_json, format_write_yaml, format_write_toml,
    format_write_tfvars;
format_reader format_read_k8s, format_read_json, format_read_yaml, format_read_toml,
    format_read_tfvars;

/* ---- for several of them (format.c) ---- */

/* No zero byte; UTF-8; both. */
format_checker format_check_zero, format_check_utf8, format_check_text;

/* A text that is read pair by pair. */
struct format_scan {
    const char *at, *end;
    struct buf value; /* secret: of the pair that is being read */
};

bool format_take(struct format_scan *s, const char *text); /* goes past it, if it is next */
bool format_take_name(struct format_scan *s, struct slice *name);

/* Reads one pair, its value into s->value; false if there is none. */
typedef bool format_take_pair(struct format_scan *s, struct slice *name);

/* Reads pairs to the end of the text. */
enum err_code format_read_pairs(struct slice text, format_take_pair *take, struct vault_kv *kv,
                                struct err *err);

#endif
