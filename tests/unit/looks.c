/* Which texts look like secrets. */
#include "find/looks.h"

#include "tap.h"

int main(void)
{
    static const char *const secrets[] = {
        "sk_live_1",
        "ghp_x",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.e30.x",
        "postgres://app:hunter2@db:5432/app",
        "redis://:pw@host",
        "https://a:b@c/d?e",
        "0123456789abcdef0123456789abcdef",
        "token=4f3c2a1b9d8e7f6a5b4c3d2e1f0a9b8c",
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
        "x Zk3v9Qp1Lw8Rt5Xy2Nb7Mc4 y",
        "-----BEGIN PRIVATE KEY-----\nMIIB\n",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "AGE-SECRET-KEY-1QQQ",
        "U2FsdGVkX18n3Vt9b2xq",
    };
    static const char *const others[] = {
        "",
        "info",
        "8080",
        "true",
        "127.0.0.1:5432",
        "https://api.example.com/v2?x=1",
        "postgres://app@db:5432/app",
        "http://host:80/a@b",
        "us-east-1,eu-central-1",
        "my-long-service-name-2024.internal.example.com",
        "someCamelCaseIdentifierName",
        "/usr/local/share/app/config.d",
        "2026-01-31T12:00:00Z",
        "postgresql15",
        "a sentence of many words, with 2 numbers and 1 comma",
        "sk-",
        "user@example.com",
        "00000000000000000000000000000000",
        "123e4567-e89b-12d3-a456-426614174000",
        "com.example.application.Main",
        "image:v1.2.3",
    };

    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        check(looks_secret(slice_of(secrets[i])) != NULL, "a secret: %.12s…", secrets[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check(!looks_secret(slice_of(others[i])), "none: %s", others[i]);
    return tap_done();
}
