// SPDX-License-Identifier: MIT
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tests/examples/server_process.h"

// chat_server, by its clients and by Ctrl-C.

namespace
{

// One who talks. The room greets, so once made it is in the room.
class Client
{
  public:
    Client(const server_process &server, const std::string &room)
        : fd_(server.connect())
    {
        EXPECT_TRUE(Says(room));
    }
    ~Client()
    {
        close(fd_);
    }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    bool Says(const std::string &line)
    {
        return write_all(fd_, line + "\n");
    }

    // The next line, without its end; what there is at the end of the stream.
    std::string Hears()
    {
        std::string line;
        for (;;) {
            std::string c = read_exact(fd_, 1);
            if (c.empty() || c == "\n")
                return line;
            line += c;
        }
    }

    // Whether the stream has ended, with nothing more in it.
    bool IsAlone()
    {
        return read_exact(fd_, 1).empty();
    }

    // Ends its half of the connection.
    void Leaves()
    {
        shutdown(fd_, SHUT_WR);
    }

  private:
    int fd_;
};

class ChatServer : public testing::Test
{
  protected:
    void SetUp() override
    {
        const char *program = getenv("CHAT_SERVER");
        ASSERT_NE(program, nullptr);
        server.reset(new server_process(program));
        ASSERT_NE(server->port(), 0);
    }

    std::unique_ptr<server_process> server;
};

TEST_F(ChatServer, WhatOneSaysTheOthersInTheRoomHear)
{
    Client anna(*server, "1");
    EXPECT_EQ(anna.Hears(), "1 here");
    Client bert(*server, "1"), carl(*server, "2");
    EXPECT_EQ(bert.Hears(), "2 here");
    EXPECT_EQ(carl.Hears(), "1 here");
    Client dora(*server, "1");
    EXPECT_EQ(dora.Hears(), "3 here");
    for (int i = 0; i < 20; i++) {
        std::string line = "line " + std::to_string(i);
        ASSERT_TRUE(anna.Says(line));
        EXPECT_EQ(bert.Hears(), line);
        EXPECT_EQ(dora.Hears(), line);
        ASSERT_TRUE(bert.Says("yes, " + line));
        EXPECT_EQ(anna.Hears(), "yes, " + line);
        EXPECT_EQ(dora.Hears(), "yes, " + line);
    }
    // Nothing of it was heard in the other room.
    Client eric(*server, "2");
    EXPECT_EQ(eric.Hears(), "2 here");
    ASSERT_TRUE(eric.Says("hello"));
    EXPECT_EQ(carl.Hears(), "hello");
}

TEST_F(ChatServer, AGuestWhoLeavesIsMissedByNobody)
{
    Client anna(*server, "0");
    EXPECT_EQ(anna.Hears(), "1 here");
    for (int i = 0; i < 200; i++) { // more than a room holds
        Client other(*server, "0");
        EXPECT_EQ(other.Hears(), "2 here");
        ASSERT_TRUE(anna.Says("anybody?")); // while it leaves, or after
        other.Leaves();
        std::string heard = other.Hears();
        EXPECT_TRUE(heard.empty() || heard == "anybody?") << heard;
        while (!heard.empty())
            heard = other.Hears();
    }
}

TEST_F(ChatServer, ARoomThatDoesNotExistIsAnError)
{
    for (const char *room : {"9", "x", ""}) {
        Client anna(*server, room);
        EXPECT_TRUE(anna.IsAlone());
    }
}

TEST_F(ChatServer, AFullRoomTurnsOneAway)
{
    std::vector<std::unique_ptr<Client>> members;
    for (int i = 1; i <= 64; i++) {
        members.emplace_back(new Client(*server, "3"));
        ASSERT_EQ(members.back()->Hears(), std::to_string(i) + " here");
    }
    Client late(*server, "3");
    EXPECT_TRUE(late.IsAlone());
    ASSERT_TRUE(members[0]->Says("full"));
    EXPECT_EQ(members[63]->Hears(), "full");
}

TEST_F(ChatServer, AnInterruptEndsEverythingInOrder)
{
    Client anna(*server, "1"), bert(*server, "2"), nobody(*server, "x");
    EXPECT_EQ(anna.Hears(), "1 here");
    EXPECT_EQ(bert.Hears(), "1 here");
    EXPECT_EQ(server->interrupt(), 0);
    EXPECT_TRUE(anna.IsAlone());
    EXPECT_TRUE(bert.IsAlone());
}

} // namespace
