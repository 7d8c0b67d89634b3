/* What age, age-keygen and ssh-keygen wrote: what our own code writes is no witness for what it
 * reads. The keys were thrown away. */
#ifndef TESTS_THEIRS_H
#define TESTS_THEIRS_H

#define THEIR_PLAIN "sealed by age itself\n"

#define THEIR_X25519_PUBLIC "age1ngram4s6ksach570dc0cc02qurssm38hma9c6nr3wvzevgk0x5psjfatr8"
static const char their_x25519[] =
    "# created: 2026-11-21T13:09:15Z\n"
    "# public key: age1ngram4s6ksach570dc0cc02qurssm38hma9c6nr3wvzevgk0x5psjfatr8\n"
    "AGE-SECRET-KEY-15LD8FD99RX904LNY2SKS7ZKFYFF7H3KL4S9Y0S5XE4MN4L5N4W0QNT2YGT\n";

#define THEIR_SSH_PUBLIC \
    "ssh-ed25519 "       \
    "AAAAC3NzaC1lZDI1NTE5AAAAIBH4HMMBGwYl4uI5AKgtGtfpVXUPwHxUlTIgve+JjQCc"
static const char their_ssh[] =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"
    "QyNTUxOQAAACAR+BzDARsGJeLiOQCoLRrX6VV1D8B8VJUyIL3viY0AnAAAAJieVgtbnlYL\n"
    "WwAAAAtzc2gtZWQyNTUxOQAAACAR+BzDARsGJeLiOQCoLRrX6VV1D8B8VJUyIL3viY0AnA\n"
    "AAAEB4qQK8DROAkVA3bZFlj16SJvYOXk1eXAvzy/TbxzzUZBH4HMMBGwYl4uI5AKgtGtfp\n"
    "VXUPwHxUlTIgve+JjQCcAAAAEHRlc3RAZXhhbXBsZS5vcmcBAgMEBQ==\n"
    "-----END OPENSSH PRIVATE KEY-----\n";

static const char their_x25519_file[] =
    "-----BEGIN AGE ENCRYPTED FILE-----\n"
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBwc1AxTlhiNERORDNXM1pj\n"
    "czZUZ3RlRzhubHBXTTBCVm9lRTZMcGx3OHlZCitLd01OOWg2SWNaWkU0cWgrbWVv\n"
    "TnBpY0JvMjZVSDZrcmhwMTZ6QWw0RmcKLS0tIFk5c1NWM0VZaDc4cTJDN2RCM29T\n"
    "UkdpWHpGSFBDY3pxcWNnUGtlMHMxZ0EKGPlCR60SyDlyGS+Lteon5LyN0yZTRoLP\n"
    "Ah0NqLbEqwVApgZmiXoRZ9yjutu2Wmbod6uskIM=\n"
    "-----END AGE ENCRYPTED FILE-----\n";

static const char their_ssh_file[] =
    "-----BEGIN AGE ENCRYPTED FILE-----\n"
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNzaC1lZDI1NTE5IGFRNVRmQSAyY050\n"
    "aTlyVEFJZEUvY3oxbU4wVFFlcHBDTytxay9KSzJkZ2hhc2I3TDBZCnVxTm5VTy9C\n"
    "K3FJVy8zY05TOElxWUM4ejFGVVYzeWFnc29FU0ZIc0d4NFEKLS0tIGFkUDRacXM4\n"
    "VkhabXFPbWU1U21ydGJZVTV0czlOdmdoOUV1bWxiODErWjgKQ8raHjbWyPTC8KZ9\n"
    "Cgh4byvKaOa1zi8Do9LMEXWFR9nD8GjYjUVnXlIOrOwW8WeqnaJ5fwE=\n"
    "-----END AGE ENCRYPTED FILE-----\n";

#endif
