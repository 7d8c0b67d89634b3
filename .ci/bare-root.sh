#!/bin/sh
# Runs a command in a copy of the tree, in a root folder that holds only the base system of Debian
# or Ubuntu, gcc and make. The packages come from apt's sources on this machine.
# usage: .ci/bare-root.sh COMMAND    exit status 77 if this machine cannot make such a root
set -u

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

cannot() { # REASON
    echo "skipped: a bare root: $1"
    exit 77
}

# The root is in memory, in a mount namespace, and disappears with it.
if [ "${1-}" != --inside ]; then
    [ "$(id -u)" -eq 0 ] || cannot 'only root can make one'
    for tool in debootstrap unshare chroot apt-get apt-config; do
        command -v "$tool" >/dev/null || cannot "there is no $tool"
    done
    unshare --mount --fork true 2>/dev/null || cannot 'no mount namespace can be made here'
    root=$(mktemp -d)
    trap 'rmdir "$root"' EXIT
    trap 'exit 1' HUP INT TERM
    unshare --mount --fork --kill-child --propagation private "$0" --inside "$root" "$@"
    exit
fi
root=$2 command=$3

. /etc/os-release
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$VERSION_CODENAME" '$2 == release && $3 == "main" { print $1; exit }')
[ -n "$mirror" ] || cannot 'apt has no mirror of this system'
proxy=$(apt-config dump --no-empty --format '%v%n' Acquire::http::Proxy)
[ -z "$proxy" ] || export http_proxy="$proxy"

mount -t tmpfs -o mode=755,size=4g tmpfs "$root" || cannot 'no memory can be mounted'
echo "bare root: $ID $VERSION_CODENAME, with gcc and make"
debootstrap --variant=minbase --include=gcc,libc6-dev,make "$VERSION_CODENAME" "$root" "$mirror" >"$root/log" 2>&1 || {
    tail -n 20 "$root/log"
    cannot 'debootstrap could not make it'
}

# This machine's access to the network.
cp -L /etc/resolv.conf /etc/hosts "$root/etc" 2>/dev/null || :
apt-config dump --no-empty | grep '^Acquire::.*::Proxy\|^Acquire::Check-\|^Acquire::Languages' >"$root/etc/apt/apt.conf.d/90host" || :

# The usual mounts.
mount -t proc proc "$root/proc" || mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"

mkdir "$root/vault"
tar -cf - -C "$top" --exclude=./.git --exclude=./build --exclude=./vault --exclude=./vault-static \
    --exclude='./libvault.*' . | tar -xf - -C "$root/vault"
env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin ${http_proxy:+http_proxy="$http_proxy"} \
    ${https_proxy:+https_proxy="$https_proxy"} chroot "$root" sh -c 'cd /vault && eval "$1"' - "$command"
