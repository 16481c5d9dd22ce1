#include "http/head.h"

#include <gtest/gtest.h>

namespace srasta::http {
namespace {

const HeadLimits kLimits;

HeadFault fault_of(const std::string& head) {
  HeadScanner scanner;
  const auto state = scanner.scan(head, kLimits);
  if (state == HeadScanner::State::TooLarge) return HeadFault::TooLarge;
  EXPECT_EQ(state, HeadScanner::State::Complete) << head;
  RequestHead out;
  return parse_request_head(std::string_view(head).substr(0, scanner.size()), kLimits, out);
}

std::string get(const std::string& fields) {
  return "GET /v1/models HTTP/1.1\r\nHost: gw.test\r\n" + fields + "\r\n";
}

TEST(RequestHead, ParsesWhatClientsSend) {
  const std::string text =
      "POST /v1/chat/completions?x=1 HTTP/1.1\r\nhost:gw.test:8484\r\naUTHORIZATION:\tBearer T  "
      "\r\n"
      "X-Empty:\r\nUser-Agent: caf\xE9\r\nContent-Length: 63\r\nExpect: 100-Continue\r\n\r\n";
  RequestHead head;

  ASSERT_EQ(parse_request_head(text, kLimits, head), HeadFault::None);

  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/v1/chat/completions?x=1");
  EXPECT_EQ(head.authority, "gw.test:8484");
  EXPECT_EQ(head.fields.find("authorization"), "Bearer T");
  EXPECT_EQ(head.fields.find("x-empty"), "");
  EXPECT_EQ(head.framing, Framing::Length);
  EXPECT_EQ(head.length, 63U);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.expects_continue);
}

TEST(RequestHead, RefusesWhatTwoReadersCouldReadDifferently) {
  const std::pair<std::string, HeadFault> cases[] = {
      {"GET  /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::BadRequestLine},
      {"GET\t/v1/models\tHTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::BadRequestLine},
      {" GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::BadRequestLine},
      {"GET /v1/models HTTP/1.1 \r\nHost: a\r\n\r\n", HeadFault::BadRequestLine},
      {"GET /v1/models\r\n\r\n", HeadFault::BadRequestLine},
      {"GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::BadRequestLine},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", HeadFault::UnsupportedVersion},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", HeadFault::BadRequestLine},
      {"GET v1 HTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::BadPath},
      {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::BadPath},
      {"GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::BadHost},
      {"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", HeadFault::BadPath},
      {"GET / HTTP/1.1\r\n\r\n", HeadFault::BadHost},
      {get("Host: gw.test\r\n"), HeadFault::BadHost},
      {get("Foo\r\n"), HeadFault::BadHeader},
      {get(": x\r\n"), HeadFault::BadHeader},
      {get("X-A : b\r\n"), HeadFault::BadHeader},
      {get("X-A: a\r\n b\r\n"), HeadFault::BadHeader},
      {get("X-A: a\x7F\r\n"), HeadFault::BadHeader},
      {get("Connection: authorization\r\n"), HeadFault::BadConnectionOption},
      {get("Connection:: close\r\n"), HeadFault::BadHeader},
      {get("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), HeadFault::BadFraming},
      {get("Content-Length: 1\r\nContent-Length: 1\r\n"), HeadFault::BadFraming},
      {get("Content-Length: 1, 1\r\n"), HeadFault::BadFraming},
      {get("Content-Length: +1\r\n"), HeadFault::BadFraming},
      {get("Content-Length: 01\r\n"), HeadFault::BadFraming},
      {get("Content-Length:\r\n"), HeadFault::BadFraming},
      {get("Content-Length: 18446744073709551616\r\n"), HeadFault::BadFraming},
      {get("Transfer-Encoding: gzip, chunked\r\n"), HeadFault::BadFraming},
      {get("Transfer-Encoding: xchunked\r\n"), HeadFault::BadFraming},
      {get("Transfer-Encoding:\r\n"), HeadFault::BadFraming},
      {get("Expect: 200-ok\r\n"), HeadFault::UnknownExpectation},
      {get("X-Pad: " + std::string(40'000, 'a') + "\r\n"), HeadFault::TooLarge},
  };
  for (const auto& [head, fault] : cases) EXPECT_EQ(fault_of(head), fault) << head.substr(0, 90);
}

TEST(RequestHead, KnowsTheAuthorityGrammar) {
  for (const char* good :
       {"gw.test", "gw.test:8484", "127.0.0.1:1", "[::1]", "[::1]:80", "a:65535"}) {
    EXPECT_TRUE(is_authority(good)) << good;
  }
  for (const char* bad :
       {"", "a:99999", "a:8a", "a b", "a/x", "user@a", "a\\", "[::1", "a,b", "a:"}) {
    EXPECT_FALSE(is_authority(bad)) << bad;
  }
}

TEST(RequestHead, CountsFieldsInclusively) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "X-N: v\r\n";
  EXPECT_EQ(fault_of(get(fields)), HeadFault::None);
  EXPECT_EQ(fault_of(get(fields + "X-N: v\r\n")), HeadFault::TooManyFields);
}

TEST(RequestHead, ClosesWhenAskedInAnySpelling) {
  for (const char* field : {"Connection: Close\r\n", "Connection: keep-alive, close\r\n",
                            "Connection: keep-alive\r\nConnection: close\r\n"}) {
    RequestHead head;
    const std::string text = get(field);
    ASSERT_EQ(parse_request_head(text, kLimits, head), HeadFault::None);
    EXPECT_FALSE(head.keep_alive) << field;
  }
}

TEST(HeadScanner, GivesTheSameForEverySplit) {
  const std::string head = get("X-A: b\r\n");
  for (size_t cut = 1; cut < head.size(); ++cut) {
    HeadScanner scanner;
    ASSERT_EQ(scanner.scan(head.substr(0, cut), kLimits), HeadScanner::State::NeedMore) << cut;
    ASSERT_EQ(scanner.scan(head + "rest", kLimits), HeadScanner::State::Complete) << cut;
    EXPECT_EQ(scanner.size(), head.size());
  }
}

TEST(HeadScanner, RefusesBareLineEndsAtOnce) {
  for (const char* text :
       {"GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nA: b\rc", "GET / HTTP/1.1\r\n\r\r"}) {
    HeadScanner scanner;
    EXPECT_EQ(scanner.scan(text, kLimits), HeadScanner::State::Bad) << text;
  }
}

TEST(HeadScanner, AllowsExactlyTheLimit) {
  const std::string frame = get("X-Pad: \r\n");
  const auto padded = [&](size_t size) {
    return get("X-Pad: " + std::string(size - frame.size(), 'a') + "\r\n");
  };
  EXPECT_EQ(fault_of(padded(32768)), HeadFault::None);
  EXPECT_EQ(fault_of(padded(32769)), HeadFault::TooLarge);
}

TEST(ResponseHead, KnowsHowTheBodyEnds) {
  ResponseHead head;
  ASSERT_EQ(
      parse_response_head("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", kLimits, false, head),
      HeadFault::None);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.framing, Framing::Length);
  EXPECT_TRUE(head.keep_alive);

  ASSERT_EQ(parse_response_head("HTTP/1.0 200 \r\n\r\n", kLimits, false, head), HeadFault::None);
  EXPECT_EQ(head.framing, Framing::UntilClose);
  EXPECT_FALSE(head.keep_alive);

  ASSERT_EQ(
      parse_response_head("HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", kLimits, false, head),
      HeadFault::None);
  EXPECT_EQ(head.framing, Framing::None);
}

TEST(ResponseHead, RefusesGarbage) {
  ResponseHead head;
  for (const char* text : {"HTTP/1.1 200\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
                           "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n"}) {
    EXPECT_EQ(parse_response_head(text, kLimits, false, head), HeadFault::BadStatusLine) << text;
  }
}

}  // namespace
}  // namespace srasta::http
