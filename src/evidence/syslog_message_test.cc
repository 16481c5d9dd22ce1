#include "evidence/syslog_message.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

SinkRecord record_of(std::string line) {
  SinkRecord record{.seq = 17, .line = std::move(line)};
  record.leaf.fill(0xab);
  return record;
}

const std::string kHash = "abababababababababababababababababababababababababababababababab";
const std::string kLine =
    R"({"act":"auth.fail","actor":{"id":"-","kind":"none","ten":"-"},"corr":{"rid":"01JD"},)"
    R"("out":"deny","seq":17,"t":"2026-11-24T09:05:01.000123Z","h":"x"})";

std::string with(std::string_view from, std::string_view to) {
  std::string line = kLine;
  return line.replace(line.find(from), from.size(), to);
}

TEST(SyslogMessage, HasTheFormOfRfc5424) {
  EXPECT_EQ(syslog_message("gw1", "gateway", record_of(kLine)),
            "<108>1 2026-11-24T09:05:01.000123Z gw1 srasta - auth.fail [srasta@32473 h=\"" + kHash +
                "\" rid=\"01JD\" seq=\"17\" stream=\"gateway\"] " + kLine);
}

TEST(SyslogMessage, IsAWarningWhenSomethingWasRefusedOrFailed) {
  const auto priority = [](std::string_view outcome) {
    const std::string message =
        syslog_message("gw1", "gateway", record_of(with("\"deny\"", outcome)));
    return message.substr(0, message.find('>') + 1);
  };
  EXPECT_EQ(priority("\"deny\""), "<108>");
  EXPECT_EQ(priority("\"error\""), "<108>");
  EXPECT_EQ(priority("\"allow\""), "<110>");
  EXPECT_EQ(priority("\"ok\""), "<110>");
  EXPECT_EQ(priority("\"unknown\""), "<110>");
}

TEST(SyslogMessage, LeavesOutARequestThatThereIsNot) {
  const std::string message =
      syslog_message("gw1", "gateway", record_of(with(R"("rid":"01JD")", "")));
  EXPECT_EQ(message.find("rid="), std::string::npos);
}

TEST(SyslogMessage, LetsNoHostileValueIntoTheHeader) {
  const std::string long_act(33, 'a');
  for (const std::string& act : {std::string("a b"), std::string("a\nb"), std::string("\xc3\xa9"),
                                 std::string(), long_act}) {
    const std::string message = syslog_message("gw1", "gateway", record_of(with("auth.fail", act)));
    EXPECT_NE(message.find(" srasta - - [srasta@32473 h="), std::string::npos) << message;
  }
  EXPECT_TRUE(syslog_message("two words", "gateway", record_of(kLine))
                  .starts_with("<108>1 2026-11-24T09:05:01.000123Z - srasta"));
  EXPECT_TRUE(syslog_message("gw1", "gateway", record_of("not a record"))
                  .starts_with("<110>1 - gw1 srasta - - [srasta@32473 h="));
}

TEST(SyslogMessage, EscapesWhatWouldEndAValue) {
  EXPECT_EQ(escape_param(R"(a"b\c]d)"), R"(a\"b\\c\]d)");
  EXPECT_EQ(escape_param("[plain=text]x"), R"([plain=text\]x)");
  const std::string message =
      syslog_message("gw1", "gateway", record_of(with("01JD", R"(]] evil\)")));
  EXPECT_NE(message.find(R"( rid="\]\] evil\\" seq="17")"), std::string::npos) << message;
}

TEST(SyslogMessage, IsFramedByItsLengthInBytes) {
  EXPECT_EQ(syslog_frame("<110>1 - \xc3\xa9\n"), "12 <110>1 - \xc3\xa9\n");
  EXPECT_EQ(syslog_frame(""), "0 ");
}

}  // namespace
}  // namespace srasta::evidence
