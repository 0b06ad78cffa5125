"""Toolchains for other systems, of compilers that Debian has for this one."""

load("@rules_cc//cc:action_names.bzl", "ACTION_NAMES")
load(
    "@rules_cc//cc:cc_toolchain_config_lib.bzl",
    "action_config",
    "artifact_name_pattern",
    "feature",
    "flag_group",
    "flag_set",
    "tool",
    "tool_path",
    "with_feature_set",
)
load("@rules_cc//cc:defs.bzl", "cc_toolchain")

_C = [ACTION_NAMES.c_compile]
_CXX = [
    ACTION_NAMES.assemble,
    ACTION_NAMES.preprocess_assemble,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.cpp_header_parsing,
]
_LINK = [
    ACTION_NAMES.cpp_link_executable,
    ACTION_NAMES.cpp_link_dynamic_library,
    ACTION_NAMES.cpp_link_nodeps_dynamic_library,
]

# What would make two builds of the same source differ.
_REDACTED = [
    "-Wno-builtin-macro-redefined",
    "-D__DATE__=\"redacted\"",
    "-D__TIMESTAMP__=\"redacted\"",
    "-D__TIME__=\"redacted\"",
]

def _flags(actions, flags, mode = None):
    if not flags:
        return []
    return [flag_set(
        actions = actions,
        flag_groups = [flag_group(flags = flags)],
        with_features = [with_feature_set(features = [mode])] if mode else [],
    )]

def _config_impl(ctx):
    attr = ctx.attr
    prefix = "/usr/bin/" + attr.prefix
    tools = {name: prefix + name for name in [
        "ar",
        "ld",
        "nm",
        "objcopy",
        "objdump",
        "strip",
    ]}
    tools.update({name: prefix + name + attr.suffix for name in ["gcc", "cpp"]})
    tools.update({name: "/bin/false" for name in ["gcov", "dwp"]})

    gcc = _CXX if attr.c_compiler else _C + _CXX
    modes = [feature(name = mode) for mode in ["dbg", "fastbuild", "opt"]]
    compile = feature(
        name = "cross_compile",
        enabled = True,
        flag_sets = _flags(gcc, ["-fno-canonical-system-headers"]) +
                    _flags(_C, attr.conlyopts) +
                    _flags(_C + _CXX, _REDACTED + attr.copts) +
                    _flags(_C + _CXX, ["-O2", "-DNDEBUG"], "opt") +
                    _flags(_C + _CXX, ["-g"], "dbg"),
    )
    link = feature(
        name = "cross_link",
        enabled = True,
        flag_sets = _flags(_LINK, attr.linkopts),
    )
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        features = modes + [compile, link],
        action_configs = [action_config(
            action_name = ACTION_NAMES.c_compile,
            enabled = True,
            tools = [tool(path = attr.c_compiler)],
        )] if attr.c_compiler else [],
        artifact_name_patterns = [artifact_name_pattern(
            category_name = "executable",
            prefix = "",
            extension = attr.exe,
        )] if attr.exe else [],
        cxx_builtin_include_directories = attr.include_directories,
        toolchain_identifier = attr.prefix + "cross",
        host_system_name = "local",
        target_system_name = attr.prefix,
        target_cpu = attr.cpu,
        target_libc = "unknown",
        compiler = attr.compiler,
        abi_version = "unknown",
        abi_libc_version = "unknown",
        tool_paths = [
            tool_path(name = name, path = path)
            for name, path in tools.items()
        ],
    )

_config = rule(
    implementation = _config_impl,
    attrs = {
        "prefix": attr.string(mandatory = True),
        "suffix": attr.string(),
        "cpu": attr.string(mandatory = True),
        "exe": attr.string(),
        "c_compiler": attr.string(),
        "compiler": attr.string(default = "gcc"),
        "conlyopts": attr.string_list(),
        "copts": attr.string_list(),
        "linkopts": attr.string_list(),
        "include_directories": attr.string_list(),
    },
    provides = [CcToolchainConfigInfo],
)

def cross_cc_toolchain(
        name,
        target_compatible_with,
        linker_files = [],
        **kwargs):
    """A toolchain for --extra_toolchains, of a gcc and its binutils.

    Args:
      name: its name.
      target_compatible_with: the constraints that it builds for.
      linker_files: files of ours that linkopts name.
      **kwargs: prefix, before the tools' names in /usr/bin, and suffix, after
        the compiler's; cpu; exe, the ending of programs; c_compiler, where C is
        for another compiler than C++ and the link; compiler, what
        @bazel_tools//tools/cpp:compiler says of it; copts, conlyopts, linkopts;
        include_directories, where its own headers are.
    """
    _config(name = name + "_config", **kwargs)
    native.filegroup(name = name + "_files")
    native.filegroup(
        name = name + "_linker_files",
        srcs = linker_files,
    )
    cc_toolchain(
        name = name + "_cc",
        all_files = name + "_linker_files",
        compiler_files = name + "_files",
        dwp_files = name + "_files",
        linker_files = name + "_linker_files",
        objcopy_files = name + "_files",
        strip_files = name + "_files",
        supports_param_files = 1,
        toolchain_config = name + "_config",
    )
    native.toolchain(
        name = name,
        exec_compatible_with = ["@platforms//os:linux"],
        target_compatible_with = target_compatible_with,
        toolchain = name + "_cc",
        toolchain_type = "@bazel_tools//tools/cpp:toolchain_type",
    )
