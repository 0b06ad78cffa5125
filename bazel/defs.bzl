"""The rules of our own tests, examples and benchmarks.

Warnings are not here but in .bazelrc, by path: they are errors for us and none
of the business of those who build nanorun as a part of theirs.
"""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
load(":sim.bzl", "nr_sim_test")

# For target_compatible_with.
LINUX = ["@platforms//os:linux"]
NOT_WINDOWS = select({
    "@platforms//os:windows": ["@platforms//os:none"],
    "//conditions:default": [],
})
WINDOWS = ["@platforms//os:windows"]

# Under clang an include of what is not a direct dependency does not build.
_FEATURES = ["layering_check"]

def nr_cc_library(name, features = [], **kwargs):
    """A C or C++ library."""
    cc_library(
        name = name,
        features = _FEATURES + features,
        **kwargs
    )

def nr_cc_binary(name, features = [], linkstatic = True, **kwargs):
    """A program, linked statically but for the system's libraries."""
    cc_binary(
        name = name,
        features = _FEATURES + features,
        linkstatic = linkstatic,
        **kwargs
    )

def nr_cc_test(
        name,
        deps = [],
        features = [],
        linkstatic = True,
        size = "small",
        tags = [],
        env = {},
        sim_seeds = 0,
        **kwargs):
    """A GoogleTest test over the C API.

    It runs in a network namespace of its own, with loopback only, so that
    fixed ports and full backlogs of two tests do not meet. Of its own `main`
    the linker leaves GoogleTest's out. The child of a death test starts over:
    a child that is forked has neither the threads of a runtime nor the right to
    its handles. Under coverage death tests count.
    With sim_seeds a second test, NAME_sim, runs it as that many simulations
    (nanorun/rt/sim.h).
    """
    cc_test(
        name = name,
        env = dict(env, GTEST_DEATH_TEST_STYLE = "threadsafe"),
        features = _FEATURES + features,
        linkstatic = linkstatic,
        size = size,
        tags = ["block-network"] + tags,
        deps = deps + [
            "@com_google_googletest//:gtest",
            "@com_google_googletest//:gtest_main",
        ] + select({
            "//bazel:coverage": ["//tests/support:coverage_dump"],
            "//conditions:default": [],
        }),
        **kwargs
    )
    if sim_seeds:
        nr_sim_test(
            name = name + "_sim",
            size = size,
            env = {"NR_SIM_SEEDS": str(sim_seeds)},
            features = _FEATURES + features,
            tags = tags + ["sim"],
            deps = deps + [
                "//tests/sim:main",
                "@com_google_googletest//:gtest",
            ],
            **kwargs
        )
