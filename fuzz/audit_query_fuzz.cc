// Question: is every query of the log either refused by the name of a parameter that may be
// repeated to a client, or one whose cursor comes back as it was made and is good for nothing else?
#include "audit/label.h"
#include "evidence/cursor.h"
#include "evidence/filters.h"
#include "input.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace evidence = srasta::evidence;
  using srasta::fuzz::require;
  const std::string_view text = srasta::fuzz::text_of(data, size);
  const auto question = evidence::parse_question(text, evidence::Takes::Page);
  if (!question) {
    const std::string& name = question.error().name;
    require(srasta::audit::Label::is_label(name) && name.size() <= 32);
    return 0;
  }
  require(evidence::is_stream_name(question->stream));
  require(question->limit >= 1 && question->limit <= evidence::kMostRecords);
  const evidence::CursorScope scope{"install", *question, "acme"};
  const evidence::Cursor cursor{size, size * 2};
  const std::string encoded = evidence::encode_cursor(cursor, scope);
  require(evidence::decode_cursor(encoded, scope) == cursor);
  require(!evidence::decode_cursor(encoded, {"install", *question, "globex"}));
  require(!evidence::decode_cursor(encoded, {"other", *question, "acme"}));
  if (const auto found = evidence::decode_cursor(question->cursor, scope)) {
    require(evidence::encode_cursor(*found, scope) == question->cursor);
  }
  return 0;
}
