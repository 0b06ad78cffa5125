"""What makes sys on each system, and what can be built with it."""

# The folders of each backend. A system that is not named is taken for a POSIX
# one: threads and timers, no sockets.
FOLDERS = {
    "//nanorun/sys:linux": [
        "common",
        "common/socket",
        "linux",
        "posix",
        "posix/socket",
    ],
    "//nanorun/sys:windows": [
        "common",
        "common/socket",
        "windows",
    ],
    "//nanorun/sys:sim": [
        "common",
        "sim",
    ],
    "//conditions:default": [
        "common",
        "fallback",
        "posix",
    ],
}

# No system is this one.
_NEVER = ["@platforms//os:none"]

def with_sockets(value, otherwise):
    """A select: `value` where the backend has sockets, else `otherwise`."""
    return select({
        name: otherwise if "fallback" in folders else value
        for name, folders in FOLDERS.items()
    })

# For target_compatible_with: what needs sockets, what is about their lack, what
# is written with POSIX threads, and what looks into sys/linux.
NEEDS_SOCKETS = with_sockets([], otherwise = _NEVER)
NEEDS_NO_SOCKETS = with_sockets(_NEVER, otherwise = [])
NEEDS_PTHREAD = select({
    "//bazel:clang_as_msvc": _NEVER,
    "//bazel:msvc": _NEVER,
    "//conditions:default": [],
})
NEEDS_SYS_LINUX = select({
    name: [] if "linux" in folders else _NEVER
    for name, folders in FOLDERS.items()
})
