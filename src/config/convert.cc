#include "base/encoding.h"
#include "config/draft.h"
#include "config/sink_url.h"
#include "config/values.h"
#include "http/url.h"
#include "tlog/note_key.h"

#include <fmt/format.h>

namespace srasta::config {
namespace {

using base::Code;
using base::make_error;

base::Error wrong(std::string what) {
  return make_error(Code::Invalid, std::move(what));
}

bool is_choice(std::string_view choices, std::string_view text) {
  const std::string framed = "|" + std::string(choices) + "|";
  return text.find('|') == std::string_view::npos &&
         framed.find("|" + std::string(text) + "|") != std::string::npos;
}

bool is_number_kind(Kind kind) {
  return kind == Kind::Count || kind == Kind::Share || kind == Kind::Duration || kind == Kind::Size;
}

base::Result<Value> convert_number(const Option& option, const Node& node) {
  std::optional<int64_t> number;
  if (option.kind == Kind::Count) {
    if (const auto count = base::parse_u64(node.text);
        count && !node.quoted && *count < uint64_t{1} << 53) {
      number = static_cast<int64_t>(*count);
    }
  } else if (option.kind == Kind::Share) {
    if (!node.quoted) number = parse_share(node.text);
  } else if (base::parse_u64(node.text)) {
    return wrong(fmt::format("{} has no unit", node.text));
  } else if (option.kind == Kind::Duration) {
    if (const auto duration = parse_duration(node.text)) number = duration->count();
  } else if (const auto size = parse_size(node.text)) {
    number = static_cast<int64_t>(size->count);
  }
  if (!number) return wrong(fmt::format("\"{}\" is not a number of this kind", node.text));
  if (*number < option.least || *number > option.most) {
    return wrong(fmt::format("{} is out of range", node.text));
  }
  return Value{.text = node.text, .number = *number};
}

base::Result<std::string> convert_file(const std::string& text, const std::string& folder) {
  if (!is_text(text)) return wrong("not a path");
  if (text.starts_with('/')) return text;
  if (folder.empty()) return wrong(fmt::format("\"{}\" is not an absolute path", text));
  return folder + "/" + text;
}

base::Result<std::string> convert_witness_key(const std::string& text) {
  const auto key = tlog::VerifierKey::parse(text);
  if (!key) return wrong(key.error().message);
  if (key->type() != tlog::SignatureType::CosignatureV1) {
    return wrong("this is the key of a log, not of a witness");
  }
  return text;
}

/// Kinds whose canonical form is a text.
base::Result<std::string> convert_text(const Option& option, const std::string& text,
                                       const std::string& folder) {
  const auto require = [&](bool fits) -> base::Result<std::string> {
    if (fits) return text;
    return wrong(fmt::format("\"{}\" is not allowed here", text));
  };
  switch (option.kind) {
    case Kind::Name:
      return require(is_name(text));
    case Kind::Choice:
    case Kind::Section:
      return require(is_choice(option.choices, text));
    case Kind::Url:
      return require(http::parse_url(text).ok());
    case Kind::Pointer:
      return require(is_json_pointer(text));
    case Kind::AddressBlock:
      return require(parse_address_block(text).has_value());
    case Kind::Host: {
      const auto url = http::parse_url("https://" + text);
      return require(url && url->path.empty());
    }
    case Kind::Listen: {
      const auto endpoint = parse_host_port(text);
      if (!endpoint) return require(false);
      return endpoint->text();
    }
    case Kind::SinkUrl:
      return require(parse_sink_url(text).ok());
    case Kind::WitnessKey:
      return convert_witness_key(text);
    case Kind::File:
      return convert_file(text, folder);
    default:
      return require(is_text(text));
  }
}

base::Result<Value> convert_scalar(const Option& option, const Node& node,
                                   const std::string& folder) {
  if (node.kind == Node::Kind::Null) return wrong("no value");
  if (node.kind != Node::Kind::Scalar) return wrong("one value is wanted, not a list or a map");
  if (is_number_kind(option.kind)) return convert_number(option, node);
  if (option.kind == Kind::Boolean) {
    if (node.quoted || (node.text != "true" && node.text != "false")) {
      return wrong(fmt::format("\"{}\" is neither true nor false", node.text));
    }
    return Value{.text = node.text, .flag = node.text == "true"};
  }
  const bool closed_set = option.kind == Kind::Choice || option.kind == Kind::Section;
  if (!closed_set && !node.quoted && needs_quotes(node.text)) {
    return wrong(fmt::format("{} must be quoted: \"{}\"", node.text, node.text));
  }
  if (option.kind == Kind::Time) {
    const auto time = parse_time(node.text);
    if (!time) return wrong(fmt::format("\"{}\" is not a moment in UTC", node.text));
    return Value{.text = node.text, .number = *time};
  }
  SRASTA_TRY_ASSIGN(std::string text, convert_text(option, node.text, folder));
  return Value{.text = std::move(text)};
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  base::append_json_escaped(out, text);
  return out + "\"";
}

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

}  // namespace

base::Result<Value> convert(const Option& option, const Node& node, const std::string& folder) {
  if (!option.list) return convert_scalar(option, node, folder);
  if (node.kind != Node::Kind::List) return wrong("a list is wanted");
  Value value;
  std::string problems;
  for (const Node& item : node.items) {
    auto one = convert_scalar(option, item, folder);
    if (one) {
      value.list.push_back(std::move(one->text));
    } else {
      problems += (problems.empty() ? "" : ", ") + one.error().message;
    }
  }
  if (!problems.empty()) return wrong(std::move(problems));
  if (value.list.empty() && (option.required || !option.fallback.empty())) {
    return wrong("the list is empty");
  }
  return value;
}

std::string canonical_text(const Option& option, const Value& value) {
  if (option.list) {
    std::string out = "[";
    for (const std::string& text : value.list) {
      if (out.size() > 1) out += ", ";
      out += quoted(text);
    }
    return out + "]";
  }
  switch (option.kind) {
    case Kind::Boolean:
    case Kind::Count:
    case Kind::Share:
      return value.text;
    case Kind::Duration:
      return format_duration(Millis(value.number));
    case Kind::Size:
      return format_size({static_cast<uint64_t>(value.number)});
    default:
      return quoted(value.text);
  }
}

Node node_of_text(const Option& option, std::string_view text) {
  // Everything in the environment is text, so quotes cannot be asked for there.
  const bool is_text_kind =
      option.kind != Kind::Boolean && option.kind != Kind::Count && option.kind != Kind::Share;
  if (!option.list) {
    return Node{.kind = Node::Kind::Scalar, .text = std::string(text), .quoted = is_text_kind};
  }
  Node list{.kind = Node::Kind::List};
  while (!text.empty()) {
    const size_t comma = text.find(',');
    list.items.push_back(Node{.kind = Node::Kind::Scalar,
                              .text = trimmed(text.substr(0, comma)),
                              .quoted = is_text_kind});
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return list;
}

}  // namespace srasta::config
