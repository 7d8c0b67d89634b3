#!/bin/sh
# The packages' descriptions agree with the tree: versions and names, and the commands that they type
# exist. The installer of action.yml is run, with a release of this machine.
. "$(dirname "$0")/../lib.sh"

python3 -c 'import yaml' 2>/dev/null || export PYTHONPATH="$BUILD/peers/python/yaml"
python3 -c 'import yaml' 2>/dev/null || skip_all 'there is no YAML parser (make deps-test)'

version=$(sed -n 's/^#define VAULT_VERSION "\(.*\)"/\1/p' "$TOP/vault.h")
cd "$TOP/packaging"
ok 'APKBUILD: the version' grep -qx "pkgver=$version" APKBUILD
ok 'APKBUILD: is a shell script' sh -n APKBUILD
ok 'Homebrew: the version' grep -q "/vault-$version.tar.gz\"" vault-file.rb
ok 'Debian: the version' matches "$(head -n 1 debian/changelog)" "vault-file ($version-*"
! command -v ruby >/dev/null || ok 'Homebrew: is Ruby' ruby -c vault-file.rb
cd "$WORK"

field() { # FILE PYTHON: of the YAML in it, as y
    python3 -c 'import sys, yaml
y = yaml.safe_load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}
for file in "$TOP"/.github/workflows/*.yml "$TOP/action.yml" "$TOP/.pre-commit-hooks.yaml"; do
    ok "${file##*/}: is YAML" field "$file" 'len(y)'
done
grep -Eho 'make [a-z][-a-z]*( [a-z][-a-z]*)*' "$TOP"/.github/workflows/*.yml | sed 's/^make //' | tr ' ' '\n' | sort -u >goals
ok 'the workflows name goals' test "$(wc -l <goals)" -ge 4
while read -r goal; do
    ok "make $goal is a goal" grep -q "^#   make $goal " "$TOP/Makefile"
done <goals

# pre-commit's entry, in a repository where a value has leaked.
entry=$(field "$TOP/.pre-commit-hooks.yaml" 'y[0]["entry"]')
export PATH="$WORK/bin:$PATH" VAULT_IDENTITY_FILE="$WORK/key"
mkdir bin
ln -s "$BIN" bin/vault
vault keygen -o key >/dev/null 2>&1
git init -q
vault init >/dev/null 2>&1
vault set db/PASSWORD=correct-horse-battery >/dev/null 2>&1
git add vault.toml
run sh -c "$entry"
status_is 0 'pre-commit: nothing has leaked'
echo correct-horse-battery >notes
git add notes
run sh -c "$entry"
status_is 7 'pre-commit: a value has leaked'

# The installer, from a folder in place of a server.
command -v curl >/dev/null || skip_rest='there is no curl'
if [ -z "${skip_rest-}" ]; then
    case $(uname -m) in aarch64) arch=arm64 ;; armv7l) arch=armhf ;; *) arch=$(uname -m) ;; esac
    mkdir -p releases/v1.2.3 runner
    printf '#!/bin/sh\necho installed\n' >releases/v1.2.3/vault-1.2.3-linux-"$arch"
    field "$TOP/action.yml" 'y["runs"]["steps"][0]["run"]' >install.sh
    : >paths
    install() { # SHA256
        run env RUNNER_TEMP="$WORK/runner" GITHUB_PATH="$WORK/paths" VERSION=1.2.3 SHA256="$1" \
            URL="file://$WORK/releases" sh install.sh
    }
    install 0000000000000000000000000000000000000000000000000000000000000000
    ok 'action: another sum is refused' test "$status" -ne 0
    ok 'action: and nothing is installed' test ! -e runner/vault/vault -a ! -s paths
    install "$(sha256sum releases/v1.2.3/* | cut -d ' ' -f 1)"
    status_is 0 'action: installs what has the sum'
    is 'action: it is in PATH' "$("$(cat paths)/vault")" installed
else
    skip 'action' "$skip_rest"
fi
done_testing
