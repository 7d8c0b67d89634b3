#!/bin/sh
# SIGKILL at random moments, in memory and on a disk; KILLS says how many in each. The same in a
# program that writes in place is seen.
. "$(dirname "$0")/../lib.sh"

KILLS=${KILLS:-100}
for needed in python3 git age; do
    command -v "$needed" >/dev/null || skip_all "there is no $needed"
done
mkdir disk
set -- "$WORK/disk"
memory=/dev/shm
{ [ -d $memory ] && [ -w $memory ] && set -- $memory "$@"; } || skip 'in memory' "there is no $memory"
run "$TOP/tests/faults/kill.py" --program "$BIN" --kills "$KILLS" --jobs 2 "$@"
status_is 0 "killed: the vault is the old one or the new one, nothing plain is left for git, the next run works"
kills=$(sed -n 's/^\([0-9]*\) kills, 0 wrong states$/\1/p' "$STDOUT")
ok "${kills:-0} kills" test "${kills:-0}" -ge $((KILLS * $#))
sed 's/^/# /' "$STDOUT"

cat >in-place <<END
#!/bin/sh
"$BIN" "\$@" || exit
[ "\$1" = set ] && [ -e vault.toml ] || exit 0
cp vault.toml copy && : >vault.toml && sleep 0.3 && cat copy >vault.toml && rm copy
END
chmod +x in-place
run "$TOP/tests/faults/kill.py" --program in-place --verb set --kills 16 --jobs 2 "$WORK/disk"
status_is 1 'a program that writes in place is found out'
stdout_has 'the vault is lost' 'by its damage'
done_testing
