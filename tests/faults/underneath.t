#!/bin/sh
# What may happen to the file underneath a writer, with a small disk if one can be mounted here, and
# without root's right to write everywhere.
. "$(dirname "$0")/../lib.sh"

mkdir disk
cat >underneath <<'END'
#!/bin/sh
set -eu
disk=
mount -t tmpfs -o size=256k tmpfs disk 2>/dev/null && disk=$PWD/disk
[ "$(id -u)" = 0 ] && setpriv --bounding-set=-dac_override,-dac_read_search true 2>/dev/null &&
    set -- setpriv --bounding-set=-dac_override,-dac_read_search "$@"
exec "$@" ${disk:+"$disk"}
END
chmod +x underneath
# A namespace of its own, so that the disk goes away with the test.
set -- ./underneath "$BUILD/tests/faults/underneath"
if unshare --map-root-user --mount true 2>/dev/null; then
    set -- unshare --map-root-user --mount "$@"
fi
"$@"
