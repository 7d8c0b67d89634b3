/* libvault: open, unlock, read, change, save. */
#include "vault.h"

const char *vault_version(void)
{
    return VAULT_VERSION;
}
