"""A folder of rt: a package that may be used by those after it."""

load("@rules_cc//cc:defs.bzl", "cc_library")
load("//bazel:copts.bzl", "C11")

# From the lowest to the highest.
_FOLDERS = ["thread", "memory", "task", "time", "sched", "sync"]

def rt_folder(name, below, for_io = []):
    """The library of a folder, and its headers as files.

    Args:
      name: that of the folder.
      below: the folders that it uses.
      for_io: headers that io includes, too, by //nanorun/rt:driver.
    """
    above = _FOLDERS[_FOLDERS.index(name) + 1:]
    cc_library(
        name = name,
        srcs = native.glob(["*.c"]),
        hdrs = native.glob(["*.h"]),
        copts = C11,
        features = ["layering_check"],
        visibility = ["//nanorun/rt:__pkg__"] +
                     ["//nanorun/rt/%s:__pkg__" % folder for folder in above],
        deps = [
            "//nanorun:async",
            "//nanorun/rt:headers",
            "//nanorun/sys",
        ] + ["//nanorun/rt/" + folder for folder in below],
    )
    native.exports_files(
        for_io,
        visibility = ["//nanorun/rt:__pkg__"],
    )
    native.filegroup(
        name = "header_files",
        srcs = native.glob(["*.h"]),
        visibility = ["//nanorun/rt:__pkg__"],
    )
