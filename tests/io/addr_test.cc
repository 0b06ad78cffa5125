// SPDX-License-Identifier: MIT
#include "nanorun/io/addr.h"
#include "tests/support/random.h"

#include <errno.h>
#include <string.h>
#if defined(_WIN32)
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#endif

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace
{

// The text that `text` becomes by way of an address, or "" where it is none.
std::string again(const std::string &text)
{
    nr_addr a;
    if (nr_addr_parse(&a, text.c_str()))
        return "";
    char buf[NR_ADDR_TEXT_MAX];
    int len = nr_addr_format(&a, buf, sizeof buf);
    EXPECT_EQ(len, (int)strlen(buf)) << text;
    return buf;
}

TEST(Addr, Ipv4AndItsPortAreRead)
{
    for (const char *text :
         {"0.0.0.0:0", "127.0.0.1:80", "255.255.255.255:65535", "1.20.99.100:1",
          "10.200.249.250:9999"})
        EXPECT_EQ(again(text), text);
    nr_addr a;
    ASSERT_EQ(nr_addr_parse(&a, "1.2.3.4:513"), 0);
    EXPECT_EQ(nr_addr_port(&a), 513);
}

TEST(Addr, EveryFormOfIpv6IsReadAndTheCanonicalOneWritten)
{
    const struct {
        const char *text, *canonical;
    } forms[] = {
        // RFC 4291 section 2.2, its own examples.
        {"[ABCD:EF01:2345:6789:ABCD:EF01:2345:6789]:1",
         "[abcd:ef01:2345:6789:abcd:ef01:2345:6789]:1"},
        {"[2001:DB8:0:0:8:800:200C:417A]:1", "[2001:db8::8:800:200c:417a]:1"},
        {"[2001:DB8::8:800:200C:417A]:1", "[2001:db8::8:800:200c:417a]:1"},
        {"[FF01:0:0:0:0:0:0:101]:1", "[ff01::101]:1"},
        {"[FF01::101]:1", "[ff01::101]:1"},
        {"[0:0:0:0:0:0:0:1]:1", "[::1]:1"},
        {"[::1]:1", "[::1]:1"},
        {"[0:0:0:0:0:0:0:0]:1", "[::]:1"},
        {"[::]:1", "[::]:1"},
        {"[0:0:0:0:0:0:13.1.68.3]:1", "[::d01:4403]:1"},
        {"[::13.1.68.3]:1", "[::d01:4403]:1"},
        {"[0:0:0:0:0:FFFF:129.144.52.38]:1", "[::ffff:129.144.52.38]:1"},
        {"[::FFFF:129.144.52.38]:1", "[::ffff:129.144.52.38]:1"},
        // RFC 5952 section 4.
        {"[2001:0db8::0001]:1", "[2001:db8::1]:1"},
        {"[2001:db8:0:0:0:0:2:1]:1", "[2001:db8::2:1]:1"},
        {"[2001:db8:0:1:1:1:1:1]:1", "[2001:db8:0:1:1:1:1:1]:1"},
        {"[2001:0:0:1:0:0:0:1]:1", "[2001:0:0:1::1]:1"},
        {"[2001:db8:0:0:1:0:0:1]:1", "[2001:db8::1:0:0:1]:1"},
        {"[2001:DB8::AAAA]:1", "[2001:db8::aaaa]:1"},
        // The double colon at each place, and for a single group.
        {"[::2:3:4:5:6:7:8]:1", "[0:2:3:4:5:6:7:8]:1"},
        {"[1::3:4:5:6:7:8]:1", "[1:0:3:4:5:6:7:8]:1"},
        {"[1:2:3:4::6:7:8]:1", "[1:2:3:4:0:6:7:8]:1"},
        {"[1:2:3:4:5:6:7::]:1", "[1:2:3:4:5:6:7:0]:1"},
        {"[1:2:3:4:5:6::]:1", "[1:2:3:4:5:6::]:1"},
        {"[1::]:1", "[1::]:1"},
        {"[1::8]:1", "[1::8]:1"},
        {"[0:0:3::]:1", "[0:0:3::]:1"},
        {"[0:0:0:4:5:0:0:0]:1", "[::4:5:0:0:0]:1"},
        // IPv4 in the last two groups, wherever the zeros are.
        {"[1:2:3:4:5:6:1.2.3.4]:1", "[1:2:3:4:5:6:102:304]:1"},
        {"[::2:3:4:5:6:1.2.3.4]:1", "[0:2:3:4:5:6:102:304]:1"},
        {"[1:2:3:4:5::1.2.3.4]:1", "[1:2:3:4:5:0:102:304]:1"},
        {"[1::1.2.3.4]:1", "[1::102:304]:1"},
        {"[::ffff:0:0]:1", "[::ffff:0.0.0.0]:1"},
        {"[::fffe:1.2.3.4]:1", "[::fffe:102:304]:1"},
        {"[64:ff9b::192.0.2.33]:1", "[64:ff9b::c000:221]:1"},
        // Ports and scopes.
        {"[::1]:0", "[::1]:0"},
        {"[::1]:65535", "[::1]:65535"},
        {"[fe80::1%2]:80", "[fe80::1%2]:80"},
        {"[fe80::%4294967295]:80", "[fe80::%4294967295]:80"},
        {"[::ffff:1.2.3.4%7]:80", "[::ffff:1.2.3.4%7]:80"},
        {"[fe80::1%0]:80", "[fe80::1]:80"},
    };
    for (const auto &form : forms)
        EXPECT_EQ(again(form.text), form.canonical) << form.text;
}

TEST(Addr, MalformedTextIsRefusedAndLeavesTheAddressAlone)
{
    const char *wrong[] = {
        "",
        ":",
        "80",
        ":80",
        "localhost:80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:+1",
        "127.0.0.1: 1",
        "127.0.0.1:1 ",
        " 127.0.0.1:1",
        "127.0.0.1 :1",
        "127.0.0.1:0x50",
        "127.0.0.1:99999999999999999999",
        "127.0.0.1:80:80",
        "127.0.0.1:8a",
        "127.0.0.1:80\n",
        "127.0.0:80",
        "127.1:80",
        "127.0.0.1.1:80",
        "127.0.0.256:80",
        "127.0.0.1000:80",
        "127.0.0.01:80",
        "00.0.0.0:80",
        "127.0.0.:80",
        ".0.0.1:80",
        "127..0.1:80",
        "0x7f.0.0.1:80",
        "1.2.3.-4:80",
        "1.2.3.4%1:80",
        "4294967296.0.0.1:80",
        "[127.0.0.1]:80",
        "::1:80",
        "::1",
        "[::1]",
        "[::1]:",
        "[::1]80",
        "[::1:80",
        "::1]:80",
        "[]:80",
        "[:]:80",
        "[:1]:80",
        "[1:]:80",
        "[1]:80",
        "[:::]:80",
        "[:::1]:80",
        "[1:::2]:80",
        "[1::2::3]:80",
        "[::1::]:80",
        "[1:2:3:4:5:6:7]:80",
        "[1:2:3:4:5:6:7:8:9]:80",
        "[1:2:3:4:5:6:7:8:]:80",
        "[:1:2:3:4:5:6:7:8]:80",
        "[::1:2:3:4:5:6:7:8]:80",
        "[1:2:3:4:5:6:7:8::]:80",
        "[1:2:3:4::5:6:7:8]:80",
        "[12345::]:80",
        "[::12345]:80",
        "[00001::]:80",
        "[g::]:80",
        "[::g]:80",
        "[1:2:3:4:5:6:7:]:80",
        "[-1::]:80",
        "[ ::1]:80",
        "[::1 ]:80",
        "[0x1::]:80",
        "[1.2.3.4::]:80",
        "[::1.2.3.4:5]:80",
        "[::1.2.3]:80",
        "[::1.2.3.4.5]:80",
        "[::1.2.3.256]:80",
        "[::1.2.3.04]:80",
        "[1:2:3:4:5:1.2.3.4]:80",
        "[1:2:3:4:5:6:7:1.2.3.4]:80",
        "[::1:2:3:4:5:6:1.2.3.4]:80",
        "[1:2:3:4:5:6::1.2.3.4]:80",
        "[::1%]:80",
        "[::1%eth0]:80",
        "[::1%1%2]:80",
        "[::1%-1]:80",
        "[::1%4294967296]:80",
        "[%1]:80",
        "[::1]%1:80",
        "[[::1]]:80",
    };
    for (const char *text : wrong) {
        nr_addr a, before;
        memset(&a, 0x5a, sizeof a);
        memset(&before, 0x5a, sizeof before);
        EXPECT_EQ(nr_addr_parse(&a, text), -EINVAL) << text;
        EXPECT_EQ(memcmp(&a, &before, sizeof a), 0) << text;
    }
}

TEST(Addr, EveryBeginningOfAnAddressIsRefused)
{
    for (const std::string whole :
         {"123.45.67.8:9", "[1:2:3::6:7:8]:9", "[::ffff:1.2.3.4%5]:9"})
        for (size_t len = 0; len < whole.size(); len++) {
            nr_addr a;
            EXPECT_EQ(nr_addr_parse(&a, whole.substr(0, len).c_str()), -EINVAL)
                << whole.substr(0, len);
        }
}

TEST(Addr, FormatWritesNothingWhereTheTextDoesNotFit)
{
    for (const std::string text : {"127.0.0.1:80", "[fe80::1%2]:65535"}) {
        nr_addr a;
        ASSERT_EQ(nr_addr_parse(&a, text.c_str()), 0);
        EXPECT_EQ(nr_addr_format(&a, NULL, 0), -ENOSPC);
        for (size_t len = 0; len <= text.size(); len++) {
            std::string buf(NR_ADDR_TEXT_MAX, '?');
            EXPECT_EQ(nr_addr_format(&a, &buf[0], len), -ENOSPC) << len;
            EXPECT_EQ(buf, std::string(NR_ADDR_TEXT_MAX, '?')) << len;
        }
        std::string buf(text.size() + 2, '?');
        EXPECT_EQ(nr_addr_format(&a, &buf[0], text.size() + 1),
                  (int)text.size());
        EXPECT_EQ(buf, text + '\0' + '?');
    }
}

TEST(Addr, TheLongestTextOfAnAddressFits)
{
    const std::string longest = "[1111:2222:3333:4444:5555:6666:7777:8888"
                                "%4294967295]:65535";
    EXPECT_EQ(again(longest), longest);
    EXPECT_LT(longest.size(), (size_t)NR_ADDR_TEXT_MAX);
}

// Groups are zero, small or anything, so that runs of zeros are common.
std::string random_ipv6(std::mt19937 &random, bool canonical)
{
    struct in6_addr ip;
    for (int i = 0; i < 8; i++) {
        unsigned group =
            random() % 2 ? 0 : random() % (random() % 2 ? 9 : 65536);
        ip.s6_addr[2 * i] = (uint8_t)(group >> 8);
        ip.s6_addr[2 * i + 1] = (uint8_t)group;
    }
    char text[INET6_ADDRSTRLEN];
    if (canonical && inet_ntop(AF_INET6, &ip, text, sizeof text))
        return text;
    std::string plain;
    for (int i = 0; i < 8; i++) {
        snprintf(text, sizeof text, "%s%0*X", i ? ":" : "", (int)(random() % 5),
                 (unsigned)(ip.s6_addr[2 * i] << 8 | ip.s6_addr[2 * i + 1]));
        plain += text;
    }
    return plain;
}

// Against the C library, which writes IPv4 into what begins with zeros more
// often than RFC 5952 asks; those are left out of the comparison of texts.
TEST(Addr, AddressesAreReadAndWrittenAsByTheSystem)
{
    std::mt19937 random(random_seed());
    for (int i = 0; i < 20000; i++) {
        std::string plain = random_ipv6(random, i % 2);
        struct in6_addr ip, back;
        ASSERT_EQ(inet_pton(AF_INET6, plain.c_str(), &ip), 1) << plain;
        std::string ours = again("[" + plain + "]:1");
        ASSERT_GE(ours.size(), 6u) << plain;
        ours = ours.substr(1, ours.size() - 4);
        ASSERT_EQ(inet_pton(AF_INET6, ours.c_str(), &back), 1) << ours;
        ASSERT_EQ(memcmp(&ip, &back, sizeof ip), 0) << plain << " " << ours;
        char theirs[INET6_ADDRSTRLEN];
        inet_ntop(AF_INET6, &ip, theirs, sizeof theirs);
        if (!strchr(theirs, '.')) {
            ASSERT_EQ(ours, theirs);
        }
        ASSERT_EQ(again("[" + ours + "]:1"), "[" + ours + "]:1");
    }
}

// Whatever bytes come, parse does not read past their end (under the address
// sanitizer) and what it accepts has a text that it accepts.
TEST(Addr, NoiseThatIsAcceptedCanBeWrittenAndReadAgain)
{
    std::mt19937 random(random_seed());
    static const char alphabet[] = "0123456789afF:::::....[]%";
    for (int i = 0; i < 200000; i++) {
        std::string text = random() % 2 ? "[::1]:80" : "1.2.3.4:80";
        for (unsigned n = random() % 4; n; n--) {
            size_t at = random() % text.size();
            char c = alphabet[random() % (sizeof alphabet - 1)];
            if (random() % 2)
                text[at] = c;
            else
                text.insert(at, 1, c);
        }
        std::string ours = again(text);
        if (!ours.empty()) {
            ASSERT_EQ(again(ours), ours) << text;
        }
    }
}

} // namespace
