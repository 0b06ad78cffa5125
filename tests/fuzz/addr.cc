// SPDX-License-Identifier: MIT

// The input is the text of an address. What is taken is what the system's own
// reader takes, with a port behind it, and its text reads as the same address.

#include <arpa/inet.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "nanorun/io/addr.h"
#include "tests/fuzz/fuzz.h"

namespace
{

bool is_number(const std::string &text, uint64_t max)
{
    uint64_t value = 0;
    for (char c : text) {
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (uint64_t)(c - '0');
        if (value > max)
            return false;
    }
    return !text.empty();
}

// What inet_pton says of the text. It knows no scopes, which are numbers here.
bool expect(const std::string &text, uint8_t ip[16])
{
    size_t colon = text.rfind(':');
    if (colon == std::string::npos ||
        !is_number(text.substr(colon + 1), UINT16_MAX))
        return false;
    std::string host = text.substr(0, colon);
    if (host.empty() || host[0] != '[')
        return inet_pton(AF_INET, host.c_str(), ip) == 1;
    if (host.back() != ']')
        return false;
    host = host.substr(1, host.size() - 2);
    size_t percent = host.find('%');
    if (percent != std::string::npos &&
        !is_number(host.substr(percent + 1), UINT32_MAX))
        return false;
    return inet_pton(AF_INET6, host.substr(0, percent).c_str(), ip) == 1;
}

bool is_same(const nr_addr &a, const nr_addr &b)
{
    return memcmp(a.ip_, b.ip_, sizeof a.ip_) == 0 &&
           a.scope_id_ == b.scope_id_ && a.port_ == b.port_ &&
           a.is_v6_ == b.is_v6_;
}

// The text of `a`, written where there is just enough room for it.
std::string text_of(const nr_addr &a)
{
    char buf[NR_ADDR_TEXT_MAX];
    int len = nr_addr_format(&a, buf, sizeof buf);
    FUZZ_CHECK(len > 0 && strlen(buf) == (size_t)len);
    std::string exact((size_t)len + 1, '?'), small = exact;
    FUZZ_CHECK(nr_addr_format(&a, &exact[0], exact.size()) == len);
    FUZZ_CHECK(strcmp(exact.c_str(), buf) == 0);
    FUZZ_CHECK(nr_addr_format(&a, &small[0], (size_t)len) == -ENOSPC);
    FUZZ_CHECK(small == std::string(exact.size(), '?'));
    return buf;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    std::string input(reinterpret_cast<const char *>(data), size);
    std::string text = input.c_str(); // up to a zero byte
    text.shrink_to_fit();
    uint8_t ip[16] = {};
    nr_addr a, b;
    memset(&a, 0x5a, sizeof a);
    b = a;
    int err = nr_addr_parse(&a, text.c_str());
    FUZZ_CHECK((err == 0) == expect(text, ip));
    if (err) {
        FUZZ_CHECK(err == -EINVAL && memcmp(&a, &b, sizeof a) == 0);
        return 0;
    }
    FUZZ_CHECK(memcmp(a.ip_, ip, sizeof ip) == 0);
    FUZZ_CHECK(nr_addr_parse(&b, text_of(a).c_str()) == 0 && is_same(a, b));
    FUZZ_CHECK(text_of(a) == text_of(b));
    return 0;
}
