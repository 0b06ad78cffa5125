// SPDX-License-Identifier: MIT

// The input is what a client sends. The verdict of the parser on every prefix
// that is long enough is the same, so it does not matter in which pieces the
// bytes come. To reach the parser's limits the byte 1 stands for a long run:
// the next byte, 32 times what the one behind it says.

#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>

#include "examples/http_request.h"
#include "tests/fuzz/fuzz.h"

namespace
{

// Below that many bytes every prefix is parsed; of more only some.
enum { ALL_PREFIXES = 160, LONGEST = 3 * HTTP_HEAD_MAX / 2 };

std::string expand(FuzzInput input)
{
    std::string text;
    while (!input.is_over() && text.size() < LONGEST) {
        char c = (char)input.next();
        if (c != 1) {
            text += c;
            continue;
        }
        c = (char)input.next();
        text.append(32u * input.next(), c);
    }
    return text;
}

// From a block that ends where the text does.
http_verdict parse(const char *text, size_t size, http_request *out)
{
    std::unique_ptr<char[]> exact(new char[size]);
    if (size)
        memcpy(exact.get(), text, size);
    memset(out, 0x5a, sizeof *out);
    return http_request_parse(exact.get(), size, out);
}

bool is_error(int status)
{
    for (int known : {400, 405, 413, 414, 431, 501, 505}) {
        if (status == known)
            return true;
    }
    return false;
}

void check_parsed(const http_request &r, size_t size)
{
    FUZZ_CHECK(r.status == 200 && r.size > 0 && r.size <= size);
    FUZZ_CHECK(r.size <= HTTP_HEAD_MAX && r.path[0] == '/');
    const void *end = memchr(r.path, 0, sizeof r.path);
    FUZZ_CHECK(end);
    for (const char *at = r.path; at != end; at++)
        FUZZ_CHECK((unsigned char)*at >= 0x20 && *at != 0x7f);
}

bool is_same(const http_request &a, const http_request &b, http_verdict v)
{
    if (v == HTTP_BAD)
        return a.status == b.status;
    return a.status == b.status && a.size == b.size && a.is_head == b.is_head &&
           a.keep_alive == b.keep_alive && strcmp(a.path, b.path) == 0;
}

// The request at the beginning of the text. Returns its size, 0 for none.
size_t check(const char *text, size_t size)
{
    http_request whole, part;
    http_verdict verdict = parse(text, size, &whole);
    if (verdict == HTTP_PARSED)
        check_parsed(whole, size);
    else if (verdict == HTTP_BAD)
        FUZZ_CHECK(is_error(whole.status));
    else
        FUZZ_CHECK(size < HTTP_HEAD_MAX);
    // From the shortest on: it needs more, until it has the verdict for good.
    bool is_known = false;
    size_t step = size < ALL_PREFIXES ? 1 : size / ALL_PREFIXES + 1;
    for (size_t n = 0; n < size; n += step) {
        http_verdict v = parse(text, n, &part);
        is_known |= v != HTTP_NEED_MORE;
        FUZZ_CHECK(!is_known || (v == verdict && is_same(whole, part, v)));
    }
    return verdict == HTTP_PARSED ? whole.size : 0;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    std::string text = expand(FuzzInput(data, size));
    // As a connection does: the next request begins where this one ended.
    for (size_t at = 0, n = 1, i = 0; n && i < 4; at += n, i++)
        n = check(text.data() + at, text.size() - at);
    return 0;
}
