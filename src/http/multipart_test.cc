#include "http/multipart.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::http {
namespace {

std::string part(const std::string& head, const std::string& value) {
  return "--b\r\n" + head + "\r\n\r\n" + value + "\r\n";
}

std::string named(const std::string& name, const std::string& value) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", value);
}

TEST(MultipartBoundary, IsReadFromTheContentType) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data;boundary=\"a b\""), std::nullopt);
  EXPECT_EQ(multipart_boundary("multipart/form-data; charset=utf-8; Boundary=\"a-b\""), "a-b");
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + std::string(70, 'x')),
            std::string(70, 'x'));
}

TEST(MultipartBoundary, IsRefusedWhereReadersDiffer) {
  for (const std::string& type :
       {std::string("multipart/form-data"), std::string("multipart/mixed; boundary=a"),
        std::string("multipart/form-data; boundary="), std::string("multipart/form-data; boundary"),
        std::string("multipart/form-data; boundary=a; boundary=b"),
        std::string("multipart/form-data; boundary=a; boundary=a"),
        std::string("multipart/form-data; boundary=\"a"),
        std::string("multipart/form-data boundary=a"), std::string("application/json"),
        "multipart/form-data; boundary=" + std::string(71, 'x')}) {
    EXPECT_EQ(multipart_boundary(type), std::nullopt) << type;
  }
}

TEST(ParseForm, FindsPartsAndTheirValues) {
  const std::string body = named("model", "whisper") +
                           part(
                               "content-disposition: form-data; name=file; filename=\"a.wav\"\r\n"
                               "Content-Type: audio/wav",
                               std::string("\0\r\n--a\r\n\r\nRIFF", 14)) +
                           named("empty", "") + "--b--\r\n";
  const Form form = parse_form(body, "b");
  ASSERT_EQ(form.fault, FormFault::None);
  ASSERT_EQ(form.parts.size(), 3U);
  EXPECT_EQ(form.find("model")->value, "whisper");
  EXPECT_FALSE(form.find("model")->file);
  EXPECT_TRUE(form.find("file")->file);
  EXPECT_EQ(form.find("file")->value.size(), 14U);
  EXPECT_EQ(form.find("empty")->value, "");
  EXPECT_EQ(form.find("absent"), nullptr);
  EXPECT_EQ(form.count("model"), 1U);
}

TEST(ParseForm, KeepsBothOfTwoPartsOfOneName) {
  const std::string body = named("model", "a") + named("model", "b") + "--b--";
  EXPECT_EQ(parse_form(body, "b").count("model"), 2U);
}

TEST(ParseForm, RefusesWhatReadersTakeForDifferentForms) {
  const std::string good = named("model", "a");
  for (const std::string& body :
       {std::string(), std::string("--b--"), good, good + "--b", good + "--b-",
        "x\r\n" + good + "--b--", good + "--b--\r\nmore", good + "--b-- \r\n",
        good + "--bb\r\n\r\n\r\n--b--",
        std::string("--b\nContent-Disposition: form-data; name=a\n\nv\n--b--"),
        // No line end of its own before the delimiter.
        std::string("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--"),
        part("Content-Type: text/plain", "a") + "--b--",
        part("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b",
             "v") +
            "--b--",
        part("Content-Disposition: form-data; name=a; name=b", "v") + "--b--",
        part("Content-Disposition: form-data; name*=UTF-8''model", "v") + "--b--",
        part("Content-Disposition: form-data; name=\"mo\\\"del\"", "v") + "--b--",
        part("Content-Disposition: form-data; name=\"\"", "v") + "--b--",
        part("Content-Disposition: attachment; name=a", "v") + "--b--",
        part("Content-Disposition: form-data; name=a\r\n b", "v") + "--b--",
        part("Content-Disposition : form-data; name=a", "v") + "--b--",
        part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64",
             "YQ==") +
            "--b--"}) {
    EXPECT_EQ(parse_form(body, "b").fault, FormFault::Malformed) << body;
  }
}

TEST(ParseForm, IsBounded) {
  std::string body;
  for (int i = 0; i < 11; ++i) body += named("a", "b");
  body += "--b--";
  EXPECT_EQ(parse_form(body, "b", {.parts = 11}).fault, FormFault::None);
  EXPECT_EQ(parse_form(body, "b", {.parts = 10}).fault, FormFault::TooManyParts);
  const std::string head =
      "Content-Disposition: form-data; name=a\r\nX: " + std::string(65'536, 'x');
  EXPECT_EQ(parse_form(part(head, "v") + "--b--", "b").fault, FormFault::HeadTooLarge);
}

}  // namespace
}  // namespace srasta::http
