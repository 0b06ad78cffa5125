"""Repositories made of what is on this machine already."""

_MARKERS = ["BUILD", "BUILD.bazel", "WORKSPACE", "MODULE.bazel"]

def _local_or_http_impl(ctx):
    for path in ctx.attr.local_paths:
        local = ctx.path(path)
        if local.exists:
            for child in local.readdir():
                if child.basename not in _MARKERS:
                    ctx.symlink(child, child.basename)
            ctx.symlink(ctx.attr.local_build_file, "BUILD.bazel")
            ctx.file("WORKSPACE", "workspace(name = %r)\n" % ctx.name)
            return
    ctx.download_and_extract(
        url = ctx.attr.urls,
        sha256 = ctx.attr.sha256,
        stripPrefix = ctx.attr.strip_prefix,
    )

local_or_http_archive = repository_rule(
    doc = "A directory of this machine where it is there, else a download.",
    implementation = _local_or_http_impl,
    attrs = {
        "local_build_file": attr.label(allow_single_file = True, mandatory = True),
        "local_paths": attr.string_list(),
        "sha256": attr.string(),
        "strip_prefix": attr.string(),
        "urls": attr.string_list(mandatory = True),
    },
    # Looked at again by every server, so that a package installed later is seen.
    local = True,
)

def _stub_impl(ctx):
    # By label, for the stubs stand in nanorun, which need not be the main
    # repository; a path of local_repository would be relative to the main one.
    root = ctx.path(Label("//bazel:deps.bzl")).dirname
    for child in root.get_child("stubs").get_child(ctx.name).readdir():
        ctx.symlink(child, child.basename)

stub_repository = repository_rule(
    doc = "The repository that bazel/stubs has under the rule's name.",
    implementation = _stub_impl,
    local = True,
)
