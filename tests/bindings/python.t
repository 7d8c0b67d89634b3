#!/bin/sh
# The Python package: its own tests, with pytest; and what mypy and pyright say of its types.
. "$(dirname "$0")/scene.sh"

[ -e "$PYTHON/tools/done" ] || skip_all 'there are no tools for Python: make deps-test'
"$PYTHON/tools/bin/python" -c '' 2>/dev/null || skip_all 'the Python of the tools cannot be run'
install_package
pytest python "$PYTHON/tools/bin/python" '' "$TOP/bindings/python/tests"

run env PYTHONPATH="$WORK/site" "$PYTHON/tools/bin/python" -m mypy --cache-dir="$WORK/mypy" \
    --config-file "$TOP/bindings/python/pyproject.toml" "$WORK/site/vaultfile" "$TOP/bindings/python/tests/typed.py"
status_is 0 'mypy --strict'
pyright=$PYTHON/npm/node_modules/pyright/index.js
if [ -e "$pyright" ] && there_is node pyright; then
    cp "$TOP/bindings/python/tests/typed.py" .
    printf '{"include": ["site/vaultfile", "typed.py"], "extraPaths": ["site"]}\n' >pyrightconfig.json
    run node "$pyright" --pythonpath "$PYTHON/tools/bin/python" -p "$WORK"
    status_is 0 pyright
elif [ ! -e "$pyright" ]; then
    skip pyright 'there is no pyright: make deps-test'
fi
done_testing
