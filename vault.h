/* libvault: the public API, and its manual. */
#ifndef VAULT_H
#define VAULT_H

#ifdef __cplusplus
extern "C" {
#endif

#define VAULT_VERSION "0.1.0"

/* The version of the library that is linked. */
const char *vault_version(void);

#ifdef __cplusplus
}
#endif

#endif
