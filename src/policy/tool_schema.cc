#include "policy/tool_schema.h"

#include "json/writer.h"

#include <algorithm>

namespace srasta::policy {
namespace {

void write_property(json::Writer& writer, const Argument& argument) {
  writer.key(argument.name).begin_object();
  switch (argument.type) {
    case ValueType::Text:
      writer.member("type", "string");
      if (argument.means == Means::Time) writer.member("format", "date-time");
      writer.member("minLength", std::min<int64_t>(argument.least, 1));
      writer.member("maxLength", argument.most);
      break;
    case ValueType::Integer:
      writer.member("type", "integer");
      writer.member("minimum", argument.least).member("maximum", argument.most);
      break;
    case ValueType::Boolean:
      writer.member("type", "boolean");
      break;
    case ValueType::Object:
      writer.member("type", "object").member("maxProperties", argument.most);
      if (argument.means == Means::Parameters) {
        writer.key("additionalProperties").begin_object().member("type", "string").end_object();
      }
      break;
    case ValueType::Array:
      writer.member("type", "array").member("maxItems", argument.most);
      writer.key("items").begin_object().member("type", "object").end_object();
      break;
  }
  writer.member("description", argument.about).end_object();
}

}  // namespace

std::string input_schema(Tool tool) {
  const ToolFacts& facts = facts_of(tool);
  json::Writer writer;
  writer.begin_object().member("type", "object").key("properties").begin_object();
  for (const Argument& argument : facts.arguments) write_property(writer, argument);
  writer.end_object().key("required").begin_array();
  for (const Argument& argument : facts.arguments) {
    if (argument.required) writer.string(argument.name);
  }
  writer.end_array().member("additionalProperties", false).end_object();
  return writer.take();
}

}  // namespace srasta::policy
