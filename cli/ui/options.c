/* All options of all verbs. */
#include "options.h"

const struct option options[OPT_COUNT] = {
    [OPT_FILE] = {"file", 'f', VALUE, "FILE",
                  "the vault; default: VAULT_FILE, or the nearest vault.toml", NAMES_FILE},
    [OPT_ENV] = {"env", 'e', VALUE, "ENV", "the environment; default: VAULT_ENV, or dev",
                 NAMES_ENVIRONMENT},
    [OPT_IDENTITY] = {"identity", 0, VALUE, "FILE", "an identity file to open it with", NAMES_FILE},
    [OPT_PASSPHRASE_FILE] = {"passphrase-file", 0, VALUE, "FILE", "a file with the passphrase",
                             NAMES_FILE},
    [OPT_PIN] = {"pin", 0, VALUE, "ENV=FINGERPRINT", "the key that an environment must have",
                 NAMES_NOTHING},
    [OPT_HELP] = {"help", 'h', NO_VALUE, NULL, "show this text", NAMES_NOTHING},
    [OPT_YES] = {"yes", 'y', NO_VALUE, NULL, "do not ask", NAMES_NOTHING},
    [OPT_JSON] = {"json", 0, NO_VALUE, NULL, "print JSON", NAMES_NOTHING},
    [OPT_OUTPUT] = {"output", 'o', VALUE, "FILE", "where to write", NAMES_FILE},
    [OPT_PASSPHRASE] = {"passphrase", 0, NO_VALUE, NULL, "a passphrase, asked for twice",
                        NAMES_NOTHING},
    [OPT_READER] = {"reader", 0, VALUE, "[NAME=]KEY",
                    "a public key that opens it: age1… or ssh-ed25519 …", NAMES_NOTHING},
    [OPT_LIKE] = {"like", 0, VALUE, "ENV", "the readers of another environment", NAMES_ENVIRONMENT},
    [OPT_ALLOW_EXISTING] = {"allow-existing", 0, NO_VALUE, NULL,
                            "leave an existing secret as it is", NAMES_NOTHING},
    [OPT_ALLOW_MISSING] = {"allow-missing", 0, NO_VALUE, NULL, "a missing one is not an error",
                           NAMES_NOTHING},
    [OPT_FORCE] = {"force", 0, NO_VALUE, NULL, "do it anyway", NAMES_NOTHING},
    [OPT_FROM_DOTENV] = {"from-dotenv", 0, VALUE, "FILE", "values from a dotenv file; - is stdin",
                         NAMES_FILE},
    [OPT_DIALECT] = {"dialect", 0, VALUE, "NAME",
                     "its dialect: node, python, ruby, compose or godotenv", NAMES_DIALECT},
    [OPT_KIND] = {"kind", 0, VALUE, "NAME",
                  "prompt for a service's usual variables: vault help kinds", NAMES_SERVICE},
    [OPT_FROM_ENV] = {"from-env", 0, VALUE, "NAME,…", "values of these environment variables",
                      NAMES_NOTHING},
    [OPT_FROM_JSON] = {"from-json", 0, VALUE, "FILE", "values from a JSON object of strings",
                       NAMES_FILE},
    [OPT_FROM_TOML] = {"from-toml", 0, VALUE, "FILE", "values from a TOML table of strings",
                       NAMES_FILE},
    [OPT_FROM_FILE] = {"from-file", 0, VALUE, "FILE",
                       "the value is a file's content, byte for byte", NAMES_FILE},
    [OPT_RAW] = {"raw", 0, NO_VALUE, NULL, "keep the final newline of stdin", NAMES_NOTHING},
    [OPT_BYTES] = {"bytes", 0, NO_VALUE, NULL, "print only the bytes, even on a terminal",
                   NAMES_NOTHING},
    [OPT_GENERATE] = {"generate", 0, MAYBE_VALUE, "KIND",
                      "a random value: hex:32, base64:32, password:24 or uuid", NAMES_RANDOM},
    [OPT_CREATED_BEFORE] = {"created-before", 0, VALUE, "DATE", "only those created before DATE",
                            NAMES_NOTHING},
    [OPT_MAX] = {"max", 0, VALUE, "N", "at most N secrets of each environment", NAMES_NOTHING},
    [OPT_ALL] = {"all", 0, NO_VALUE, NULL, "all environments", NAMES_NOTHING},
    [OPT_VERIFY] = {"verify", 0, NO_VALUE, NULL, "verify what is shown; needs a key",
                    NAMES_NOTHING},
    [OPT_TO] = {"to", 0, VALUE, "ENV", "the environment to put it in", NAMES_ENVIRONMENT},
    [OPT_ONLY] = {"only", 0, VALUE, "NAME,…", "only these variables", NAMES_BARE_VARIABLE},
    [OPT_EXCEPT] = {"except", 0, VALUE, "NAME,…", "all variables but these", NAMES_BARE_VARIABLE},
    [OPT_REQUIRE] = {"require", 0, VALUE, "NAME,…", "fail if one of these is missing",
                     NAMES_BARE_VARIABLE},
    [OPT_PREFIX] = {"prefix", 0, VALUE, "TEXT", "prefix each name with TEXT", NAMES_NOTHING},
    [OPT_CLEAN] = {"clean", 0, NO_VALUE, NULL, "pass on only PATH, HOME and a few more",
                   NAMES_NOTHING},
    [OPT_NO_OVERRIDE] = {"no-override", 0, NO_VALUE, NULL, "keep variables that are already set",
                         NAMES_NOTHING},
    [OPT_ALLOW_DANGEROUS] = {"allow-dangerous", 0, VALUE, "NAME,…",
                             "set these, which can run other code", NAMES_NOTHING},
    [OPT_FILES] = {"files", 0, MAYBE_VALUE, "DIR",
                   "put each value in a private file; NAME_FILE is its path", NAMES_FILE},
    [OPT_FORMAT] = {"format", 0, VALUE, "FORMAT", "default: dotenv; see vault help formats",
                    NAMES_FORMAT},
    [OPT_ALLOW_DISK] = {"allow-disk", 0, NO_VALUE, NULL,
                        "allow plain text on disk if no folder is in memory", NAMES_NOTHING},
    [OPT_REPLACE] = {"replace", 0, NO_VALUE, NULL,
                     "replace the key of a reader, in all environments", NAMES_NOTHING},
    [OPT_FOR] = {"for", 0, VALUE, "TIME", "how long: 90s, 30m, 8h, 7d", NAMES_NOTHING},
    [OPT_FORGET_PAST] = {"forget-past", 0, NO_VALUE, NULL,
                         "drop the old keys: the new one cannot read history", NAMES_NOTHING},
    [OPT_REVEAL] = {"reveal", 0, NO_VALUE, NULL, "show the values", NAMES_NOTHING},
    [OPT_TEXTCONV] = {"textconv", 0, NO_VALUE, NULL,
                      "for git: print one version, with marks for values", NAMES_NOTHING},
    [OPT_HISTORY] = {"history", 0, NO_VALUE, NULL, "check every version in git", NAMES_NOTHING},
    [OPT_REDACT] = {"redact", 0, NO_VALUE, NULL,
                    "mask values in the command's output as [SECRET/NAME]", NAMES_NOTHING},
    [OPT_OURS] = {"ours", 0, NO_VALUE, NULL, "take ours in every conflict", NAMES_NOTHING},
    [OPT_THEIRS] = {"theirs", 0, NO_VALUE, NULL, "take theirs in every conflict", NAMES_NOTHING},
    [OPT_MARKER_SIZE] = {"marker-size", 0, VALUE, "N", "the length of the conflict markers",
                         NAMES_NOTHING},
    [OPT_PATH] = {"path", 0, VALUE, "FILE", "the name of the file for messages", NAMES_FILE},
    [OPT_UNINSTALL] = {"uninstall", 0, NO_VALUE, NULL, "remove what it has set up", NAMES_NOTHING},
    [OPT_STAGED] = {"staged", 0, NO_VALUE, NULL, "search what is staged, not the files",
                    NAMES_NOTHING},
    [OPT_HOOK] = {"hook", 0, NO_VALUE, NULL,
                  "for a hook: never prompt; pass if the vault stays locked", NAMES_NOTHING},
    [OPT_EXAMPLE] = {"example", 0, VALUE, "FILE",
                     "the names in a dotenv file, such as .env.example", NAMES_FILE},
    [OPT_AGAINST] = {"against", 0, VALUE, "ENV", "report names that ENV lacks", NAMES_ENVIRONMENT},
    [OPT_MAX_AGE] = {"max-age", 0, VALUE, "TIME",
                     "report values unchanged for longer than 90d, 26w, …", NAMES_NOTHING},
    [OPT_WORK_FACTOR] = {"work-factor", 0, VALUE, "N",
                         "highest work factor to accept: default 18, at most 22", NAMES_NOTHING},
    [OPT_WEAK] = {"weak", 0, NO_VALUE, NULL, "accept a weak passphrase", NAMES_NOTHING},
};

const enum opt global_options[] = {OPT_FILE,        OPT_ENV, OPT_IDENTITY, OPT_PASSPHRASE_FILE,
                                   OPT_WORK_FACTOR, OPT_PIN, OPT_HELP,     OPT_END};

enum opt option_of_name(struct slice name)
{
    for (int i = 1; i < OPT_COUNT; i++)
        if (options[i].name && slice_is(name, options[i].name))
            return (enum opt)i;
    return OPT_END;
}

enum opt option_of_letter(char letter)
{
    for (int i = 1; i < OPT_COUNT; i++)
        if (options[i].letter == letter)
            return (enum opt)i;
    return OPT_END;
}
