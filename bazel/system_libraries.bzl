"""Libraries of this machine, for examples/recipes. None of them is needed."""

# By name: what has to be there besides the library, and where headers are that
# a compiler does not find by itself.
_LIBRARIES = {
    "curl": struct(
        programs = [],
        headers = None,
    ),
    "hiredis": struct(
        programs = ["/usr/bin/redis-server"],
        headers = None,
    ),
    "pq": struct(
        programs = ["/usr/lib/postgresql"],
        headers = "/usr/include/postgresql",
    ),
}

# By processor: where Debian has its libraries.
_FOLDERS = {
    "aarch64": "/usr/lib/aarch64-linux-gnu",
    "x86_64": "/usr/lib/x86_64-linux-gnu",
}

_BUILD = """\
package(default_visibility = ["//visibility:public"])

# The processor's other half, for which the library is not.
config_setting(
    name = "m32",
    values = {"copt": "-m32"},
)
"""

_LIBRARY = """
cc_library(
    name = "{name}",
    hdrs = glob(["{name}/*.h"], allow_empty = True),
    includes = ["{name}"],
    linkopts = ["-l{name}"],
    target_compatible_with = select({{
        ":m32": ["@platforms//os:none"],
        "//conditions:default": {constraints},
    }}),
)
"""

def _constraints(ctx, name, library):
    if all([ctx.path(program).exists for program in library.programs]):
        for cpu, folder in _FOLDERS.items():
            # The name without a version comes with the headers.
            if ctx.path("%s/lib%s.so" % (folder, name)).exists:
                return ["@platforms//os:linux", "@platforms//cpu:" + cpu]
    return ["@platforms//os:none"]

def _system_libraries_impl(ctx):
    text = _BUILD
    for name, library in _LIBRARIES.items():
        constraints = _constraints(ctx, name, library)
        text += _LIBRARY.format(name = name, constraints = constraints)
        if library.headers and ctx.path(library.headers).exists:
            for header in ctx.path(library.headers).readdir():
                if header.basename.endswith(".h"):
                    ctx.symlink(header, name + "/" + header.basename)
    ctx.file("BUILD.bazel", text)

system_libraries = repository_rule(
    doc = "A cc_library for each library; what is missing is incompatible.",
    implementation = _system_libraries_impl,
    # Looked at again by every server, so that a package installed later is seen.
    local = True,
)
