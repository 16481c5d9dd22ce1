#include "tools/canonical.h"

#include "json/writer.h"

#include <algorithm>
#include <map>

namespace srasta::tools {
namespace {

bool write_value(json::Writer& writer, json::Value value,
                 std::span<const std::string_view> left_out);

bool write_object(json::Writer& writer, json::Value object,
                  std::span<const std::string_view> left_out) {
  std::map<std::string, json::Value, std::less<>> members;
  object.for_each_member([&](std::string_view key, json::Value member) {
    if (std::ranges::find(left_out, key) == left_out.end()) {
      members.emplace(std::string(key), member);
    }
  });
  writer.begin_object();
  for (const auto& [key, member] : members) {
    writer.key(key);
    if (!write_value(writer, member, {})) return false;
  }
  writer.end_object();
  return true;
}

bool write_array(json::Writer& writer, json::Value array) {
  writer.begin_array();
  for (size_t i = 0; i < array.size(); ++i) {
    if (!write_value(writer, array.at(i), {})) return false;
  }
  writer.end_array();
  return true;
}

bool write_value(json::Writer& writer, json::Value value,
                 std::span<const std::string_view> left_out) {
  if (value.is_object()) return write_object(writer, value, left_out);
  if (value.is_array()) return write_array(writer, value);
  if (const auto text = value.string()) {
    writer.string(*text);
  } else if (const auto number = value.integer()) {
    writer.integer(*number);
  } else if (const auto flag = value.boolean()) {
    writer.boolean(*flag);
  } else if (value.is_null()) {
    writer.null();
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> canonical_json(json::Value object,
                                          std::span<const std::string_view> left_out) {
  json::Writer writer;
  if (!object.is_object() || !write_object(writer, object, left_out)) return std::nullopt;
  return writer.take();
}

}  // namespace srasta::tools
