#include "admin/config_channel.h"

#include <array>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

void send(int socket, const std::string& message) {
  ASSERT_EQ(::send(socket, message.data(), message.size(), 0),
            static_cast<ssize_t>(message.size()));
}

/// Takes one request and answers it with `outcome`.
void serve_one(int socket, const ConfigOutcome& outcome) {
  std::array<char, kMostChannelBytes> message{};
  const ssize_t got = ::recv(socket, message.data(), message.size(), 0);
  ASSERT_GT(got, 0);
  const auto request = parse_config_request({message.data(), static_cast<size_t>(got)});
  ASSERT_TRUE(request);
  send(socket, config_answer(*request, outcome));
}

TEST(ConfigChannel, TellsWhatBecameOfARevision) {
  auto ends = make_config_channel();
  ASSERT_TRUE(ends.ok());
  ConfigClient client(ends->first.release());
  for (const ConfigOutcome& outcome :
       {ConfigOutcome{.in_force = true}, ConfigOutcome{.reason = "the file is a link"}}) {
    std::thread server([&] { serve_one(ends->second.get(), outcome); });
    const auto answered = client.put_in_force(7, base::Seconds(20));
    server.join();
    ASSERT_TRUE(answered.ok()) << answered.error().message;
    EXPECT_EQ(answered->in_force, outcome.in_force);
    EXPECT_EQ(answered->reason, outcome.reason);
  }
}

TEST(ConfigChannel, SkipsWhatWasAnsweredToAnotherRequest) {
  auto ends = make_config_channel();
  ASSERT_TRUE(ends.ok());
  ConfigClient client(ends->first.release());
  send(ends->second.get(), "6 ok");
  send(ends->second.get(), "no answer at all");
  send(ends->second.get(), "7 refused because");
  const auto answered = client.put_in_force(7, base::Seconds(20));
  ASSERT_TRUE(answered.ok());
  EXPECT_FALSE(answered->in_force);
  EXPECT_EQ(answered->reason, "because");
}

TEST(ConfigChannel, NoticesThatNobodyAnswers) {
  auto ends = make_config_channel();
  ASSERT_TRUE(ends.ok());
  ConfigClient client(ends->first.release());
  const auto silent = client.put_in_force(7, base::Millis(1));
  ASSERT_FALSE(silent.ok());
  EXPECT_EQ(silent.error().code, base::Code::Timeout);
  ends->second.reset();
  const auto gone = client.put_in_force(7, base::Seconds(20));
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().code, base::Code::Unavailable);
}

TEST(ConfigChannel, TakesNumbersOnly) {
  EXPECT_EQ(parse_config_request("12")->revision, 12);
  for (const char* wrong : {"", "0", "-1", "1 ", "x", "99999999999999999999"}) {
    EXPECT_FALSE(parse_config_request(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace srasta::admin
