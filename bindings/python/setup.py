"""Builds libvault, with libsodium inside, into the package; pyproject.toml has everything else.

The C sources are those of the tree that this folder is in or, in an sdist, those in the folder
libvault. The library needs nothing but libc, and no part of Python, so one wheel is for every
version of Python.
"""

import os
import re
import shutil
import subprocess
import sys
from glob import glob

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = os.path.dirname(os.path.abspath(__file__))
PACKED = os.path.join(HERE, "libvault")
TOP = PACKED if os.path.exists(PACKED) else os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(TOP, "build", "python")  # kept: the next build compiles what has changed
SOURCES = (
    "LICENSE",
    "Makefile",
    "build-aux/flags.sh",
    "build-aux/libsodium.sh",
    "build-aux/libvault.map",
    "lib/**/*.[ch]",
    "vault.[ch]",
)
LIBSODIUM = os.path.join(TOP, "libsodium.tar.gz")  # of an sdist
LIBRARY = "libvault.dylib" if sys.platform == "darwin" else "libvault.so"


def version():
    with open(os.path.join(TOP, "vault.h"), encoding="utf-8") as header:
        return re.search(r'define VAULT_VERSION "(.*)"', header.read()).group(1)


def run(*command, **variables):
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    environment.update(variables)
    print(*command, flush=True)
    subprocess.run(command, cwd=TOP, env=environment, check=True, stdin=subprocess.DEVNULL)


def named_source():
    return {"LIBSODIUM": LIBSODIUM} if os.path.exists(LIBSODIUM) else {}


def compile_library():
    """The library is position-independent and exports libvault's functions alone."""
    sodium = "build/python/sodium"  # relative, as TOP may contain a space
    run("build-aux/libsodium.sh", sodium, CFLAGS="-O2", **named_source())
    run(
        "make",
        f"-j{os.cpu_count() or 1}",
        "BUILD=build/python",
        "CFLAGS=-O2",
        "LDFLAGS=-Wl,-s" if sys.platform == "linux" else "LDFLAGS=",
        f"SODIUM_CFLAGS=-DSODIUM_STATIC -I{sodium}/include",
        f"SODIUM_LIBS={sodium}/lib/libsodium.a",
        "build/python/libvault.so",
    )
    return os.path.join(BUILD, "libvault.so")


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        target = os.path.join(self.build_lib, "vaultfile", LIBRARY)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(compile_library(), target)
        os.chmod(target, 0o755)


class PlatformWheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2])


class SourcesToo(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        for pattern in SOURCES:
            for path in glob(os.path.join(TOP, pattern), recursive=True):
                target = os.path.join(base_dir, "libvault", os.path.relpath(path, TOP))
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy(path, target)
        packed = os.path.join(os.path.abspath(base_dir), "libvault", "libsodium.tar.gz")
        run("build-aux/libsodium.sh", "--source", packed, **named_source())


class WithLibrary(Distribution):
    def has_ext_modules(self):  # the wheel is for one platform
        return True


setup(
    version=version(),
    distclass=WithLibrary,
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel, "sdist": SourcesToo},
)
