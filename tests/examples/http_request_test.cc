// SPDX-License-Identifier: MIT
#include "examples/http_request.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

namespace
{

// Parses a copy that ends where the heap block does, so that a sanitizer sees
// any look behind the end.
http_verdict parse(const std::string &text, http_request *out)
{
    std::unique_ptr<char[]> exact(new char[text.size()]);
    std::memcpy(exact.get(), text.data(), text.size());
    return http_request_parse(exact.get(), text.size(), out);
}

http_request parsed(const std::string &text)
{
    http_request request = {};
    EXPECT_EQ(parse(text, &request), HTTP_PARSED) << text;
    return request;
}

int refused(const std::string &text)
{
    http_request request = {};
    EXPECT_EQ(parse(text, &request), HTTP_BAD) << text;
    return request.status;
}

std::string get(const std::string &target)
{
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string with(const std::string &fields)
{
    return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

TEST(HttpRequest, APlainRequestIsRead)
{
    http_request request = parsed(get("/a/b.txt"));
    EXPECT_EQ(request.status, 200);
    EXPECT_EQ(request.size, get("/a/b.txt").size());
    EXPECT_STREQ(request.path, "/a/b.txt");
    EXPECT_FALSE(request.is_head);
    EXPECT_TRUE(request.keep_alive);
}

TEST(HttpRequest, EveryPrefixOfARequestNeedsMore)
{
    const std::string text =
        "\r\nHEAD /%41 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n";
    http_request request = {};
    for (size_t size = 0; size < text.size(); size++)
        EXPECT_EQ(parse(text.substr(0, size), &request), HTTP_NEED_MORE)
            << size;
    EXPECT_EQ(parse(text, &request), HTTP_PARSED);
    EXPECT_TRUE(request.is_head);
    EXPECT_STREQ(request.path, "/A");
}

TEST(HttpRequest, NoByteOfTheNextRequestIsTaken)
{
    http_request request = parsed(get("/1") + get("/2"));
    EXPECT_EQ(request.size, get("/1").size());
    EXPECT_STREQ(request.path, "/1");
}

TEST(HttpRequest, PathsAreDecodedAndQueriesCut)
{
    EXPECT_STREQ(parsed(get("/a%20b%2fc?d=%00")).path, "/a b/c");
    EXPECT_STREQ(parsed(get("/%c3%A9")).path, "/\xc3\xa9");
    EXPECT_STREQ(parsed(get("http://host:80/x?y")).path, "/x");
    EXPECT_STREQ(parsed(get("HTTP://host")).path, "/");
    EXPECT_STREQ(parsed(get("http://host?y")).path, "/");
    EXPECT_STREQ(parsed(get("/..")).path, "/..");
}

TEST(HttpRequest, TargetsThatAreNoneAreRefused)
{
    for (const char *target :
         {"", "a", "*", "?", "/%", "/%4", "/%4g", "/%00", "/%0a", "/%7f",
          "/\x80", "/#", "https://a/", "a:80", "/a b", "/ "})
        EXPECT_EQ(refused(get(target)), 400) << target;
}

TEST(HttpRequest, PathsThatDoNotFitAreRefused)
{
    EXPECT_EQ(std::strlen(
                  parsed(get("/" + std::string(HTTP_PATH_MAX - 2, 'a'))).path),
              HTTP_PATH_MAX - 1u);
    EXPECT_EQ(refused(get("/" + std::string(HTTP_PATH_MAX - 1, 'a'))), 414);
}

TEST(HttpRequest, MethodsAreToldApart)
{
    for (const char *method :
         {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"})
        EXPECT_EQ(refused(std::string(method) + " / HTTP/1.1\r\n"), 405);
    EXPECT_EQ(refused("get / HTTP/1.1\r\n"), 501);
    EXPECT_EQ(refused("GETS / HTTP/1.1\r\n"), 501);
    EXPECT_EQ(refused("G(T / HTTP/1.1\r\n"), 400);
    EXPECT_EQ(refused(" / HTTP/1.1\r\n"), 400);
}

TEST(HttpRequest, VersionsAreToldApart)
{
    EXPECT_EQ(refused("GET / HTTP/2.0\r\n"), 505);
    EXPECT_EQ(refused("GET / HTTP/0.9\r\n"), 505);
    for (const char *version :
         {"HTTP/1", "HTTP/11", "HTTP/1.x", "HTTP/x.1", "http/1.1", "HTTP/1.1 ",
          "HTTP/1.10", "", "HTTP-1.1"})
        EXPECT_EQ(refused(std::string("GET / ") + version + "\r\n"), 400)
            << version;
    EXPECT_EQ(refused("GET /\r\n"), 400);
    EXPECT_EQ(refused("GET\r\n"), 400);
}

TEST(HttpRequest, LinesEndInCrLfOnly)
{
    EXPECT_EQ(refused("GET / HTTP/1.1\nHost: a\n\n"), 400);
    EXPECT_EQ(refused("\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\r\n"), 400);
    EXPECT_EQ(refused(with("A: b\rc\r\n")), 400);
    EXPECT_EQ(refused(with(std::string("A: \0\r\n", 6))), 400);
}

TEST(HttpRequest, FieldsAreNamesAndValues)
{
    parsed(with("A:\r\nB: \t c \t\r\nC: d:e\r\nD: \xff\r\n"));
    EXPECT_EQ(refused(with("A\r\n")), 400);
    EXPECT_EQ(refused(with("A : b\r\n")), 400);
    EXPECT_EQ(refused(with(": b\r\n")), 400);
    EXPECT_EQ(refused(with("A: b\r\n folded\r\n")), 400);
    EXPECT_EQ(refused(with("A(: b\r\n")), 400);
}

TEST(HttpRequest, ARequestNeedsOneHost)
{
    EXPECT_EQ(refused("GET / HTTP/1.1\r\n\r\n"), 400);
    EXPECT_EQ(refused(with("hOST: b\r\n")), 400);
    parsed("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
}

TEST(HttpRequest, BodiesAreRefused)
{
    parsed(with("Content-Length: 0\r\n"));
    EXPECT_EQ(refused(with("Content-Length: 1\r\n")), 413);
    EXPECT_EQ(refused(with("content-length: 18446744073709551616\r\n")), 413);
    EXPECT_EQ(refused(with("Content-Length: 0\r\nContent-Length: 5\r\n")), 413);
    for (const char *value : {"", "-1", "+0", "0x0", "0, 0", "a"})
        EXPECT_EQ(
            refused(with(std::string("Content-Length: ") + value + "\r\n")),
            400)
            << value;
    EXPECT_EQ(refused(with("Transfer-Encoding: chunked\r\n")), 501);
}

TEST(HttpRequest, TheRequestSaysWhetherTheConnectionStays)
{
    EXPECT_TRUE(parsed(with("")).keep_alive);
    EXPECT_FALSE(parsed(with("Connection: close\r\n")).keep_alive);
    EXPECT_FALSE(parsed(with("Connection: x, CLOSE\r\n")).keep_alive);
    EXPECT_TRUE(parsed(with("Connection: closed,\r\n")).keep_alive);
    EXPECT_FALSE(parsed(with("Connection: keep-alive\r\nConnection: close\r\n"))
                     .keep_alive);
    EXPECT_FALSE(parsed("GET / HTTP/1.0\r\n\r\n").keep_alive);
    EXPECT_TRUE(
        parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(HttpRequest, HeadsHaveALimit)
{
    http_request request = {};
    const size_t rest = with("A: \r\n").size();
    parsed(with("A: " + std::string(HTTP_HEAD_MAX - rest, 'b') + "\r\n"));
    EXPECT_EQ(refused(with("A: " + std::string(HTTP_HEAD_MAX - rest + 1, 'b') +
                           "\r\n")),
              431);
    EXPECT_EQ(parse("GET /" + std::string(HTTP_HEAD_MAX - 6, 'a'), &request),
              HTTP_NEED_MORE);
    EXPECT_EQ(refused("GET /" + std::string(HTTP_HEAD_MAX - 5, 'a')), 414);
    EXPECT_EQ(refused(std::string(HTTP_HEAD_MAX, '\n')), 400);
}

} // namespace
