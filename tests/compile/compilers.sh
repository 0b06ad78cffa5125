# SPDX-License-Identifier: MIT
# Sourced by the tests beside it, at the root of the tree: which compilers there
# are. GCC is a must; clang is used where it is installed.

export LC_ALL=C

find_compilers() {
    local compiler
    compilers=()
    for compiler in "$@"; do
        if command -v "$compiler" >/dev/null; then
            compilers+=("$compiler")
        else
            echo "skipped: $compiler is not installed"
        fi
    done
    command -v gcc >/dev/null || {
        echo "gcc is not installed" >&2
        exit 1
    }
}

# The lines of the form "/* key: value */" at the top of a file.
header_of() {
    sed -n "2,4s#^/\* $1: \(.*\) \*/\$#\1#p" "$2"
}

lowering_flag() {
    if [ "$1" = switch ]; then
        echo -DNR_LOWER_BY_SWITCH
    fi
}
