#include "config/sink_url.h"

#include <gtest/gtest.h>

namespace srasta::config {
namespace {

TEST(SinkUrl, NamesReceiverAndPort) {
  struct Case {
    std::string_view text;
    SinkUrl::Kind kind;
    bool tls;
    std::string_view host;
    uint16_t port;
  };
  using enum SinkUrl::Kind;
  for (const Case& each : {Case{"syslog+tls://logs.example", Syslog, true, "logs.example", 6514},
                           Case{"syslog+tls://logs.example:443", Syslog, true, "logs.example", 443},
                           Case{"syslog+tls://[2001:db8::1]", Syslog, true, "2001:db8::1", 6514},
                           Case{"syslog+tls://[2001:db8::1]:99", Syslog, true, "2001:db8::1", 99},
                           Case{"syslog+tcp://127.0.0.1", Syslog, false, "127.0.0.1", 601},
                           Case{"https://Hook.example/a/b", Webhook, true, "hook.example", 443},
                           Case{"http://localhost:80", Webhook, false, "localhost", 80}}) {
    const auto url = parse_sink_url(each.text);
    ASSERT_TRUE(url.ok()) << each.text;
    EXPECT_EQ(url->kind, each.kind) << each.text;
    EXPECT_EQ(url->tls, each.tls) << each.text;
    EXPECT_EQ(url->host, each.host);
    EXPECT_EQ(url->port, each.port) << each.text;
  }
}

TEST(SinkUrl, IsNothingElse) {
  for (const std::string_view text :
       {"", "syslog://h", "syslog+udp://h", "syslog+tls://", "syslog+tls://h/path",
        "syslog+tls://h/", "syslog+tls://u@h", "syslog+tls://h:0", "syslog+tls://h:99999",
        "syslog+tls://h?x", "https://h/a?b", "https://u:p@h/", "https://h/../a", "ftp://h",
        "h:6514"}) {
    EXPECT_FALSE(parse_sink_url(text).ok()) << text;
  }
}

}  // namespace
}  // namespace srasta::config
