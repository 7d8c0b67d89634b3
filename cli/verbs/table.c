/* The table of verbs: dispatch, usage, help and completion come from it. */
#include "table.h"

#include "help.h"

#include "git/gitsetup.h"
#include "ui/near.h"
#include "ui/say.h"

#include <string.h>

#define SOURCES \
    OPT_FROM_DOTENV, OPT_DIALECT, OPT_FROM_ENV, OPT_FROM_JSON, OPT_FROM_TOML, OPT_KIND, OPT_RAW

const struct verb verbs[] = {
    {"begin",
     "init",
     "",
     "make a vault in this folder",
     run_init,
     0,
     0,
     {OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_READER},
     "Your own identity is made if there is none. A file that exists is not touched.\n\n"
     "  vault init                         with the environment dev, for your own identity\n"
     "  vault init -e dev,prod             with two environments\n"
     "  vault init --passphrase            for a passphrase; --generate makes one\n"
     "  vault init --reader ci=age1…       for the public keys given, and no others\n",
     MANY_ENVS},
    {NULL,
     "keygen",
     "",
     "make an age identity, and print its public key",
     run_keygen,
     0,
     0,
     {OPT_OUTPUT},
     "The file is for you alone: keep a copy. The public key is for a reader, who can grant.\n\n"
     "  vault keygen                       at its usual place, where vault finds it\n"
     "  vault keygen -o ci.key             elsewhere\n",
     0},
    {NULL,
     "env",
     "[list|create|delete|rename|copy] [ENV] [NEW]",
     "environments",
     run_env,
     0,
     3,
     {OPT_LIKE, OPT_READER, OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_JSON, OPT_YES},
     "A new one is for you, unless it is said for whom. delete asks first.\n\n"
     "  vault env                          the names of all\n"
     "  vault env create staging --like dev\n"
     "  vault env create ci --reader ci=age1… --passphrase\n"
     "  vault env copy staging prod        a key of its own, the same readers and values\n"
     "  vault env delete staging\n",
     CAGED},
    {"secrets",
     "create",
     "SECRET [KEY=VALUE…]",
     "make a secret",
     run_create,
     1,
     -1,
     {SOURCES, OPT_ALLOW_EXISTING, OPT_FORCE},
     "An error if it exists. Values apply in the order typed, and KEY=VALUE last.\n\n"
     "  vault create stripe API_KEY=- WEBHOOK_KEY=-     asks for both\n"
     "  vault create app --from-dotenv .env\n"
     "  vault create db --kind postgres                 asks for PGHOST, PGPASSWORD, …\n",
     CAGED},
    {NULL,
     "update",
     "SECRET [KEY=VALUE…]",
     "set some keys of a secret",
     run_update,
     1,
     -1,
     {SOURCES},
     "The secret must exist. Keys that are not named are left alone.\n\n"
     "  vault update stripe API_KEY=-\n"
     "  vault update app --from-env DATABASE_URL,REDIS_URL\n"
     "  vault update app --from-dotenv .env --dialect compose\n",
     CAGED},
    {NULL,
     "set",
     "[S/]KEY[=VALUE]…",
     "set values",
     run_set,
     1,
     -1,
     {OPT_FROM_FILE, OPT_GENERATE, OPT_RAW},
     "A secret that is not there is made. A KEY without a secret is the one that the environment\n"
     "has; a new one goes into the secret app.\n\n"
     "  vault set API_KEY                  asks, and shows nothing\n"
     "  vault set db/PASSWORD --generate=password:24 -e prod\n"
     "  pass show key | vault set API_KEY\n"
     "  vault set tls/KEY --from-file key.pem\n",
     CAGED},
    {NULL,
     "get",
     "[S/]KEY",
     "print one value",
     run_get,
     1,
     1,
     {OPT_BYTES},
     "Byte for byte. On a terminal a newline is added, and control characters other than newline\n"
     "and tab are shown as escapes, unless --bytes is given.\n\n"
     "  vault get API_KEY\n"
     "  vault get stripe/API_KEY -e prod | pbcopy\n",
     READS | CAGED},
    {NULL,
     "list",
     "[SECRET]",
     "names, never values",
     run_list,
     0,
     1,
     {OPT_ALL, OPT_CREATED_BEFORE, OPT_MAX, OPT_VERIFY, OPT_JSON},
     "Without SECRET no key is needed, and what is shown is then not verified.\n\n"
     "  vault list -e prod\n"
     "  vault list stripe                  its keys: when each changed, and by whom\n"
     "  vault list --all --json\n",
     READS | LOOKS | CAGED},
    {NULL,
     "delete",
     "SECRET… | S/KEY…",
     "delete secrets, or keys of them",
     run_delete,
     1,
     -1,
     {OPT_ALLOW_MISSING, OPT_YES},
     "Asks first. With no terminal, and no -y, nothing is deleted. Git keeps what was "
     "committed.\n\n"
     "  vault delete stripe/WEBHOOK_KEY\n"
     "  vault delete stripe -y\n",
     CAGED},
    {NULL,
     "rename",
     "A B",
     "give a secret, or a key, another name",
     run_rename,
     1,
     2,
     {OPT_TO, OPT_YES},
     "If more people could then read it, they are named, and it asks.\n\n"
     "  vault rename stripe payments\n"
     "  vault rename app/KEY app/API_KEY\n",
     CAGED},
    {NULL,
     "copy",
     "A [B]",
     "copy a secret, or a key",
     run_copy,
     1,
     2,
     {OPT_TO, OPT_YES},
     "Without B it keeps its name. If more people could then read it, they are named, and it "
     "asks.\n\n"
     "  vault copy stripe --to prod\n"
     "  vault copy stripe/API_KEY web/STRIPE_KEY\n",
     CAGED},
    {NULL,
     "edit",
     "[SECRET|-]",
     "change the values in your editor",
     run_edit,
     0,
     1,
     {OPT_ALLOW_DISK},
     "Only what was changed is sealed anew. The text stands in a folder in memory meanwhile.\n\n"
     "  vault edit                         all secrets of the environment\n"
     "  vault edit stripe -e prod\n"
     "  vault edit - <new.toml             the whole environment from stdin\n",
     CAGED_ON_STDIN},
    {"use",
     "exec",
     "[SECRET…] -- COMMAND…",
     "run a command with the secrets in its environment",
     run_exec,
     0,
     -1,
     {OPT_ONLY, OPT_EXCEPT, OPT_REQUIRE, OPT_PREFIX, OPT_CLEAN, OPT_NO_OVERRIDE, OPT_FILES,
      OPT_ALLOW_DISK, OPT_REDACT, OPT_ALLOW_DANGEROUS},
     "Nothing is started unless all is right. Named secrets apply in the order given.\n\n"
     "  vault exec -- npm start\n"
     "  vault exec openai db -e prod -- python app.py\n"
     "  vault exec --require API_KEY -- ./deploy\n"
     "  vault exec --redact -- ./deploy >log   with [SECRET/KEY] in place of each value\n",
     READS},
    {NULL,
     "export",
     "[SECRET…]",
     "print the secrets as a file for other programs",
     run_export,
     0,
     -1,
     {OPT_FORMAT, OPT_OUTPUT, OPT_FORCE, OPT_ONLY, OPT_EXCEPT, OPT_REQUIRE, OPT_PREFIX},
     "What is chosen, and in which order, is as with exec. FILE is private, and refused where git\n"
     "would take it. vault help formats says what each can carry.\n\n"
     "  vault export -o .env\n"
     "  eval \"$(vault export stripe --format=sh)\"\n"
     "  vault export -e prod --format=k8s | kubectl apply -f -\n",
     READS | CAGED},
    {NULL,
     "render",
     "TEMPLATE",
     "fill the places of a text that name keys",
     run_render,
     1,
     1,
     {OPT_OUTPUT, OPT_FORCE},
     "{{ KEY }} and {{ SECRET/KEY }} are filled in, and {{{{ stands for {{. All else stays as it\n"
     "is. If a key is missing, nothing is written. TEMPLATE may be -.\n\n"
     "  vault render app.conf.tmpl -o app.conf -e prod\n"
     "  vault render - <nginx.tmpl | ssh host 'cat >/etc/nginx/nginx.conf'\n",
     READS | CAGED},
    {NULL,
     "check",
     "",
     "what is missing, or too old, by name",
     run_check,
     0,
     0,
     {OPT_EXAMPLE, OPT_REQUIRE, OPT_AGAINST, OPT_MAX_AGE, OPT_JSON},
     "Without a key the names are taken as they stand, and a note says that they are unverified.\n"
     "The exit status is 4 if something is missing, else 7 if something is too old.\n\n"
     "  vault check --example .env.example\n"
     "  vault check --against prod         what dev has and prod has not\n"
     "  vault check -e prod --require DATABASE_URL,stripe/API_KEY --max-age 90d\n",
     READS | LOOKS | CAGED},
    {"access",
     "readers",
     "",
     "who opens what, and with which key",
     run_readers,
     0,
     0,
     {OPT_JSON},
     "Seals are checked where the environment opens to you; a forged reader is marked.\n\n"
     "  vault readers\n"
     "  vault readers --json | jq '.[].name'\n",
     READS | LOOKS | CAGED},
    {NULL,
     "grant",
     "NAME [KEY]",
     "let somebody read an environment",
     run_grant,
     1,
     4,
     {OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_REPLACE, OPT_FORCE},
     "KEY is age1…, ssh-ed25519 …, a file with such lines, or -. Without it: the one that NAME "
     "has\n"
     "in another environment. Whoever can open an environment can read all of its history.\n\n"
     "  vault grant bob age1… -e dev,prod\n"
     "  vault grant bob bob.keys -e dev\n"
     "  vault grant bob -e prod                        the key that bob has elsewhere\n"
     "  vault grant team --passphrase --generate       prints a passphrase of 80 bits\n"
     "  vault grant bob age1… --replace                bob has another key now\n",
     MANY_ENVS | CAGED},
    {NULL,
     "revoke",
     "NAME | KEY",
     "take a reader away, and make new keys",
     run_revoke,
     1,
     3,
     {OPT_FORCE},
     "From each environment that NAME reads, or those of -e: all of them or none, with every "
     "other\n"
     "name of the same key. An environment also gets a new key if NAME's lines were deleted by "
     "hand\n"
     "before: git's history tells. What NAME has read stays read: change it where it is used.\n\n"
     "  vault revoke bob\n"
     "  vault revoke bob -e prod\n"
     "  vault revoke age1…                             whoever has this key\n",
     MANY_ENVS | ASKS_GIT},
    {NULL,
     "rotate",
     "",
     "make a new key for an environment",
     run_rotate,
     0,
     0,
     {OPT_FORGET_PAST},
     "The old key is kept, sealed under the new one, so that history stays readable.\n\n"
     "  vault rotate -e prod\n"
     "  vault rotate -e dev,prod\n"
     "  vault rotate -e prod --forget-past             before somebody is granted it\n",
     MANY_ENVS | CAGED},
    {NULL,
     "unlock",
     "",
     "keep what opens an environment in the kernel's keyring",
     run_unlock,
     0,
     0,
     {OPT_FOR},
     "The opened identity is kept, never the passphrase, for 8 hours unless --for says how long.\n"
     "Every program of yours can read it meanwhile.\n\n"
     "  vault unlock                       asks for the passphrase of dev once\n"
     "  vault unlock -e prod --for=30m\n",
     CAGED},
    {NULL,
     "lock",
     "",
     "forget what unlock keeps",
     run_lock,
     0,
     0,
     {OPT_END},
     "  vault lock\n"
     "  vault lock && systemctl suspend\n",
     0},
    {NULL,
     "trust",
     "ENV",
     "accept a key that this machine has not seen",
     run_trust,
     1,
     1,
     {OPT_YES},
     "Ask a reader for the fingerprint first, not by way of the repository. An older key, as "
     "after\n"
     "a rotation that was undone, is accepted on a terminal, or by --pin, and not by -y.\n\n"
     "  vault trust prod\n"
     "  vault trust prod -y                            in a script that has compared it\n"
     "  vault trust prod --pin prod=FINGERPRINT        also if that key is an older one\n",
     CAGED},
    {NULL,
     "exposed",
     "[NAME]",
     "what those who were taken out have seen and is still in use",
     run_exposed,
     0,
     1,
     {OPT_JSON},
     "Values are compared through the history in git, on all branches that are here, not by\n"
     "their dates: one that was changed and changed back is still exposed. 7 while there are\n"
     "any.\n\n"
     "  vault exposed                      by whoever does not read an environment any more\n"
     "  vault exposed bob                  what bob has seen, also where he still reads\n"
     "  vault exposed -e prod --json\n",
     READS | ASKS_GIT},
    {"git",
     "git-setup",
     "",
     "let git merge, compare and check the file",
     run_git_setup,
     0,
     0,
     {OPT_UNINSTALL},
     "Attributes in .gitattributes; a diff driver, a merge driver and a pre-commit hook in this\n"
     "clone. What is there already stays, and to do it twice changes nothing.\n\n"
     "  vault git-setup\n"
     "  vault git-setup -f deploy/vault.toml\n"
     "  vault git-setup --uninstall        takes away what is vault's, and nothing else\n",
     0},
    {NULL,
     "diff",
     "[REV [REV]]",
     "what differs between two versions, by name",
     run_diff,
     0,
     2,
     {OPT_REVEAL, OPT_JSON, OPT_TEXTCONV},
     "Of HEAD and the file as it is, or of REV and the file, or of two revisions.\n\n"
     "  vault diff                         what was changed and is not committed\n"
     "  vault diff v1.0 HEAD -e prod\n"
     "  vault diff HEAD~3 --reveal         with the values\n"
     "  git config diff.vault.textconv 'vault diff --textconv'\n",
     READS | ASKS_GIT},
    {NULL,
     "log",
     "[S/KEY]",
     "each change of each value, with its commit",
     run_log,
     0,
     1,
     {OPT_REVEAL, OPT_JSON},
     "Of all that HEAD's history holds, the newest first; without S/KEY of access too.\n\n"
     "  vault log                          of all environments\n"
     "  vault log stripe/API_KEY -e prod\n"
     "  vault log API_KEY --reveal         with the values\n",
     READS | ASKS_GIT},
    {NULL,
     "merge",
     "[BASE OURS THEIRS]",
     "finish a merge, or merge three files as git's driver",
     run_merge,
     0,
     3,
     {OPT_OURS, OPT_THEIRS, OPT_MARKER_SIZE, OPT_PATH},
     "Alone: takes the versions of a conflicted merge from git, asks which side to take of what\n"
     "both have set, and of what stands under a key that was rotated out; writes the file and\n"
     "stages it. With three files: writes the merge to OURS; an environment in which a person\n"
     "must decide stays ours, with a block of comments between conflict markers.\n\n"
     "  vault merge                        asks, after git merge, rebase or cherry-pick\n"
     "  vault merge --theirs\n"
     "  vault merge %O %A %B --marker-size %L --path %P     in git's configuration\n",
     MANY_ENVS | ASKS_GIT | ANY_FILE},
    {NULL,
     "scan",
     "[PATH…|-]",
     "look for the values in plain text",
     run_scan,
     0,
     -1,
     {OPT_STAGED, OPT_HISTORY, OPT_HOOK, OPT_JSON},
     "The values of all environments that you can open, or those that -e names, also in base64.\n"
     "It says where they are, and never what they are. The exit status is 7 if there is any.\n\n"
     "  vault scan                         the work tree: what git does not ignore\n"
     "  vault scan --staged                what would be committed\n"
     "  vault scan --history               former values too, as git has them\n"
     "  vault scan dist/ build.log         all files there\n"
     "  docker logs app | vault scan -\n",
     READS | MANY_ENVS | ASKS_GIT},
    {"care",
     "verify",
     "[BASE..HEAD]",
     "check all that a key can check",
     run_verify,
     0,
     1,
     {OPT_HISTORY},
     "With --history: all versions that git has, of all environments; what does not verify (5);\n"
     "what came back or was replaced, and readers who went without a new key (7). With a range:\n"
     "what its commits bring in, held against all that was before.\n\n"
     "  vault verify -e prod\n"
     "  vault verify --history\n"
     "  vault verify --history origin/main..HEAD -e prod\n",
     READS | LOOKS | CAGED},
    {NULL,
     "doctor",
     "",
     "look for what is wrong here",
     run_doctor,
     0,
     0,
     {OPT_END},
     "  vault doctor                       the file, your identity, what opens\n",
     READS | LOOKS | ASKS_GIT},
    {NULL,
     "completion",
     "bash|zsh|fish",
     "print what completes commands in a shell",
     run_completion,
     1,
     1,
     {OPT_END},
     "  eval \"$(vault completion bash)\"    in ~/.bashrc\n"
     "  eval \"$(vault completion zsh)\"     in ~/.zshrc, below compinit\n"
     "  vault completion fish >~/.config/fish/completions/vault.fish\n",
     READS},
    {NULL,
     "help",
     "[VERB|TOPIC]",
     "this text, or more of it",
     run_help,
     0,
     1,
     {OPT_END},
     "  vault help exec\n"
     "  vault help exit-status\n",
     0},
    {NULL,
     "version",
     "",
     "the versions of vault and of libsodium",
     run_version,
     0,
     0,
     {OPT_END},
     NULL,
     0},
};

