"""External repositories of WORKSPACE builds; with MODULE.bazel none is needed."""

load("//bazel:local_or_http.bzl", "local_or_http_archive", "stub_repository")
load("//bazel:system_libraries.bzl", "system_libraries")

def nanorun_deps():
    """What a workspace needs to build //:nanorun: nothing, except on Bazel 4.

    The @bazel_tools of Bazel 4 loads these three even for plain C and would
    download them. Debian's Bazel 4.2.3 gives its version as "".
    """
    version = native.bazel_version
    if version and not version.startswith("4."):
        return
    for name in ["rules_cc", "rules_java", "remote_coverage_tools"]:
        if not native.existing_rule(name):
            stub_repository(name = name)

def nanorun_dev_deps():
    """What our own tests need besides: GoogleTest, and libraries for recipes.

    Debian's package googletest is its source, in /usr/src/googletest.
    """
    system_libraries(name = "system_libraries")
    local_or_http_archive(
        name = "com_google_googletest",
        local_build_file = "//bazel/third_party:googletest.BUILD",
        local_paths = ["/usr/src/googletest"],
        sha256 = "81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2",
        strip_prefix = "googletest-release-1.12.1",
        urls = ["https://github.com/google/googletest/archive/refs/tags/release-1.12.1.tar.gz"],
    )
