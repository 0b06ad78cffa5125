"""What the library's own sources ask of a compiler, whoever builds them."""

# gcc's and clang's default is C11 or later. MSVC's is neither that nor the
# standard preprocessor.
C11 = select({
    "//bazel:msvc": [
        "/std:c11",
        "/Zc:preprocessor",
    ],
    "//conditions:default": [],
})
