/* The table of verbs. */
#ifndef VAULT_TABLE_H
#define VAULT_TABLE_H

#include "ui/verb.h"

extern const struct verb verbs[]; /* ends in a row without a name */

/* Verbs, by file. */
enum status run_init(const struct args *args);
enum status run_keygen(const struct args *args);
enum status run_env(const struct args *args);
enum status run_create(const struct args *args);
enum status run_update(const struct args *args);
enum status run_set(const struct args *args);
enum status run_restore(const struct args *args);
enum status run_undo(const struct args *args);
enum status run_get(const struct args *args);
enum status run_inbox(const struct args *args);
enum status run_list(const struct args *args);
enum status run_delete(const struct args *args);
enum status run_rename(const struct args *args);
enum status run_copy(const struct args *args);
enum status run_ui(const struct args *args);
enum status run_exec(const struct args *args);
enum status run_export(const struct args *args);
enum status run_render(const struct args *args);
enum status run_check(const struct args *args);
enum status run_grant(const struct args *args);
enum status run_revoke(const struct args *args);
enum status run_rotate(const struct args *args);
enum status run_readers(const struct args *args);
enum status run_whoami(const struct args *args);
enum status run_trust(const struct args *args);
enum status run_unlock(const struct args *args);
enum status run_lock(const struct args *args);
enum status run_edit(const struct args *args);
enum status run_merge(const struct args *args);
enum status run_redact(const struct args *args);
enum status run_scan(const struct args *args);
enum status run_verify(const struct args *args);
enum status run_doctor(const struct args *args);
enum status run_diff(const struct args *args);
enum status run_log(const struct args *args);
enum status run_exposed(const struct args *args);
enum status run_completion(const struct args *args);
enum status run_help(const struct args *args);
enum status run_version(const struct args *args);

#endif
