"""Tests in the simulated world of nanorun/rt/sim.h."""

load("@rules_cc//cc:defs.bzl", "cc_binary")

def _sim_impl(_settings, _attr):
    return {"//nanorun/sys:backend": "sim"}

_sim = transition(
    implementation = _sim_impl,
    inputs = [],
    outputs = ["//nanorun/sys:backend"],
)

def _sim_test_impl(ctx):
    program = ctx.attr.program[0][DefaultInfo]
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = executable,
        target_file = program.files_to_run.executable,
        is_executable = True,
    )
    return [
        DefaultInfo(
            executable = executable,
            runfiles = program.default_runfiles,
        ),
        testing.TestEnvironment(ctx.attr.env),
    ]

_sim_test = rule(
    implementation = _sim_test_impl,
    attrs = {
        "env": attr.string_dict(),
        "program": attr.label(cfg = _sim, mandatory = True),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    test = True,
)

def nr_sim_test(name, env = {}, size = "small", tags = [], **kwargs):
    """A test program, built with all it depends on for the simulation.

    Args:
      name: of the test; the program is NAME_program.
      env: the test's environment, as NR_SIM_SEEDS.
      size: the test's.
      tags: the test's.
      **kwargs: the program's, as of cc_binary.
    """
    cc_binary(
        name = name + "_program",
        testonly = True,
        linkstatic = True,
        tags = ["manual"],
        **kwargs
    )
    _sim_test(
        name = name,
        env = env,
        program = name + "_program",
        size = size,
        tags = tags,
        target_compatible_with = ["@platforms//os:linux"],
    )
