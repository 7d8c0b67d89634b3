#!/bin/sh
# The Python package on the other versions of Python that this machine has.
. "$(dirname "$0")/scene.sh"

[ -s "$PYTHON/pythons" ] || skip_all 'there are no tools for Python: make deps-test'
install_package
own=$("$PYTHON/tools/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || :)
while read -r number python; do
    [ "$number" != "$own" ] || continue
    if [ ! -e "$PYTHON/with/$number/done" ]; then
        skip "$number" 'there is no pytest for it'
    elif [ ! -x "$python" ]; then
        skip "$number" "there is no $python"
    else
        pytest "$number" "$python" "$PYTHON/with/$number" "$TOP"/bindings/python/tests/test_hosted.py \
            "$TOP"/bindings/python/tests/test_secret.py "$TOP"/bindings/python/tests/test_use.py
    fi
done <"$PYTHON/pythons"
[ "$tap_tests" -gt 0 ] || skip_all 'there is no other Python'
done_testing
