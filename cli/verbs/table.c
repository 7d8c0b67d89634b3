/* The table of verbs: dispatch, usage, help and completion come from it. */
#include "table.h"

#include "help.h"

#include "git/gitsetup.h"

#define SOURCES \
    OPT_FROM_DOTENV, OPT_DIALECT, OPT_FROM_ENV, OPT_FROM_JSON, OPT_FROM_TOML, OPT_KIND, OPT_RAW

const struct verb verbs[] = {
    {.group = "begin",
     .name = "init",
     .operands = "",
     .summary = "make a vault in this folder",
     .run = run_init,
     .flags = MANY_ENVS,
     .options = {OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_READER},
     .own = {{OPT_ENV, "the environments to make; else VAULT_ENV, or dev", false},
             {OPT_PASSPHRASE, "a passphrase opens it, asked for twice", false},
             {OPT_GENERATE, "make the passphrase, of 80 bits, and print it", true}},
     .details =
         "Your own identity is made if there is none. A file that exists is not touched.\n\n"
         "  vault init                         with the environment dev, for your own identity\n"
         "  vault init -e dev,prod             with two environments\n"
         "  vault init --passphrase            for a passphrase; --generate makes one\n"
         "  vault init --reader ci=age1…       for the public keys given, and no others\n"},
    {.name = "keygen",
     .others = {"keys"},
     .operands = "",
     .summary = "make an age identity, and print its public key",
     .run = run_keygen,
     .options = {OPT_OUTPUT, OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_PQ},
     .own = {{OPT_OUTPUT, "where to write the identity", false},
             {OPT_PASSPHRASE, "put the file under a passphrase, asked for twice", false},
             {OPT_GENERATE, "make the passphrase, of 80 bits, and print it first", true}},
     .details = "The file is for you alone: keep a copy. The public key is for a reader, who can "
                "grant.\n"
                "On a terminal, without -o, a passphrase is proposed; Enter declines it.\n\n"
                "  vault keygen                       at its usual place, where vault finds it\n"
                "  vault keygen --passphrase          under a passphrase\n"
                "  vault keygen --pq                  post-quantum: age1pq1…, of 1,959 characters\n"
                "  vault keygen -o ci.key             elsewhere\n"},
    {.name = "env",
     .others = {"environment", "environments"},
     .operands = "[list|create|delete|rename|copy] [ENV] [NEW]",
     .summary = "environments",
     .run = run_env,
     .most = 3,
     .first = NAMES_ACTION,
     .later = NAMES_ENVIRONMENT,
     .flags = CAGED,
     .options = {OPT_LIKE, OPT_READER, OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_JSON, OPT_YES},
     .own = {{OPT_PASSPHRASE, "a passphrase opens it, asked for twice", false},
             {OPT_GENERATE, "make the passphrase, of 80 bits, and print it", true}},
     .details =
         "A new one is for you, unless it is said for whom. delete asks first.\n\n"
         "  vault env                          the names of all\n"
         "  vault env create staging --like dev\n"
         "  vault env create ci --reader ci=age1… --passphrase\n"
         "  vault env copy staging prod        a key of its own, the same readers and values\n"
         "  vault env delete staging\n"},
    {.group = "secrets",
     .name = "create",
     .others = {"import"},
     .operands = "SECRET [KEY=VALUE…]",
     .summary = "make a secret",
     .run = run_create,
     .least = 1,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET,
     .flags = CAGED,
     .options = {SOURCES, OPT_ALLOW_EXISTING, OPT_FORCE},
     .own = {{OPT_FORCE, "replace a secret that exists, whole", false}},
     .details =
         "An error if it exists. Values apply in the order typed, and KEY=VALUE last.\n\n"
         "  vault create stripe API_KEY=- WEBHOOK_KEY=-     asks for both\n"
         "  vault create app --from-dotenv .env\n"
         "  vault create db --kind postgres                 asks for PGHOST, PGPASSWORD, …\n"},
    {.name = "update",
     .operands = "SECRET [KEY=VALUE…]",
     .summary = "set some keys of a secret",
     .run = run_update,
     .least = 1,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET,
     .later = NAMES_OWN_VARIABLE,
     .flags = CAGED,
     .options = {SOURCES},
     .details = "The secret must exist. Keys that are not named are left alone.\n\n"
                "  vault update stripe API_KEY=-\n"
                "  vault update app --from-env DATABASE_URL,REDIS_URL\n"
                "  vault update app --from-dotenv .env --dialect compose\n"},
    {.name = "set",
     .others = {"add", "write", "encrypt"},
     .operands = "[S/]KEY[=VALUE]…",
     .summary = "set values",
     .run = run_set,
     .least = 1,
     .most = ANY_NUMBER,
     .first = NAMES_VARIABLE,
     .later = NAMES_VARIABLE,
     .flags = CAGED,
     .options = {OPT_FROM_FILE, OPT_GENERATE, OPT_RAW},
     .details = "A secret that is not there is made. A KEY without a secret is the one that the "
                "environment\n"
                "has; a new one goes into the secret app.\n\n"
                "  vault set API_KEY                  asks, and shows nothing\n"
                "  vault set db/PASSWORD --generate=password:24 -e prod\n"
                "  pass show key | vault set API_KEY\n"
                "  vault set tls/KEY --from-file key.pem\n"},
    {.name = "get",
     .others = {"show", "read", "decrypt"},
     .operands = "[S/]KEY",
     .summary = "print one value",
     .run = run_get,
     .least = 1,
     .most = 1,
     .first = NAMES_VARIABLE,
     .flags = READS | CAGED | HANDS_OUT,
     .options = {OPT_BYTES},
     .details = "Byte for byte. On a terminal a newline is added, and control characters other "
                "than newline\n"
                "and tab are shown as escapes, unless --bytes is given.\n\n"
                "  vault get API_KEY\n"
                "  vault get stripe/API_KEY -e prod | pbcopy\n"},
    {.name = "list",
     .others = {"ls"},
     .operands = "[SECRET]",
     .summary = "names, never values",
     .run = run_list,
     .most = 1,
     .first = NAMES_SECRET,
     .flags = READS | LOOKS | CAGED,
     .options = {OPT_ALL, OPT_CREATED_BEFORE, OPT_MAX, OPT_VERIFY, OPT_JSON},
     .details = "Without SECRET no key is needed, and what is shown is then not verified.\n\n"
                "  vault list -e prod\n"
                "  vault list stripe                  its keys: when each changed, and by whom\n"
                "  vault list --all --json\n"},
    {.name = "delete",
     .others = {"rm", "remove", "unset"},
     .operands = "SECRET… | S/KEY…",
     .summary = "delete secrets, or keys of them",
     .run = run_delete,
     .least = 1,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET | NAMES_VARIABLE,
     .later = NAMES_SECRET | NAMES_VARIABLE,
     .flags = CAGED,
     .options = {OPT_ALLOW_MISSING, OPT_YES},
     .details = "Asks first. With no terminal, and no -y, nothing is deleted. Git keeps what was "
                "committed.\n\n"
                "  vault delete stripe/WEBHOOK_KEY\n"
                "  vault delete stripe -y\n"},
    {.name = "rename",
     .others = {"mv"},
     .operands = "A B",
     .summary = "give a secret, or a key, another name",
     .run = run_rename,
     .least = 1,
     .most = 2,
     .first = NAMES_SECRET | NAMES_VARIABLE,
     .flags = CAGED,
     .options = {OPT_TO, OPT_YES},
     .details = "If more people could then read it, they are named, and it asks.\n\n"
                "  vault rename stripe payments\n"
                "  vault rename app/KEY app/API_KEY\n"},
    {.name = "copy",
     .others = {"cp"},
     .operands = "A [B]",
     .summary = "copy a secret, or a key",
     .run = run_copy,
     .least = 1,
     .most = 2,
     .first = NAMES_SECRET | NAMES_VARIABLE,
     .flags = CAGED,
     .options = {OPT_TO, OPT_YES},
     .details =
         "Without B it keeps its name. If more people could then read it, they are named, and it "
         "asks.\n\n"
         "  vault copy stripe --to prod\n"
         "  vault copy stripe/API_KEY web/STRIPE_KEY\n"},
    {.name = "edit",
     .operands = "[SECRET|-]",
     .summary = "change the values in your editor",
     .run = run_edit,
     .most = 1,
     .first = NAMES_SECRET,
     .flags = CAGED_ON_STDIN | HANDS_OUT,
     .options = {OPT_ALLOW_DISK},
     .details = "Only what was changed is sealed anew. The text stands in a folder in memory "
                "meanwhile.\n\n"
                "  vault edit                         all secrets of the environment\n"
                "  vault edit stripe -e prod\n"
                "  vault edit - <new.toml             the whole environment from stdin\n"},
    {.group = "use",
     .name = "exec",
     .others = {"run"},
     .operands = "[SECRET…] -- COMMAND…",
     .summary = "run a command with the secrets in its environment",
     .run = run_exec,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET,
     .later = NAMES_SECRET,
     .flags = READS | TAKES_COMMAND,
     .options = {OPT_ONLY, OPT_EXCEPT, OPT_REQUIRE, OPT_PREFIX, OPT_CLEAN, OPT_NO_OVERRIDE,
                 OPT_FILES, OPT_ALLOW_DISK, OPT_REDACT, OPT_ALLOW_DANGEROUS},
     .details =
         "Nothing is started unless all is right. Named secrets apply in the order given.\n\n"
         "  vault exec -- npm start\n"
         "  vault exec openai db -e prod -- python app.py\n"
         "  vault exec --require API_KEY -- ./deploy\n"
         "  vault exec --redact -- ./deploy >log   with [SECRET/KEY] in place of each value\n"},
    {.name = "export",
     .operands = "[SECRET…]",
     .summary = "print the secrets as a file for other programs",
     .run = run_export,
     .most = ANY_NUMBER,
     .first = NAMES_SECRET,
     .later = NAMES_SECRET,
     .flags = READS | CAGED | HANDS_OUT,
     .options = {OPT_FORMAT, OPT_OUTPUT, OPT_FORCE, OPT_ONLY, OPT_EXCEPT, OPT_REQUIRE, OPT_PREFIX},
     .own = {{OPT_OUTPUT, "where to write; - is standard output", false},
             {OPT_FORCE, "also where git would take the file, or over a symlink", false}},
     .details = "What is chosen, and in which order, is as with exec. FILE is private, and refused "
                "where git\n"
                "would take it. vault help formats says what each can carry.\n\n"
                "  vault export -o .env\n"
                "  eval \"$(vault export stripe --format=sh)\"\n"
                "  vault export -e prod --format=k8s | kubectl apply -f -\n"},
    {.name = "render",
     .operands = "TEMPLATE",
     .summary = "fill the places of a text that name keys",
     .run = run_render,
     .least = 1,
     .most = 1,
     .first = NAMES_FILE,
     .flags = READS | CAGED | HANDS_OUT,
     .options = {OPT_OUTPUT, OPT_FORCE},
     .own = {{OPT_OUTPUT, "where to write; - is standard output", false},
             {OPT_FORCE, "also where git would take the file, or over a symlink", false}},
     .details = "{{ KEY }} and {{ SECRET/KEY }} are filled in, and {{{{ stands for {{. All else "
                "stays as it\n"
                "is. If a key is missing, nothing is written. TEMPLATE may be -.\n\n"
                "  vault render app.conf.tmpl -o app.conf -e prod\n"
                "  vault render - <nginx.tmpl | ssh host 'cat >/etc/nginx/nginx.conf'\n"},
    {.name = "check",
     .operands = "",
     .summary = "what is missing, or too old, by name",
     .run = run_check,
     .flags = READS | LOOKS | CAGED,
     .options = {OPT_EXAMPLE, OPT_REQUIRE, OPT_AGAINST, OPT_MAX_AGE, OPT_JSON},
     .own = {{OPT_REQUIRE, "names that must be there", false}},
     .details = "Without a key the names are taken as they stand, and a note says that they are "
                "unverified.\n"
                "The exit status is 4 if something is missing, else 7 if something is too old.\n\n"
                "  vault check --example .env.example\n"
                "  vault check --against prod         what dev has and prod has not\n"
                "  vault check -e prod --require DATABASE_URL,stripe/API_KEY --max-age 90d\n"},
    {.group = "access",
     .name = "readers",
     .operands = "",
     .summary = "who opens what, and with which key",
     .run = run_readers,
     .flags = READS | LOOKS | CAGED,
     .options = {OPT_JSON},
     .details =
         "Seals are checked where the environment opens to you; a forged reader is marked.\n\n"
         "  vault readers\n"
         "  vault readers --json | jq '.[].name'\n"},
    {.name = "whoami",
     .operands = "",
     .summary = "your public keys, and what they open",
     .run = run_whoami,
     .flags = READS | LOOKS | CAGED,
     .options = {OPT_JSON},
     .details = "A key that is closed needs its passphrase; where it reads is what the file says.\n"
                "Works without a vault, too.\n\n"
                "  vault whoami\n"
                "  vault whoami --json | jq -r '.[0].public_key'\n"},
    {.name = "grant",
     .others = {"share"},
     .operands = "NAME [KEY]",
     .summary = "let somebody read an environment",
     .run = run_grant,
     .least = 1,
     .most = 4,
     .first = NAMES_READER,
     .later = NAMES_FILE,
     .flags = MANY_ENVS | CAGED,
     .options = {OPT_PASSPHRASE, OPT_GENERATE, OPT_WEAK, OPT_REPLACE, OPT_FORCE},
     .own = {{OPT_PASSPHRASE, "grant it to a passphrase, asked for twice", false},
             {OPT_GENERATE, "make the passphrase, of 80 bits, and print it", true},
             {OPT_FORCE, "give a key that reads already a second name", false}},
     .details =
         "KEY is age1…, ssh-ed25519 …, a file with such lines, or -. Without it: the one that NAME "
         "has\n"
         "in another environment. Whoever can open an environment can read all of its history.\n\n"
         "  vault grant bob age1… -e dev,prod\n"
         "  vault grant bob bob.keys -e dev\n"
         "  vault grant bob -e prod                        the key that bob has elsewhere\n"
         "  vault grant team --passphrase --generate       prints a passphrase of 80 bits\n"
         "  vault grant bob age1… --replace                bob has another key now\n"},
    {.name = "revoke",
     .operands = "NAME | KEY",
     .summary = "take a reader away, and make new keys",
     .run = run_revoke,
     .least = 1,
     .most = 3,
     .first = NAMES_READER,
     .flags = MANY_ENVS | ASKS_GIT,
     .options = {OPT_FORCE},
     .own = {{OPT_ENV, "only in these; else in all that NAME reads", false},
             {OPT_FORCE, "also yourself", false}},
     .details =
         "From each environment that NAME reads, or those of -e: all of them or none, with every "
         "other\n"
         "name of the same key. An environment also gets a new key if NAME's lines were deleted by "
         "hand\n"
         "before: git's history tells. What NAME has read stays read: change it where it is "
         "used.\n\n"
         "  vault revoke bob\n"
         "  vault revoke bob -e prod\n"
         "  vault revoke age1…                             whoever has this key\n"},
    {.name = "rotate",
     .operands = "",
     .summary = "make a new key for an environment",
     .run = run_rotate,
     .flags = MANY_ENVS | CAGED,
     .options = {OPT_FORGET_PAST},
     .details = "The old key is kept, sealed under the new one, so that history stays readable.\n\n"
                "  vault rotate -e prod\n"
                "  vault rotate -e dev,prod\n"
                "  vault rotate -e prod --forget-past             before somebody is granted it\n"},
    {.name = "unlock",
     .operands = "",
     .summary = "keep what opens an environment in the kernel's keyring",
     .run = run_unlock,
     .flags = CAGED | HANDS_OUT,
     .options = {OPT_FOR},
     .details = "The opened identity is kept, never the passphrase, for 8 hours unless --for says "
                "how long.\n"
                "Every program of yours can read it meanwhile.\n\n"
                "  vault unlock                       asks for the passphrase of dev once\n"
                "  vault unlock -e prod --for=30m\n"},
    {.name = "lock",
     .operands = "",
     .summary = "forget what unlock keeps",
     .run = run_lock,
     .details = "  vault lock\n"
                "  vault lock && systemctl suspend\n"},
    {.name = "trust",
     .operands = "ENV",
     .summary = "accept a key that this machine has not seen",
     .run = run_trust,
     .least = 1,
     .most = 1,
     .first = NAMES_ENVIRONMENT,
     .flags = CAGED,
     .options = {OPT_YES},
     .details =
         "Ask a reader for the fingerprint first, not by way of the repository. An older key, as "
         "after\n"
         "a rotation that was undone, is accepted on a terminal, or by --pin, and not by -y.\n\n"
         "  vault trust prod\n"
         "  vault trust prod -y                            in a script that has compared it\n"
         "  vault trust prod --pin prod=FINGERPRINT        also if that key is an older one\n"},
    {.name = "exposed",
     .operands = "[NAME]",
     .summary = "what those who were taken out have seen and is still in use",
     .run = run_exposed,
     .most = 1,
     .first = NAMES_READER,
     .flags = READS | ASKS_GIT,
     .options = {OPT_JSON},
     .own = {{OPT_ENV, "only of this environment; else of all", false}},
     .details =
         "Values are compared through the history in git, on all branches that are here, not by\n"
         "their dates: one that was changed and changed back is still exposed. 7 while there are\n"
         "any.\n\n"
         "  vault exposed                      by whoever does not read an environment any more\n"
         "  vault exposed bob                  what bob has seen, also where he still reads\n"
         "  vault exposed -e prod --json\n"},
    {.group = "git",
     .name = "git-setup",
     .operands = "",
     .summary = "let git merge, compare and check the file",
     .run = run_git_setup,
     .options = {OPT_UNINSTALL},
     .details =
         "Attributes in .gitattributes; a diff driver, a merge driver and a pre-commit hook in "
         "this\n"
         "clone. What is there already stays, and to do it twice changes nothing.\n\n"
         "  vault git-setup\n"
         "  vault git-setup -f deploy/vault.toml\n"
         "  vault git-setup --uninstall        takes away what is vault's, and nothing else\n"},
    {.name = "diff",
     .operands = "[REV [REV]]",
     .summary = "what differs between two versions, by name",
     .run = run_diff,
     .most = 2,
     .flags = READS | ASKS_GIT,
     .options = {OPT_REVEAL, OPT_JSON, OPT_TEXTCONV},
     .own = {{OPT_ENV, "only of this environment; else of all", false}},
     .details = "Of HEAD and the file as it is, or of REV and the file, or of two revisions.\n\n"
                "  vault diff                         what was changed and is not committed\n"
                "  vault diff v1.0 HEAD -e prod\n"
                "  vault diff HEAD~3 --reveal         with the values\n"
                "  git config diff.vault.textconv 'vault diff --textconv'\n"},
    {.name = "log",
     .operands = "[S/KEY]",
     .summary = "each change of each value, with its commit",
     .run = run_log,
     .most = 1,
     .first = NAMES_SECRET | NAMES_VARIABLE,
     .flags = READS | ASKS_GIT,
     .options = {OPT_REVEAL, OPT_JSON},
     .own = {{OPT_ENV, "the environment; else all, or with S/KEY VAULT_ENV or dev", false}},
     .details =
         "Of all that HEAD's history holds, the newest first; without S/KEY of access too.\n\n"
         "  vault log                          of all environments\n"
         "  vault log stripe/API_KEY -e prod\n"
         "  vault log API_KEY --reveal         with the values\n"},
    {.name = "merge",
     .operands = "[BASE OURS THEIRS]",
     .summary = "finish a merge, or merge three files as git's driver",
     .run = run_merge,
     .most = 3,
     .first = NAMES_FILE,
     .later = NAMES_FILE,
     .flags = MANY_ENVS | ASKS_GIT | STAGES,
     .options = {OPT_OURS, OPT_THEIRS, OPT_MARKER_SIZE, OPT_PATH},
     .own = {{OPT_ENV, "accept these, which this machine has not seen before", false}},
     .details =
         "Alone: takes the versions of a conflicted merge from git, asks which side to take of "
         "what\n"
         "both have set, and of what stands under a key that was rotated out; writes the file and\n"
         "stages it. With three files: writes the merge to OURS; an environment in which a person\n"
         "must decide stays ours, with a block of comments between conflict markers.\n\n"
         "  vault merge                        asks, after git merge, rebase or cherry-pick\n"
         "  vault merge --theirs\n"
         "  vault merge %O %A %B --marker-size %L --path %P     in git's configuration\n"},
    {.name = "scan",
     .operands = "[PATH…|-]",
     .summary = "look for the values in plain text",
     .run = run_scan,
     .most = ANY_NUMBER,
     .first = NAMES_FILE,
     .later = NAMES_FILE,
     .flags = READS | MANY_ENVS | ASKS_GIT,
     .options = {OPT_STAGED, OPT_HISTORY, OPT_HOOK, OPT_JSON},
     .own = {{OPT_ENV, "only values of these; else of all that you can open", false},
             {OPT_HISTORY, "also the former values that git has", false}},
     .details = "The values of all environments that you can open, or those that -e names, also in "
                "base64, hexadecimal, URLs and JSON.\n"
                "It says where they are, and never what they are. The exit status is 7 if there is "
                "any.\n\n"
                "  vault scan                         the work tree: what git does not ignore\n"
                "  vault scan --staged                what would be committed\n"
                "  vault scan --history               former values too, as git has them\n"
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
     .operands = "[BASE..HEAD]",
     .summary = "check all that a key can check",
     .run = run_verify,
     .most = 1,
     .flags = READS | LOOKS | CAGED,
     .options = {OPT_HISTORY},
     .details = "With --history: all versions that git has, of all environments; what does not "
                "verify (5);\n"
                "what came back or was replaced, and readers who went without a new key (7). With "
                "a range:\n"
                "what its commits bring in, held against all that was before.\n\n"
                "  vault verify -e prod\n"
                "  vault verify --history\n"
                "  vault verify --history origin/main..HEAD -e prod\n"},
    {.name = "doctor",
     .operands = "",
     .summary = "look for what is wrong here",
     .run = run_doctor,
     .flags = READS | LOOKS | ASKS_GIT,
     .details = "  vault doctor                       the file, your identity, what opens\n"},
    {.name = "completion",
     .operands = "bash|zsh|fish",
     .summary = "print what completes commands in a shell",
     .run = run_completion,
     .least = 1,
     .most = 1,
     .first = NAMES_SHELL,
     .flags = READS,
     .details = "  eval \"$(vault completion bash)\"    in ~/.bashrc\n"
                "  eval \"$(vault completion zsh)\"     in ~/.zshrc, below compinit\n"
                "  vault completion fish >~/.config/fish/completions/vault.fish\n"},
    {.name = "help",
     .operands = "[VERB|TOPIC]",
     .summary = "this text, or more of it",
     .run = run_help,
     .most = 1,
     .first = NAMES_VERB | NAMES_TOPIC,
     .details = "  vault help exec\n"
                "  vault help exit-status\n"},
    {.name = "version",
     .operands = "",
     .summary = "the versions of vault and of libsodium",
     .run = run_version},
    {.name = NULL},
};
