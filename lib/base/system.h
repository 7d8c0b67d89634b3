/* The differences between systems that reach every file: included before all other headers, by the
 * compiler's command line (STANDARD in the Makefile). What only one file needs is in that file:
 * keyring.c, and in cli cage.c, process.c, signals.c, memory.c and ready.c. */
#ifndef VAULT_SYSTEM_H
#define VAULT_SYSTEM_H

/* macOS and the BSDs show everything, POSIX.1-2008 and what they have beyond it, unless a macro
 * asks for less. Elsewhere -std=c99 hides POSIX: _XOPEN_SOURCE=700 is all of POSIX.1-2008 (with
 * _POSIX_C_SOURCE alone, glibc hides realpath). The other two give 32-bit systems large files, and
 * times after 2038. */
#if !defined __APPLE__ && !defined __FreeBSD__ && !defined __NetBSD__ && !defined __OpenBSD__
#define _XOPEN_SOURCE 700    /* NOLINT(*-reserved-identifier,cert-*) */
#define _FILE_OFFSET_BITS 64 /* NOLINT(*-reserved-identifier,cert-*) */
#define _TIME_BITS 64        /* NOLINT(*-reserved-identifier,cert-*) */
#endif

/* The time stamps in struct stat. */
#ifdef __APPLE__
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

#endif
