# What the tests of the Python package share: the package as it would be installed, with this tree's
# library, and pytest.
# shellcheck shell=sh disable=SC2034
. "$(dirname "$0")/../lib.sh"

PYTHON=$BUILD/python # what make deps-test has installed
library=$(dirname "$BIN")/libvault.so

install_package() {
    mkdir -p site
    cp -R "$TOP/bindings/python/src/vaultfile" site
    cp "$library" site/vaultfile/libvault.so
}

# pytest NAME PYTHON PATH ARGUMENT…: one test for each test that it runs. PATH: where pytest is.
pytest() {
    of=$1 python=$2 with=$3
    shift 3
    : >tap
    # Other plugins that this Python may have are none of ours.
    run env BIN="$BUILD/check/vault" PYTHONPATH="$PWD/site:$TOP/tests/bindings:$with" TAP_FILE="$PWD/tap" \
        PYTHONDONTWRITEBYTECODE=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$python" -m pytest -q \
        -p tap_plugin -p no:cacheprovider --basetemp="$PWD/pytest" -c "$TOP/bindings/python/pyproject.toml" \
        --rootdir="$TOP/bindings/python" "$@"
    passed=$status
    while IFS='	' read -r verdict name reason; do
        case $verdict in
        passed) ok "$of: $name" true ;;
        skipped) skip "$of: $name" "$reason" ;;
        *) ok "$of: $name" or_say "$(grep -A 40 '^___' "$STDOUT" | head -n 60)" false ;;
        esac
    done <tap
    ok "$of: pytest" or_tell test "$passed" -eq 0 -a -s tap
    rm -rf pytest
}
