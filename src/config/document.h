#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::config {

/// A place in a file, from 1.
struct Position {
  unsigned line = 0;
  unsigned column = 0;
};

/// One YAML value with its place. Scalars keep their spelling: what a plain `no` means is decided
/// by the option that receives it, never by YAML.
struct Node {
  enum class Kind : uint8_t { Null, Scalar, List, Map };

  Kind kind = Kind::Null;
  Position at = {};
  std::string text = {};  ///< of a scalar
  bool quoted = false;    ///< quoted or block scalar
  std::vector<Node> items = {};
  std::vector<Node> members = {};  ///< of a map: unique keys, in file order
  std::string key = {};            ///< of a member of a map
  Position key_at = {};
};

/// One thing that is wrong with a configuration.
struct Problem {
  unsigned line = 0;    ///< 0: not in the file
  std::string key;      ///< path of the option; empty for syntax
  std::string what;     ///< one clause, without full stop
  std::string allowed;  ///< empty when there is nothing to choose from
};

struct Document {
  Node root;  ///< Null for an empty file, else Map
  std::vector<Problem> problems;
};

/// Reads one YAML document, event by event. Refused, with their line: bytes that are not UTF-8,
/// tabs and other control characters, directives, further documents, anchors, aliases, explicit
/// tags, duplicate or non-scalar keys, more than 16 levels, a root that is not a map.
[[nodiscard]] Document parse_document(std::string_view bytes);

}  // namespace srasta::config
