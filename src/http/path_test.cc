#include "http/path.h"

#include <gtest/gtest.h>

namespace srasta::http {
namespace {

TEST(CanonicalPath, DecodesOnce) {
  EXPECT_EQ(canonical_path("/v1/models/qwen3%3Alatest?x=%41")->path, "/v1/models/qwen3:latest");
  EXPECT_EQ(canonical_path("/v1/models/qwen3%3Alatest?x=%41")->query, "x=%41");
  EXPECT_EQ(canonical_path("/v1/%252e%252e/x")->path, "/v1/%2e%2e/x");
  EXPECT_EQ(canonical_path("/")->path, "/");
  EXPECT_EQ(canonical_path("/v1/models/")->path, "/v1/models/");
}

TEST(CanonicalPath, RefusesSecondSpellings) {
  for (const char* target :
       {"",          "v1",       "/v1%2Fmodels", "/v1/models%2f", "/v1/models%5C", "/v1/%2e%2e/a",
        "/v1/%2E/m", "/v1/../a", "/v1/./a",      "/v1/a/.",       "/..",           "/v1/.%2e/x",
        "//v1/a",    "/v1//a",   "/v1/a//",      "/a%00",         "/mod%0Aels",    "/a%7f",
        "/%09a",     "/%",       "/%4",          "/%zz",          "/%u002e",       "/a#/../b",
        "/\\v1",     "/%C3%28",  "/%41"}) {
    EXPECT_FALSE(canonical_path(target)) << target;
  }
}

}  // namespace
}  // namespace srasta::http
