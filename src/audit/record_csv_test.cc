#include "audit/record_csv.h"

#include "audit/installation_test.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

struct Cell {
  std::string_view text;
  std::string_view written;
};

TEST(RecordCsv, NeutralisesFormulasAndQuotesWhatNeedsIt) {
  for (const Cell& row : {
           Cell{"", ""},
           Cell{"-", ""},
           Cell{"u-alice", "u-alice"},
           Cell{"=1+1", "'=1+1"},
           Cell{"+1", "'+1"},
           Cell{"-1", "'-1"},
           Cell{"--", "'--"},
           Cell{"@SUM(A1)", "'@SUM(A1)"},
           Cell{"\t=1", "'\t=1"},
           Cell{"\r=1", "\"'\r=1\""},
           Cell{"\n=1", "\"'\n=1\""},
           Cell{std::string_view("\0=1", 3), std::string_view("'\0=1", 4)},
           Cell{"\x7f=1", "'\x7f=1"},
           Cell{"a,b", "\"a,b\""},
           Cell{"a\"b", "\"a\"\"b\""},
           Cell{"=a,\"b\"", "\"'=a,\"\"b\"\"\""},
           Cell{"a=b", "a=b"},
           Cell{" =1", " =1"},
       }) {
    EXPECT_EQ(csv_cell(row.text), row.written) << row.text;
  }
}

TEST(RecordCsv, HasAsManyCellsAsTheHeader) {
  Installation box;
  auto ledger = *box.open();
  Event event = inference_event(Label(std::string_view("r-1")));
  event.actor.id = Subject(std::string_view("+alice"));
  event.actor.roles.add(Label(std::string_view("auditor")));
  Reply reply;
  ledger->append_durable(event, reply.completion());
  ASSERT_TRUE(reply.get().ok());
  const std::string log = box.log();
  const std::string_view line = std::string_view(log).substr(log.find('\n') + 1);

  std::string csv;
  append_csv(csv, line.substr(0, line.find('\n')));

  EXPECT_TRUE(
      csv.starts_with("gateway,1,2026-01-02T03:04:05.000000Z,inference.request,allow,should,"
                      "'+alice,user,user auditor,acme,r-1,,api,\"{\"\"model\"\":"
                      "\"\"qwen3:4b\"\"}\","))
      << csv;
  EXPECT_TRUE(csv.ends_with("\r\n"));
}

}  // namespace
}  // namespace srasta::audit
