"""What MODULE.bazel has for nanorun_dev_deps of deps.bzl."""

load(":system_libraries.bzl", "system_libraries")

def _dev_deps_impl(_ctx):
    system_libraries(name = "system_libraries")

dev_deps = module_extension(implementation = _dev_deps_impl)
