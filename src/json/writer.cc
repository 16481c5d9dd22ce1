#include "json/writer.h"

#include "base/log.h"

namespace srasta::json {

void Writer::separate() {
  if (needs_comma_) text_ += ',';
  needs_comma_ = true;
}

Writer& Writer::begin_object() {
  separate();
  text_ += '{';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::end_object() {
  text_ += '}';
  needs_comma_ = true;
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  text_ += '[';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::end_array() {
  text_ += ']';
  needs_comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  string(name);
  text_ += ':';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  separate();
  text_ += '"';
  base::append_json_escaped(text_, text);
  text_ += '"';
  return *this;
}

Writer& Writer::integer(int64_t value) {
  return raw(std::to_string(value));
}
Writer& Writer::boolean(bool value) {
  return raw(value ? "true" : "false");
}
Writer& Writer::null() {
  return raw("null");
}

Writer& Writer::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

std::string texts_json(std::span<const std::string> texts) {
  Writer writer;
  writer.begin_array();
  for (const std::string& text : texts) writer.string(text);
  return writer.end_array().take();
}

}  // namespace srasta::json
