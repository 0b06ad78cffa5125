/* SPDX-License-Identifier: MIT */

#include "nanorun/version.h"

const char *nr_version(void)
{
    return NR_VERSION;
}
