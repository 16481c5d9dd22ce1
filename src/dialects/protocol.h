#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace srasta::dialects {

/// The languages of inference servers and of their clients. `Chat` is OpenAI's Chat Completions,
/// and stands for the rest of that interface where nothing is translated (embeddings, rerank, ...).
enum class Protocol : uint8_t { Chat, Responses, Messages, Ollama };

inline constexpr std::array kProtocols = {Protocol::Chat, Protocol::Responses, Protocol::Messages,
                                          Protocol::Ollama};

/// As configuration and documentation write it.
[[nodiscard]] constexpr std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::Chat:
      return "chat";
    case Protocol::Responses:
      return "responses";
    case Protocol::Messages:
      return "messages";
    case Protocol::Ollama:
      return "ollama";
  }
  return "chat";
}

/// What a route asks for, where several protocols have it. `Generate` is Ollama's `/api/generate`;
/// to all others that is a chat of one message.
enum class Operation : uint8_t { Chat, Generate, Embed };

class ProtocolSet {
 public:
  constexpr ProtocolSet() = default;
  constexpr ProtocolSet(std::initializer_list<Protocol> protocols) {
    for (const Protocol protocol : protocols) add(protocol);
  }
  constexpr void add(Protocol protocol) { bits_ |= bit(protocol); }
  constexpr void remove(Protocol protocol) { bits_ &= static_cast<uint8_t>(~bit(protocol)); }
  [[nodiscard]] constexpr bool contains(Protocol protocol) const {
    return (bits_ & bit(protocol)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  bool operator==(const ProtocolSet&) const = default;

 private:
  static constexpr uint8_t bit(Protocol protocol) {
    return static_cast<uint8_t>(1U << static_cast<unsigned>(protocol));
  }
  uint8_t bits_ = 0;
};

}  // namespace srasta::dialects
