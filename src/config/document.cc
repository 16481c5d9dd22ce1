#include "config/document.h"

#include "base/encoding.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace srasta::config {
namespace {

constexpr size_t kDeepest = 16;

Position position_of(const YAML::Mark& mark) {
  return {static_cast<unsigned>(mark.line + 1), static_cast<unsigned>(mark.column + 1)};
}

/// Turns events into nodes. What is refused is noted and the walk goes on, so that one run shows
/// every problem.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Document& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    place(Node{.kind = Node::Kind::Null, .at = position_of(mark)});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "aliases (*name) are not read", "write the value again");
    place(Node{.kind = Node::Kind::Null, .at = position_of(mark)});
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    // yaml-cpp marks plain scalars "?" and quoted ones "!".
    place(Node{
        .kind = Node::Kind::Scalar, .at = position_of(mark), .text = value, .quoted = tag != "?"});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::List);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::Map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    bool has_key = false;
    std::string key = {};
    Position key_at = {};
  };

  void refuse(const YAML::Mark& mark, std::string what, std::string allowed) {
    document_.problems.push_back({position_of(mark).line, {}, std::move(what), std::move(allowed)});
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0)
      refuse(mark, "anchors (&name) are not read", "write the value where it is used");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      refuse(mark, "tags (!name) are not read", "plain and quoted values");
    }
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (frames_.size() == kDeepest) refuse(mark, "nested too deeply", "16 levels");
    frames_.push_back(Frame{.node = Node{.kind = kind, .at = position_of(mark)}});
  }

  void close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    place(std::move(node));
  }

  void place(Node node) {
    if (frames_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == Node::Kind::List) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.has_key) {
      take_key(frame, node);
    } else {
      frame.has_key = false;
      add_member(frame, std::move(node));
    }
  }

  void take_key(Frame& frame, const Node& node) {
    frame.has_key = true;
    frame.key = node.text;
    frame.key_at = node.at;
    if (node.kind != Node::Kind::Scalar || node.text.empty()) {
      document_.problems.push_back({node.at.line, {}, "a key must be a name", {}});
      frame.key = "?";
    }
  }

  void add_member(Frame& frame, Node node) {
    const auto same = std::ranges::find(frame.node.members, frame.key, &Node::key);
    if (same != frame.node.members.end()) {
      document_.problems.push_back(
          {frame.key_at.line, frame.key,
           fmt::format("this key stands twice, first on line {}", same->key_at.line),
           "one of them"});
      return;
    }
    node.key = std::move(frame.key);
    node.key_at = frame.key_at;
    frame.node.members.push_back(std::move(node));
  }

  Document& document_;
  std::vector<Frame> frames_;
};

/// What YAML would allow and a reader would not see.
void check_bytes(std::string_view bytes, std::vector<Problem>& problems) {
  unsigned line = 1;
  bool line_start = true;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (c == '\t') {
      problems.push_back({line, {}, "tab character", "spaces"});
    } else if (c == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n') {
      continue;
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) {
      problems.push_back({line, {}, "control character", "text and line ends"});
    } else if (line_start && c == '%') {
      problems.push_back({line, {}, "YAML directives (%NAME) are not read", {}});
    }
    line_start = c == '\n';
    if (line_start) ++line;
  }
  if (!base::is_utf8(bytes)) problems.push_back({0, {}, "the file is not UTF-8", {}});
}

}  // namespace

Document parse_document(std::string_view bytes) {
  Document document;
  check_bytes(bytes, document.problems);
  if (!document.problems.empty()) return document;
  std::istringstream stream{std::string(bytes)};
  Builder builder(document);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Document further;
    Builder rest(further);
    if (parser.HandleNextDocument(rest)) {
      document.problems.push_back({further.root.at.line, {}, "a second document (---)", "one"});
    }
  } catch (const YAML::Exception& error) {
    document.problems.push_back({position_of(error.mark).line, {}, "not YAML: " + error.msg, {}});
  }
  if (document.problems.empty() && document.root.kind != Node::Kind::Map &&
      document.root.kind != Node::Kind::Null) {
    document.problems.push_back({document.root.at.line, {}, "the file is not a map", "key: value"});
  }
  return document;
}

}  // namespace srasta::config
