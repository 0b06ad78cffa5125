"""A folder of rt or io: a package that may be used by those after it."""

load("@rules_cc//cc:defs.bzl", "cc_library")
load("//bazel:copts.bzl", "C11")

# From the lowest to the highest.
_FOLDERS = {
    "io": ["reactor", "stream", "net", "fd"],
    "rt": ["thread", "memory", "task", "time", "pool", "sched", "sync"],
}

# What each folder of the layer may include of those below the layer.
_DEPS = {
    "io": ["//nanorun/rt", "//nanorun/rt:driver"],
    "rt": [],
}

def nr_folder(
        name,
        below = [],
        deps = [],
        for_io = [],
        srcs = None,
        target_compatible_with = []):
    """The library of a folder, and its headers as files.

    Args:
      name: that of the folder.
      below: the folders of its layer that it uses.
      deps: what else it uses, where `below` would be a select.
      for_io: headers that io includes, too, by //nanorun/rt:driver.
      srcs: its sources, if not all of them.
      target_compatible_with: which systems it is for.
    """
    if srcs == None:
        srcs = native.glob(["*.c"])
    layer = native.package_name().split("/")[1]
    parent = "//nanorun/" + layer
    above = _FOLDERS[layer][_FOLDERS[layer].index(name) + 1:]
    cc_library(
        name = name,
        srcs = srcs,
        hdrs = native.glob(["*.h"]),
        copts = C11,
        features = ["layering_check"],
        target_compatible_with = target_compatible_with,
        visibility = [parent + ":__pkg__"] +
                     ["%s/%s:__pkg__" % (parent, folder) for folder in above],
        deps = [
            "//nanorun:async",
            "//nanorun/sys",
            parent + ":headers",
        ] + _DEPS[layer] + [parent + "/" + folder for folder in below] + deps,
    )
    native.exports_files(
        for_io,
        visibility = [parent + ":__pkg__"],
    )
    native.filegroup(
        name = "sources",
        srcs = srcs + native.glob(["*.h"]),
        visibility = [parent + ":__pkg__"],
    )
    native.filegroup(
        name = "header_files",
        srcs = native.glob(["*.h"]),
        visibility = [parent + ":__pkg__"],
    )
