"""The programs of a text, as tests."""

load("//bazel:defs.bzl", "nr_cc_binary")

def programs_test(name, text, programs, target_compatible_with = {}):
    """Every C program in a text, compiled with our warnings, and run.

    Each begins with its name, /* name.c */, and exits 0. The text has those
    that are listed, and no other.

    Args:
      name: of the test.
      text: the Markdown file.
      programs: their names.
      target_compatible_with: by name, of those that need it.
    """
    native.genrule(
        name = name + "_extract",
        srcs = [text],
        outs = [program + ".c" for program in programs],
        cmd = "$(execpath //tests/readme:extract.sh) $< $(@D)",
        tools = ["//tests/readme:extract.sh"],
    )
    for program in programs:
        nr_cc_binary(
            name = program,
            srcs = [program + ".c"],
            copts = [
                "-Wall",
                "-Wextra",
                "-Werror",
            ],
            target_compatible_with = target_compatible_with.get(program, []),
            deps = ["//:nanorun"],
        )
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["//tests/readme:readme_test.sh"],
        args = ["$(rootpath %s)" % file for file in [text] + programs],
        data = [text] + programs,
        tags = ["block-network"],
    )
