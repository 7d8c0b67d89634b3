#!/bin/sh
# The Python package: its own tests, with pytest; and what mypy and pyright say of its types.
. "$(dirname "$0")/scene.sh"

[ -e "$PYTHON/tools/done" ] || skip_all 'there are no tools for Python: make deps-test'
install_package
pytest python "$PYTHON/tools/bin/python" '' "$TOP/bindings/python/tests"

run env PYTHONPATH="$WORK/site" "$PYTHON/tools/bin/python" -m mypy --cache-dir="$WORK/mypy" \
    --config-file "$TOP/bindings/python/pyproject.toml" "$WORK/site/vaultfile" "$TOP/bindings/python/tests/typed.py"
status_is 0 'mypy --strict'
if command -v node >/dev/null && run "$PYTHON/tools/bin/pyright" --version && [ "$status" -eq 0 ]; then
    cp "$TOP/bindings/python/tests/typed.py" .
    printf '{"include": ["site/vaultfile", "typed.py"], "extraPaths": ["site"]}\n' >pyrightconfig.json
    run "$PYTHON/tools/bin/pyright" --pythonpath "$PYTHON/tools/bin/python" -p "$WORK"
    status_is 0 pyright
else
    skip pyright 'it cannot be run here'
fi
done_testing
