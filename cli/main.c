/* The program. */
#include "../vault.h"

#include <sodium.h>
#include <stdio.h>

int main(void)
{
    printf("vault %s, libsodium %s\n", vault_version(), sodium_version_string());
    return fflush(stdout) == 0 ? 0 : 1;
}
