/* The table of verbs: dispatch, usage, help and completion come from it. */
#include "table.h"

#include "help.h"

#include "git/gitsetup.h"

#define SOURCES                                                                              \
    OPT_FROM_DOTENV, OPT_DIALECT, OPT_EXPAND, OPT_SKIP_INVALID, OPT_FROM_ENV, OPT_FROM_JSON, \
        OPT_FROM_TOML, OPT_KIND, OPT_RAW

const struct verb verbs[] = {
    {.group = "begin",
     .name = "init",
     .operands = "",
     .summary = "make a vault in this folder",
     .run = run_init,
     .flags = MANY_ENVS | GIVES,
     .options = {OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_READER},
     .own = {{OPT_ENV, "the environments to make; default: VAULT_ENV, or dev", false},
             {OPT_PASSPHRASE, "a passphrase opens it; prompts twice", false},
             {OPT_GENERATE, "generate the passphrase (80 bits) and print it", true}},
     .details =
         "Makes your own identity if you have none. An existing file is not touched.\n"
         "\n"
         "  vault init                         with the environment dev, for your own identity\n"
         "  vault init -e dev,prod             with two environments\n"
         "  vault init --passphrase            for a passphrase; --generate makes one\n"
         "  vault init --reader ci=age1…       for the given public keys only\n"},
    {.name = "keygen",
     .others = {"keys"},
     .operands = "",
     .summary = "make an age identity and print its public key",
     .run = run_keygen,
     .flags = NO_ENV,
     .options = {OPT_OUTPUT, OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_PQ, OPT_FORCE},
     .own = {{OPT_OUTPUT, "where to write the identity", false},
             {OPT_FORCE, "write it even if git would add it", false},
             {OPT_PASSPHRASE, "encrypt the file with a passphrase, asked for twice", false},
             {OPT_GENERATE, "make the passphrase, of 80 bits, and print it first", true}},
     .details =
         "Only you need the file: keep a copy of it. Send the public key to a reader, who "
         "can grant.\n"
         "On a terminal, without -o, it proposes a passphrase; Enter declines.\n"
         "\n"
         "  vault keygen                       in the place where vault looks for it\n"
         "  vault keygen --passphrase          under a passphrase\n"
         "  vault keygen --pq                  post-quantum: age1pq1…, 1,959 characters\n"
         "  vault keygen -o ~/ci.key           in another file: not where git would add it\n"},
    {.name = "env",
     .others = {"environment", "environments"},
     .operands = "[list|default|create|delete|rename|copy] [ENV] [NEW]",
     .summary = "list, make or change environments",
     .run = run_env,
     .most = 3,
     .first = NAMES_ACTION,
     .later = NAMES_ENVIRONMENT,
     .flags = CAGED | GIVES,
     .options = {OPT_LIKE, OPT_READER, OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_JSON, OPT_YES},
     .own = {{OPT_PASSPHRASE, "a passphrase opens it; prompts twice", false},
             {OPT_GENERATE, "generate the passphrase (80 bits) and print it", true}},
     .details =
         "A new environment is for you, unless an option names other readers. delete asks first.\n"
         "\n"
         "  vault env                          lists all environments\n"
         "  vault env default staging          on this machine, for verbs without -e\n"
         "  vault env create staging --like dev\n"
         "  vault env create ci --reader ci=age1… --passphrase\n"
         "  vault env copy staging prod        a new key, the same readers and values\n"
         "  vault env delete staging\n"},
    {.group = "secrets",
     .name = "create",
     .others = {"new"},
     .operands = "SECRET [NAME=VALUE…]",
     .summary = "make a secret",
     .run = run_create,
     .least = 1,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET,
     .flags = CAGED,
     .options = {SOURCES, OPT_OPEN_NAMES, OPT_ALLOW_EXISTING, OPT_FORCE},
     .own = {{OPT_FORCE, "replace an existing secret as a whole; open what looks like a secret",
              false}},
     .details =
         "Fails if the secret exists. Sources apply in the order typed, then each NAME=VALUE.\n"
         "\n"
         "  vault create stripe API_KEY=- WEBHOOK_KEY=-     prompts for both\n"
         "  vault create app --from-dotenv .env\n"
         "  vault create db --kind postgres                 prompts for PGHOST, PGPASSWORD, …\n"},
    {.name = "update",
     .operands = "SECRET [NAME=VALUE…]",
     .summary = "set variables of a secret",
     .run = run_update,
     .least = 1,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET,
     .later = NAMES_OWN_VARIABLE,
     .flags = CAGED,
     .options = {SOURCES, OPT_OPEN_NAMES, OPT_FORCE},
     .own = {{OPT_FORCE, "open what looks like a secret", false}},
     .details = "The secret must exist. Variables that are not named are left alone.\n"
                "\n"
                "  vault update stripe API_KEY=-\n"
                "  vault update app --from-env DATABASE_URL,REDIS_URL\n"
                "  vault update app --from-dotenv .env --dialect compose\n"},
    {.name = "set",
     .others = {"add", "write", "put"},
     .operands = "[SECRET/]NAME[=VALUE]…",
     .summary = "set variables",
     .run = run_set,
     .least = 1,
     .most = ANY_NUMBER,
     .first = NAMES_VARIABLE,
     .later = NAMES_VARIABLE,
     .flags = MANY_ENVS | CAGED,
     .options = {OPT_FROM_FILE, OPT_GENERATE, OPT_RAW, OPT_OPEN, OPT_SEALED, OPT_TEMPLATE,
                 OPT_PROPOSE, OPT_FORCE},
     .own = {{OPT_FORCE, "open what looks like a secret", false}},
     .details =
         "Makes the secret if it does not exist. A NAME without a secret is looked up in the\n"
         "environment; a new one goes into the secret app.\n"
         "\n"
         "  vault set API_KEY                  prompts without echo\n"
         "  vault set db/PASSWORD --generate=password:24 -e prod\n"
         "  pass show key | vault set API_KEY\n"
         "  vault set --open LOG_LEVEL=info    not a secret: reviewers can read it\n"
         "  vault set --template 'URL=redis://:{{ PASSWORD | url }}@{{ HOST }}'\n"
         "  vault set --propose -e prod db/PASSWORD   you cannot open prod, its readers can\n"
         "  vault set tls/KEY --from-file key.pem\n"
         "  vault set LOG_URL=… -e dev,prod    in both, or in none\n"
         "\n"
         "vault help templates explains what a template may have.\n"},
    {.name = "get",
     .others = {"show", "read", "cat", "print", "view", "reveal"},
     .operands = "[SECRET/]NAME",
     .summary = "print one value",
     .run = run_get,
     .least = 1,
     .most = 1,
     .first = NAMES_VARIABLE,
     .flags = READS | CAGED | HANDS_OUT,
     .options = {OPT_BYTES, OPT_REV, OPT_UNVERIFIED},
     .details =
         "Byte for byte. On a terminal it adds a newline, and shows control characters other than\n"
         "newline and tab as escapes, unless --bytes is given.\n"
         "\n"
         "  vault get API_KEY\n"
         "  vault get API_KEY --rev HEAD~3     as it was then; git has it\n"
         "  vault get stripe/API_KEY -e prod | pbcopy\n"
         "  vault export --only A,B --format=json   several values\n"},
    {.name = "restore",
     .operands = "[SECRET/]NAME [REV]",
     .summary = "set a variable to the value that it had before",
     .run = run_restore,
     .least = 1,
     .most = 2,
     .first = NAMES_VARIABLE,
     .flags = ASKS_GIT,
     .details =
         "Takes the value from a revision, or the last other value that was committed, and sets "
         "it\n"
         "like any new value. A deleted variable needs its SECRET. The key may have been rotated\n"
         "since.\n"
         "\n"
         "  vault restore API_KEY\n"
         "  vault restore db/PASSWORD v1.2 -e prod\n"},
    {.name = "undo",
     .others = {"revert", "rollback"},
     .operands = "",
     .summary = "take back your last change, if it is not committed",
     .run = run_undo,
     .flags = ASKS_GIT | NO_ENV,
     .details =
         "Puts the file back as it was before the last change that was made here, and says what\n"
         "that was, by name. It refuses if the file has changed since, and it takes back no new\n"
         "key: after rotate or revoke the hint says what to do.\n"
         "\n"
         "  vault undo\n"},
    {.name = "list",
     .others = {"ls", "find", "search", "grep", "tree"},
     .operands = "[SECRET|PATTERN]",
     .summary = "list names, never values",
     .run = run_list,
     .most = 1,
     .first = NAMES_SECRET,
     .flags = READS | LOOKS | MANY_ENVS | CAGED,
     .options = {OPT_NAMES, OPT_ALL, OPT_CREATED_BEFORE, OPT_MAX, OPT_ORIGIN, OPT_NO_PAGER,
                 OPT_VERIFY, OPT_JSON},
     .details =
         "Names and open values need no key, and are not verified without one. A PATTERN is a\n"
         "part of a name, whatever its case; * is any text.\n"
         "\n"
         "  vault list -e prod\n"
         "  vault list --names                 all variables\n"
         "  vault list db --all                where a name has db in it; or '*_URL'\n"
         "  vault list stripe                  its variables: when each changed, and by whom\n"
         "  vault list -e dev,local --origin   which layer gives each variable to exec\n"
         "  vault list --all --json\n"},
    {.name = "inbox",
     .others = {"proposals"},
     .operands = "[SECRET/NAME/TAG…]",
     .summary = "list, accept or reject proposed values",
     .run = run_inbox,
     .most = ANY_NUMBER,
     .flags = CAGED,
     .options = {OPT_ACCEPT, OPT_REJECT, OPT_JSON, OPT_YES},
     .own = {{OPT_YES, "accept without asking what is later than the value there", false}},
     .details = "Anyone who can write the file can propose a value, under any author's name; none "
                "is used\n"
                "before a reader accepts it. Names need no key. See vault set --propose.\n"
                "\n"
                "  vault inbox -e prod\n"
                "  vault inbox -e prod --accept db/PASSWORD/0123abcd\n"
                "  vault inbox -e prod --reject db/PASSWORD/0123abcd\n"},
    {.name = "delete",
     .others = {"rm", "remove", "unset", "del", "destroy"},
     .operands = "SECRET… | SECRET/NAME…",
     .summary = "delete secrets or variables",
     .run = run_delete,
     .least = 1,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET | NAMES_VARIABLE,
     .later = NAMES_SECRET | NAMES_VARIABLE,
     .flags = MANY_ENVS | CAGED | DESTROYS,
     .options = {OPT_ALLOW_MISSING, OPT_YES},
     .details = "Asks first. Without a terminal it needs -y. Git keeps what was committed.\n"
                "\n"
                "  vault delete stripe/WEBHOOK_KEY\n"
                "  vault delete stripe -y\n"},
    {.name = "rename",
     .others = {"mv"},
     .operands = "A B",
     .summary = "rename a secret or a variable",
     .run = run_rename,
     .least = 1,
     .most = 2,
     .first = NAMES_SECRET | NAMES_VARIABLE,
     .flags = CAGED,
     .options = {OPT_TO, OPT_YES},
     .details = "If more people could then read it, it names them and asks.\n"
                "\n"
                "  vault rename stripe payments\n"
                "  vault rename app/KEY app/API_KEY\n"},
    {.name = "copy",
     .others = {"cp"},
     .operands = "A [B]",
     .summary = "copy a secret or a variable",
     .run = run_copy,
     .least = 1,
     .most = 2,
     .first = NAMES_SECRET | NAMES_VARIABLE,
     .flags = CAGED,
     .options = {OPT_TO, OPT_YES},
     .details =
         "Without B the copy keeps its name. If more people could then read it, it names them and\n"
         "asks. Before a template goes to another environment, it shows the text and asks.\n"
         "\n"
         "  vault copy stripe --to prod\n"
         "  vault copy stripe/API_KEY web/STRIPE_KEY\n"},
    {.name = "edit",
     .operands = "[SECRET|-]",
     .summary = "edit values in your editor",
     .run = run_edit,
     .most = 1,
     .first = NAMES_SECRET,
     .flags = CAGED_ON_STDIN | HANDS_OUT,
     .options = {OPT_ALLOW_DISK},
     .details =
         "Seals only the values that changed. Meanwhile the text is in a folder in memory.\n"
         "\n"
         "  vault edit                         all secrets of the environment\n"
         "  vault edit stripe -e prod\n"
         "  vault edit - <new.toml             the whole environment, from standard input\n"},
    {.name = "ui",
     .others = {"dashboard", "tui"},
     .operands = "",
     .summary = "look at and change all environments on one screen",
     .run = run_ui,
     .flags = ASKS_GIT,
     .options = {OPT_READ_ONLY, OPT_NO_CLIPBOARD, OPT_MAX_AGE},
     .own = {{OPT_ENV, "the environment to begin with; default: VAULT_ENV, or dev", false},
             {OPT_MAX_AGE, "mark values unchanged for longer than 90d, 26w, …; default: 365d",
              false}},
     .details =
         "Names down, environments across: what is missing, the same, different, open, old. "
         "It shows no\n"
         "value until a key asks for one. Changes are saved all at once, after you have seen "
         "them by\n"
         "name. The key ? lists all keys.\n"
         "\n"
         "  vault ui\n"
         "  vault ui -e prod --read-only\n"
         "  vault ui --no-clipboard --max-age 90d\n"},
    {.group = "use",
     .name = "exec",
     .others = {"run", "start", "with"},
     .operands = "[SECRET…] -- COMMAND…",
     .summary = "run a command with secrets in its environment",
     .run = run_exec,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET,
     .later = NAMES_SECRET,
     .flags = READS | LAYERS | TAKES_COMMAND,
     .options = {OPT_ONLY, OPT_EXCEPT, OPT_REQUIRE, OPT_PREFIX, OPT_CLEAN, OPT_NO_OVERRIDE,
                 OPT_FILES, OPT_ALLOW_DISK, OPT_REDACT, OPT_ALLOW_DANGEROUS, OPT_FROM_DOTENV,
                 OPT_DIALECT},
     .own = {{OPT_FROM_DOTENV, "lay a dotenv file over the vault, for this run", false}},
     .details =
         "Starts nothing unless everything is in order. Of named secrets, the later one wins; "
         "without\n"
         "names it takes all of the environment.\n"
         "\n"
         "  vault exec -- npm start\n"
         "  vault exec openai db -e prod -- python app.py\n"
         "  vault exec -e dev,local -- npm start   what local has, over what dev has\n"
         "  vault exec --require API_KEY -- ./deploy\n"
         "  vault exec --from-dotenv .env.local -- npm start\n"
         "  vault exec --redact -- ./deploy >log   with [SECRET/NAME] in place of each value\n"},
    {.name = "export",
     .others = {"decrypt", "dump", "dotenv"},
     .operands = "[SECRET…]",
     .summary = "print secrets as a file for other programs",
     .run = run_export,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET,
     .later = NAMES_SECRET,
     .flags = READS | LAYERS | CAGED | HANDS_OUT,
     .options = {OPT_FORMAT, OPT_OUTPUT, OPT_FORCE, OPT_ONLY, OPT_EXCEPT, OPT_REQUIRE, OPT_PREFIX,
                 OPT_UNVERIFIED},
     .own = {{OPT_OUTPUT, "the file to write; - is standard output", false},
             {OPT_FORCE, "write it even if git would add it, or over a symlink", false}},
     .details = "Selects and orders variables like exec. FILE is private, and refused if git would "
                "add it.\n"
                "vault help formats lists what each format can hold.\n"
                "\n"
                "  vault export -o .env\n"
                "  eval \"$(vault export stripe --format=sh)\"\n"
                "  vault export -e prod --format=k8s | kubectl apply -f -\n"},
    {.name = "render",
     .operands = "TEMPLATE",
     .summary = "fill in the placeholders of a template",
     .run = run_render,
     .least = 1,
     .most = 1,
     .first = NAMES_FILE,
     .flags = READS | LAYERS | CAGED | HANDS_OUT,
     .options = {OPT_OUTPUT, OPT_FORCE},
     .own = {{OPT_OUTPUT, "the file to write; - is standard output", false},
             {OPT_FORCE, "write it even if git would add it, or over a symlink", false}},
     .details =
         "Replaces {{ NAME }} and {{ SECRET/NAME }}; {{{{ becomes {{, and any other {{ is an "
         "error.\n"
         "{{ NAME | url }} changes the value first; so do base64, json and shell. If a name is\n"
         "missing, nothing is written. TEMPLATE may be -.\n"
         "\n"
         "  vault render app.conf.tmpl -o app.conf -e prod\n"
         "  vault render - <nginx.tmpl | ssh host 'cat >/etc/nginx/nginx.conf'\n"},
    {.name = "check",
     .operands = "",
     .summary = "report names that are missing and values that are too old",
     .run = run_check,
     .flags = READS | LOOKS | MANY_ENVS | CAGED,
     .options = {OPT_EXAMPLE, OPT_REQUIRE, OPT_AGAINST, OPT_MAX_AGE, OPT_JSON},
     .own = {{OPT_REQUIRE, "report which of these are missing", false}},
     .details =
         "Without a key the names are unverified, and a note says so. The exit status is 4 if\n"
         "something is missing, otherwise 7 if something is too old.\n"
         "\n"
         "  vault check --example .env.example\n"
         "  vault check --against prod         names that dev or prod lacks\n"
         "  vault check -e prod --require DATABASE_URL,stripe/API_KEY --max-age 90d\n"},
    {.group = "access",
     .name = "readers",
     .others = {"users", "recipients", "members", "who"},
     .operands = "",
     .summary = "list who can open what, and with which key",
     .run = run_readers,
     .flags = READS | LOOKS | CAGED,
     .options = {OPT_JSON},
     .details = "Verifies the readers of each environment that opens, and marks a forged one.\n"
                "\n"
                "  vault readers\n"
                "  vault readers --json | jq '.[].name'\n"},
    {.name = "whoami",
     .operands = "",
     .summary = "list your public keys and what they open",
     .run = run_whoami,
     .flags = READS | LOOKS | CAGED | NO_ENV,
     .options = {OPT_JSON},
     .details = "A closed key needs its passphrase; until then the file says what it reads.\n"
                "It also works without a vault.\n"
                "\n"
                "  vault whoami\n"
                "  vault whoami --json | jq -r '.[0].public_key'\n"},
    {.name = "grant",
     .others = {"share", "invite", "updatekeys", "allow"},
     .operands = "NAME [KEY]",
     .summary = "let someone read an environment",
     .run = run_grant,
     .least = 1,
     .most = 4,
     .first = NAMES_READER,
     .later = NAMES_FILE,
     .flags = MANY_ENVS | CAGED | GIVES,
     .options = {OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_REPLACE, OPT_FORCE},
     .own = {{OPT_PASSPHRASE, "the reader is a passphrase; prompts twice", false},
             {OPT_GENERATE, "generate the passphrase (80 bits) and print it", true},
             {OPT_FORCE, "allow a second name for a key that already reads", false}},
     .details =
         "KEY is age1…, ssh-ed25519 …, a file with such a line, or -. The default is the key that\n"
         "NAME has in another environment. A reader can read all of an environment's history.\n"
         "\n"
         "  vault grant bob age1… -e dev,prod\n"
         "  vault grant bob bob.keys -e dev\n"
         "  vault grant bob -e prod                        the key that bob has elsewhere\n"
         "  vault grant team --passphrase --generate       prints a passphrase of 80 bits\n"
         "  vault grant bob age1… --replace                bob has a new key\n"},
    {.name = "revoke",
     .operands = "NAME | KEY",
     .summary = "remove a reader and make new keys",
     .run = run_revoke,
     .least = 1,
     .most = 3,
     .first = NAMES_READER,
     .flags = MANY_ENVS | ASKS_GIT | DESTROYS | GIVES,
     .options = {OPT_FORCE},
     .own = {{OPT_ENV, "only these; default: all that NAME reads", false},
             {OPT_FORCE, "allow removing yourself", false}},
     .details =
         "Removes NAME, and every other name of the same key, from each environment that NAME\n"
         "reads, or from those of -e: all of them or none. If the git history shows that NAME's\n"
         "lines were deleted by hand before, that environment gets a new key too. Values that "
         "NAME\n"
         "has read stay known: change them where they are used.\n"
         "\n"
         "  vault revoke bob\n"
         "  vault revoke bob -e prod\n"
         "  vault revoke age1…                             the reader who has this key\n"},
    {.name = "rotate",
     .others = {"rekey", "re-encrypt"},
     .operands = "",
     .summary = "make a new key for an environment",
     .run = run_rotate,
     .flags = MANY_ENVS | CAGED | DESTROYS | GIVES,
     .options = {OPT_FORGET_PAST},
     .details =
         "The old key is kept, encrypted under the new one, so history stays readable.\n"
         "\n"
         "  vault rotate -e prod\n"
         "  vault rotate -e dev,prod\n"
         "  vault rotate -e prod --forget-past             before granting it to someone new\n"},
    {.name = "unlock",
     .others = {"login", "unseal", "signin"},
     .operands = "",
     .summary = "keep an opened identity in the kernel's keyring",
     .run = run_unlock,
     .flags = CAGED | HANDS_OUT,
     .options = {OPT_FOR},
     .details =
         "Keeps the identity, never the passphrase, for 8 hours or the time that --for gives. All\n"
         "your programs can read it meanwhile.\n"
         "\n"
         "  vault unlock                       prompts for the passphrase of dev once\n"
         "  vault unlock -e prod --for=30m\n"},
    {.name = "lock",
     .others = {"logout", "seal", "signout"},
     .operands = "",
     .summary = "forget what unlock keeps",
     .run = run_lock,
     .flags = NO_ENV,
     .details = "  vault lock\n"
                "  vault lock && systemctl suspend\n"},
    {.name = "trust",
     .operands = "ENV",
     .summary = "accept an environment key that was refused",
     .run = run_trust,
     .least = 1,
     .most = 1,
     .first = NAMES_ENVIRONMENT,
     .flags = CAGED,
     .options = {OPT_YES},
     .details =
         "First compare the fingerprint with a reader, outside the repository. An older key, as\n"
         "after a rotation was undone, needs a terminal or --pin; -y is not enough.\n"
         "\n"
         "  vault trust prod\n"
         "  vault trust prod -y                            in a script that has compared it\n"
         "  vault trust prod --pin prod=FINGERPRINT        even if that key is an older one\n"},
    {.name = "exposed",
     .operands = "[NAME]",
     .summary = "list values that former readers know and that are unchanged",
     .run = run_exposed,
     .most = 1,
     .first = NAMES_READER,
     .flags = READS | ASKS_GIT,
     .options = {OPT_JSON},
     .own = {{OPT_ENV, "only this environment; default: all", false}},
     .details =
         "Compares the values in the git history of all local branches, not their dates: a value\n"
         "that was changed and changed back is still exposed. Exits with status 7 while any value\n"
         "is exposed.\n"
         "\n"
         "  vault exposed                      for every former reader\n"
         "  vault exposed bob                  what bob has seen, even where he still reads\n"
         "  vault exposed -e prod --json\n"},
    {.group = "git",
     .name = "git-setup",
     .others = {"setup", "install", "hook", "hooks"},
     .operands = "",
     .summary = "let git merge, compare and check the vault",
     .run = run_git_setup,
     .flags = NO_ENV,
     .options = {OPT_UNINSTALL},
     .details =
         "Adds a line to .gitattributes, and a diff driver, a merge driver and a pre-commit hook "
         "to\n"
         "this clone. What exists already is kept; a second run changes nothing.\n"
         "\n"
         "  vault git-setup\n"
         "  vault git-setup -f deploy/vault.toml\n"
         "  vault git-setup --uninstall        removes what git-setup added, and nothing else\n"},
    {.name = "diff",
     .others = {"compare"},
     .operands = "[REV [REV]]",
     .summary = "show what differs between versions or environments, by name",
     .run = run_diff,
     .most = 2,
     .flags = READS | MANY_ENVS | ASKS_GIT,
     .options = {OPT_REVEAL, OPT_NO_PAGER, OPT_JSON, OPT_TEXTCONV},
     .own = {{OPT_ENV, "only this environment (default: all), or two to compare", false}},
     .details =
         "Compares HEAD with the file, REV with the file, two revisions, or two environments "
         "of\n"
         "the file.\n"
         "\n"
         "  vault diff -e dev,prod             what only one has, what both, what differs\n"
         "  vault diff                         what changed since the last commit\n"
         "  vault diff v1.0 HEAD -e prod\n"
         "  vault diff HEAD~3 --reveal         with the values\n"
         "  git config diff.vault.textconv 'vault diff --textconv'\n"},
    {.name = "log",
     .others = {"history", "audit", "versions"},
     .operands = "[SECRET/NAME]",
     .summary = "show each change of each value, with its commit",
     .run = run_log,
     .most = 1,
     .first = NAMES_SECRET | NAMES_VARIABLE,
     .flags = READS | ASKS_GIT,
     .options = {OPT_MAX, OPT_SINCE, OPT_SIGNED, OPT_REVEAL, OPT_NO_PAGER, OPT_JSON},
     .own = {{OPT_ENV, "the environment; default: all, or for a NAME the default", false},
             {OPT_MAX, "at most N commits, the newest", false}},
     .details =
         "Shows the history of HEAD, newest first; without an operand also changes of access.\n"
         "\n"
         "  vault log                          all environments\n"
         "  vault log stripe/API_KEY -e prod\n"
         "  vault log -n 5 --since 30d\n"
         "  vault log API_KEY --reveal         with the values\n"},
    {.name = "merge",
     .operands = "[BASE OURS THEIRS]",
     .summary = "finish a merge, or merge three files as git's driver",
     .run = run_merge,
     .most = 3,
     .first = NAMES_FILE,
     .later = NAMES_FILE,
     .flags = MANY_ENVS | ASKS_GIT | STAGES | GIVES,
     .options = {OPT_OURS, OPT_THEIRS, OPT_MARKER_SIZE, OPT_PATH},
     .own = {{OPT_ENV, "accept these, which are new to this machine", false}},
     .details =
         "Without operands it takes the versions of a conflicted merge from git, asks about each\n"
         "conflict and about values under a key that was rotated out, writes the file and stages\n"
         "it. With three files it writes the merge to OURS; an environment that needs a person's\n"
         "decision stays as OURS has it, with a block of comments between conflict markers.\n"
         "\n"
         "  vault merge                        after git merge, rebase or cherry-pick stopped\n"
         "  vault merge --theirs\n"
         "  vault merge %O %A %B --marker-size %L --path %P     in git's configuration\n"},
    {.name = "scan",
     .operands = "[PATH…|-]",
     .summary = "search for values in plain text",
     .run = run_scan,
     .most = ANY_NUMBER,
     .first = NAMES_FILE,
     .later = NAMES_FILE,
     .flags = READS | MANY_ENVS | ASKS_GIT,
     .options = {OPT_STAGED, OPT_HISTORY, OPT_HOOK, OPT_JSON},
     .own = {{OPT_ENV, "only values of these; default: all that you can open", false},
             {OPT_HISTORY, "search all that git has, for former values too", false}},
     .details = "Searches for the values of all environments that open, or of those that -e names, "
                "also in\n"
                "base64, hexadecimal, URL-encoded and JSON-escaped form. Prints where they are, "
                "never the\n"
                "values. The exit status is 7 if any is found.\n"
                "\n"
                "  vault scan                         the working tree, except what git ignores\n"
                "  vault scan --staged                what would be committed\n"
                "  vault scan --history               and every version of every file in git\n"
                "  vault scan dist/ build.log         all files there\n"
                "  docker logs app | vault scan -\n"},
    {.name = "redact",
     .others = {"mask", "filter"},
     .operands = "",
     .summary = "mask the values in what is piped through",
     .run = run_redact,
     .flags = READS | MANY_ENVS | CAGED,
     .own = {{OPT_ENV, "mask the values of these", false}},
     .details =
         "Each value becomes [SECRET/NAME], in all forms in which programs write it. Values "
         "of fewer than\n"
         "6 bytes are not masked. Nothing is passed on if the environment cannot be opened.\n\n"
         "  vault redact <build.log\n"
         "  docker logs app 2>&1 | vault redact -e prod\n"},
    {.group = "care",
     .name = "verify",
     .others = {"validate", "fsck"},
     .operands = "[BASE..HEAD]",
     .summary = "check everything that a key can check",
     .run = run_verify,
     .most = 1,
     .flags = READS | LOOKS | MANY_ENVS | CAGED,
     .options = {OPT_HISTORY, OPT_SIGNED, OPT_PRINT_PIN},
     .own = {{OPT_SIGNED, "each commit needs the signature of a reader, or one that git trusts",
              false}},
     .details =
         "With --history it checks every version in git, in all environments. Exits with 5 if\n"
         "something does not verify, and with 7 if something came back or was replaced, or a\n"
         "reader was removed without a new key. With a range it reports what those commits bring\n"
         "in, compared with everything before.\n"
         "\n"
         "  vault verify -e dev,prod\n"
         "  vault verify -e prod --print-pin   prod=FINGERPRINT\n"
         "  vault verify --history\n"
         "  vault verify --history origin/main..HEAD -e prod\n"
         "  vault verify --history --signed\n"},
    {.name = "doctor",
     .others = {"status", "info", "whoami", "diagnose"},
     .operands = "",
     .summary = "look for problems on this machine",
     .run = run_doctor,
     .flags = READS | LOOKS | ASKS_GIT,
     .details = "  vault doctor                       the file, your identity, what opens\n"},
    {.name = "completion",
     .operands = "bash|zsh|fish",
     .summary = "print a script that completes commands in a shell",
     .run = run_completion,
     .least = 1,
     .most = 1,
     .first = NAMES_SHELL,
     .flags = READS | NO_ENV,
     .details = "  eval \"$(vault completion bash)\"    in ~/.bashrc\n"
                "  eval \"$(vault completion zsh)\"     in ~/.zshrc, below compinit\n"
                "  vault completion fish >~/.config/fish/completions/vault.fish\n"},
    {.name = "help",
     .operands = "[VERB|TOPIC]",
     .summary = "explain a verb or a topic",
     .run = run_help,
     .flags = NO_ENV,
     .most = 1,
     .first = NAMES_VERB | NAMES_TOPIC,
     .details = "  vault help exec\n"
                "  vault help exit-status\n"},
    {.name = "version",
     .operands = "",
     .summary = "print the versions of vault and libsodium",
     .run = run_version,
     .flags = NO_ENV},
    {.name = NULL},
};
