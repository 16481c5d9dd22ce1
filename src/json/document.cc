#include "json/document.h"

#include "json/scanner.h"

#include <boost/json/src.hpp>

namespace srasta::json {
namespace {

const boost::json::value& node(const void* pointer) {
  return *static_cast<const boost::json::value*>(pointer);
}

}  // namespace

struct Document::Impl {
  boost::json::value root;
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Value Document::root() const {
  return Value(&impl_->root);
}

base::Result<Document> Document::parse(std::string_view text, unsigned depth) {
  // Boost.JSON keeps the last of repeated keys without a word, so the strict scanner goes first.
  const ScanOutcome scan = scan_object(text, {.depth = depth, .unique_everywhere = true});
  if (!scan.ok()) {
    return base::make_error(base::Code::Invalid,
                            "not an acceptable JSON object at byte " + std::to_string(scan.offset),
                            std::string(to_string(scan.fault)));
  }
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = depth;
  auto root = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error) {
    return base::make_error(base::Code::Invalid, "not an acceptable JSON object", error.message());
  }
  return Document(std::make_unique<Impl>(Impl{std::move(root)}));
}

bool Value::is_object() const {
  return node(node_).is_object();
}
bool Value::is_array() const {
  return node(node_).is_array();
}
bool Value::is_null() const {
  return node(node_).is_null();
}

std::optional<std::string_view> Value::string() const {
  const auto* text = node(node_).if_string();
  if (text == nullptr) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::optional<int64_t> Value::integer() const {
  if (const auto* number = node(node_).if_int64()) return *number;
  return std::nullopt;
}

std::optional<bool> Value::boolean() const {
  if (const auto* flag = node(node_).if_bool()) return *flag;
  return std::nullopt;
}

size_t Value::size() const {
  if (const auto* array = node(node_).if_array()) return array->size();
  if (const auto* object = node(node_).if_object()) return object->size();
  return 0;
}

Value Value::at(size_t index) const {
  return Value(&node(node_).get_array()[index]);
}

std::optional<Value> Value::find(std::string_view key) const {
  const auto* object = node(node_).if_object();
  if (object == nullptr) return std::nullopt;
  const auto* member = object->if_contains({key.data(), key.size()});
  if (member == nullptr) return std::nullopt;
  return Value(member);
}

std::optional<Value> Value::pointer(std::string_view path) const {
  boost::json::error_code error;
  const auto* found = node(node_).find_pointer({path.data(), path.size()}, error);
  if (found == nullptr || error) return std::nullopt;
  return Value(found);
}

void Value::for_each_member(const std::function<void(std::string_view, Value)>& visit) const {
  const auto* object = node(node_).if_object();
  if (object == nullptr) return;
  for (const auto& member : *object) {
    visit({member.key().data(), member.key().size()}, Value(&member.value()));
  }
}

std::optional<std::vector<std::string>> texts_of(Value value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (size_t i = 0; i < value.size(); ++i) {
    const auto text = value.at(i).string();
    if (!text) return std::nullopt;
    texts.emplace_back(*text);
  }
  return texts;
}

std::optional<std::vector<std::string>> parse_texts(std::string_view array) {
  // Documents are objects.
  const auto document = Document::parse(R"({"list":)" + std::string(array) + "}");
  const auto list = document ? document->root().find("list") : std::nullopt;
  return list ? texts_of(*list) : std::nullopt;
}

}  // namespace srasta::json