const int verb_count = sizeof verbs / sizeof *verbs;

/* What other tools call it. */
static const char *ours_for(const char *word)
{
    static const struct {
        const char *theirs, *ours;
    } others[] = {{"run", "exec"},      {"ls", "list"},         {"rm", "delete"},
                  {"remove", "delete"}, {"unset", "delete"},    {"import", "create"},
                  {"add", "set"},       {"show", "get"},        {"read", "get"},
                  {"write", "set"},     {"mv", "rename"},       {"cp", "copy"},
                  {"keys", "keygen"},   {"decrypt", "get"},     {"encrypt", "set"},
                  {"share", "grant"},   {"environment", "env"}, {"environments", "env"}};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(word, others[i].theirs) == 0)
            return others[i].ours;
    return NULL;
}

const struct verb *find_verb(const char *name)
{
    const char *names[sizeof verbs / sizeof *verbs], *near = ours_for(name);

    for (int i = 0; i < verb_count; i++) {
        if (strcmp(name, verbs[i].name) == 0)
            return &verbs[i];
        names[i] = verbs[i].name;
    }
    if (!near)
        near = nearest(name, names, (size_t)verb_count);
    say_error(USAGE, "there is no verb %.40s", name);
    if (near)
        say_hint("vault %s", near);
    else
        say_hint("vault help");
    return NULL;
}
