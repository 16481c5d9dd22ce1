#include "inference/form_request.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

std::string field(const std::string& name, const std::string& value) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

TEST(ReadForm, FindsTheModelWhereverItStands) {
  const std::string body = field("file", "RIFF") + field("model", "whisper") + "--b--";
  const http::Form form = http::parse_form(body, "b");
  const RequestView view = read_form(form);
  ASSERT_EQ(view.fault, BodyFault::None);
  EXPECT_EQ(view.model, "whisper");
  EXPECT_FALSE(view.stream);
  const EditedBody edited(body, view, "large-v3", false);
  EXPECT_EQ(edited.joined(), field("file", "RIFF") + field("model", "large-v3") + "--b--");
}

TEST(ReadForm, ChangesNothingWhereTheNameIsTheEngines) {
  const std::string body = field("model", "whisper") + field("stream", "true") + "--b--";
  const http::Form form = http::parse_form(body, "b");
  const RequestView view = read_form(form);
  EXPECT_TRUE(view.stream);
  EXPECT_EQ(EditedBody(body, view, "whisper", false).joined(), body);
}

TEST(ReadForm, WantsExactlyOneModel) {
  struct Row {
    std::string body;
    BodyFault fault;
  };
  for (const Row& row :
       {Row{field("file", "RIFF"), BodyFault::ModelRequired},
        Row{field("model", ""), BodyFault::ModelRequired},
        Row{field("model", "a\tb"), BodyFault::ModelRequired},
        Row{field("model", std::string(257, 'a')), BodyFault::ModelRequired},
        Row{"--b\r\nContent-Disposition: form-data; name=model; filename=m\r\n\r\nm\r\n",
            BodyFault::ModelRequired},
        Row{field("model", "a") + field("model", "b"), BodyFault::DuplicateKey},
        Row{field("model", "a") + field("stream", "true") + field("stream", "false"),
            BodyFault::DuplicateKey}}) {
    const std::string body = row.body + "--b--";
    EXPECT_EQ(read_form(http::parse_form(body, "b")).fault, row.fault) << body;
  }
}

}  // namespace
}  // namespace srasta::inference
