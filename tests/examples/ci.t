#!/bin/sh
# The examples of CI jobs: their shell steps, taken out of the YAML, do what they are there for.
. "$(dirname "$0")/scene.sh"

export PYTHONPATH="$BUILD/peers/python/yaml" PYTHONDONTWRITEBYTECODE=1
python3 -c 'import yaml' 2>/dev/null || skip_all 'python3 has no yaml'
command -v curl >/dev/null || skip_all 'there is no curl'
HERE=$TOP/tests/examples
mkdir app

cd app
quiet vault init -e prod
printf 'token-4711' | quiet vault set DEPLOY_TOKEN -e prod
printf 'two\nlines' | quiet vault set --raw SENTRY_TOKEN -e prod
quiet vault export -e prod --format example -o .env.example
printf '#!/bin/sh\n[ -z "${VAULT_IDENTITY-}" ] && echo "deployed with $DEPLOY_TOKEN"\n' >deploy
printf '#!/bin/sh\n[ -z "${DEPLOY_TOKEN-}" ] && echo "told with $SENTRY_TOKEN"\n' >tell-sentry
chmod +x deploy tell-sentry

# As the comment above each says.
cp "$BIN" vault-static
gh() { # secret|variable set NAME [--body VALUE]
    if [ $# -eq 3 ]; then cat >"$TMP/gh-$3"; else printf %s "$5" >"$TMP/gh-$3"; fi
}
commands() { # FILE: what it says to type
    sed -n 's/^#     \(\(vault\|gh\) .*\)/\1/p' "$TOP/examples/$1"
}
commands github-actions/deploy.yml >set-up
is 'GitHub: five commands set it up' "$(grep -c . set-up)" 5
is 'both grant with the same command' "$(commands gitlab-ci/.gitlab-ci.yml)" "$(sed -n 1p set-up)"
run eval "$(cat set-up)"
status_is 0 'GitHub: the commands that set it up'
key=$(cat "$TMP/gh-VAULT_IDENTITY")
line=$(grep AGE-SECRET-KEY "$TMP/gh-VAULT_IDENTITY")
pin=$(cat "$TMP/gh-VAULT_PIN")
is 'GitHub: the pin is one that vault takes' "$(vault list -e prod --pin "$pin" | grep -c app)" 1
ok 'GitHub: the key is not left there' not test -e "$HOME/ci.key"

# A runner knows nothing of us but what it is given.
HOME=$TMP/runner
XDG_CONFIG_HOME=$HOME/.config XDG_STATE_HOME=$HOME/.local/state
mkdir "$HOME"
steps() { # KIND FILE JOB
    python3 "$HERE/steps.py" "$1" "$TOP/examples/$2" "$3" >"$TMP/steps" && python3 "$HERE/run_steps.py" <"$TMP/steps"
}

cp "$BIN" "$TMP/program" # a URL has no spaces

github() { # JOB KEY PIN
    rm -f "$TMP/github-env"
    touch "$TMP/github-env"
    rm -f "$TMP/github-path"
    SECRET_VAULT_IDENTITY=$2 VAR_VAULT_PIN=$3 GITHUB_ENV=$TMP/github-env GITHUB_PATH=$TMP/github-path \
        VAR_VAULT_URL="file://$TMP/program" VAR_VAULT_SHA256="${sum-$(cat "$TMP/gh-VAULT_SHA256")}" RUNNER_TEMP=$TMP/runner \
        steps github github-actions/deploy.yml "$1"
}
run github check '' ''
status_is 0 'GitHub: check, without a key'
run github deploy "$key" "$pin"
status_is 0 'GitHub: deploy'
stdout_has 'deployed with token-4711' 'GitHub: the step has its secret'
stdout_has "told with two${newline}lines" 'GitHub: a later step has the value that was exported'
stdout_has '::add-mask::two' 'GitHub: it is masked'
ok 'GitHub: and no other was exported' not has_text token-4711 "$TMP/github-env"
run github deploy '' "$pin"
ok 'GitHub: without the key, as a fork has it: not deployed' test "$status" -ne 0
stdout_lacks deployed 'GitHub: without the key nothing ran'
run github deploy "$key" prod=AAAAAAAAAAAAAAAAAAAAAA
ok 'GitHub: another key than the pin says: not deployed' test "$status" -ne 0
stdout_lacks deployed 'GitHub: with another pin nothing ran'

gitlab() { # JOB KEY PIN
    VAULT_IDENTITY=$2 VAULT_PIN=$3 VAULT_URL="file://$TMP/program" VAULT_SHA256=${sum-$(cat "$TMP/gh-VAULT_SHA256")} \
        steps gitlab gitlab-ci/.gitlab-ci.yml "$1"
}
run gitlab check '' ''
status_is 0 'GitLab: check, without a key'
run gitlab deploy "$line" "$pin"
status_is 0 'GitLab: deploy'
stdout_has 'deployed with token-4711' 'GitLab: the job has its secret'
run gitlab deploy "$line" prod=AAAAAAAAAAAAAAAAAAAAAA
status_is 5 'GitLab: another key than the pin says'
stdout_lacks deployed 'GitLab: and nothing ran'

# The program comes from where the job says, or not at all. Nothing in the PATH hides that.
PATH=$(echo "$PATH" | sed "s|$WORK/bin:||")
sum=$(printf x | sha256sum | cut -c 1-64)
run github check '' ''
ok 'GitHub: another program than the sum says: nothing ran' test "$status" -ne 0
run gitlab check '' ''
ok 'GitLab: another program than the sum says: nothing ran' test "$status" -ne 0
stdout_lacks app 'GitLab: not even a list'
unset sum
run github check '' ''
status_is 0 'GitHub: with the right one it runs'
run gitlab check '' ''
status_is 0 'GitLab: with the right one it runs'

# A pull request, with the whole of the history, and one that puts an older file back.
cp "$TMP/home/.gitconfig" "$HOME"
quiet git init -q .
quiet git add -A
quiet git commit -qm one
HOME=$TMP/home XDG_CONFIG_HOME=$TMP/home/.config quiet vault set DEPLOY_TOKEN=token-4712 -e prod
quiet git commit -qam two
quiet git clone -q . "$TMP/request"
cd "$TMP/request"
requests() { # STATUS NAME
    export GITHUB_BASE_REF=main CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main
    run github history "$key" ''
    status_is "$1" "GitHub: $2"
    run gitlab history "$line" ''
    status_is "$1" "GitLab: $2"
}
quiet git commit -q --allow-empty -m nothing
requests 0 'a pull request that brings nothing back'
quiet git checkout -q HEAD~2 vault.toml
quiet git commit -qm older
requests 7 'a pull request that puts an older file back'
stdout_has 'returned prod app/DEPLOY_TOKEN' 'and what of it'
cd "$WORK/app"

# What is missing is found before it is needed.
HOME=$TMP/home XDG_CONFIG_HOME=$TMP/home/.config
quiet vault delete -y app/SENTRY_TOKEN -e prod
run github check '' ''
status_is 4 'GitHub: check: a key is missing'
run gitlab check '' ''
status_is 4 'GitLab: check: a key is missing'

done_testing
