/* SPDX-License-Identifier: MIT */
#include "nanorun/sys/thread.h"

#include <string.h>

#include "nanorun/sys/windows/system.h"

typedef HRESULT(WINAPI *thread_name_set_description)(HANDLE thread,
                                                     const WCHAR *text);

/* Looked up at run time, because import libraries lack it. The name is for
 * debuggers, so a failure is ignored. */
void nr_sys_thread_name(const char *name)
{
    HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
    thread_name_set_description set = NULL;
    WCHAR wide[16];
    size_t len = strlen(name);
    int wide_len;

    if (kernel)
        set = (thread_name_set_description)(void (*)(void))GetProcAddress(
            kernel, "SetThreadDescription");
    if (len > 15)
        len = 15;
    wide_len = MultiByteToWideChar(CP_UTF8, 0, name, (int)len, wide, 15);
    wide[wide_len] = L'\0';
    if (set)
        (void)set(GetCurrentThread(), wide);
}
