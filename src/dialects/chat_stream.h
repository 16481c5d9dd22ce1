#pragma once

#include "dialects/chat_answer.h"
#include "dialects/event_stream.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

// Private to dialects/: reads the stream of a Chat Completions engine.
namespace srasta::dialects {

/// Sees where the arguments of a call end: they are one JSON object.
class ObjectEnd {
 public:
  void feed(std::string_view text);
  [[nodiscard]] bool reached() const { return opened_ && depth_ == 0; }

 private:
  uint32_t depth_ = 0;
  bool opened_ = false;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// Puts the deltas of a Chat stream, which may interleave, into blocks that follow each other. The
/// first unfinished block is passed on as it grows; what belongs to later ones is held until it has
/// ended: a text when something else comes, a call when its arguments are a whole object and
/// something else comes, all of them when the choice is finished.
class ChatStream : public EventStream {
 protected:
  enum class BlockKind : uint8_t { Thinking, Text, Refusal, Call };
  /// Texts are insides of JSON strings, as written.
  struct Block {
    BlockKind kind = BlockKind::Text;
    size_t index = 0;  ///< dense, in the order of the blocks
    std::string id = {};
    std::string name = {};
  };

  explicit ChatStream(const Asked& asked) : asked_(asked) {}

  /// `model`: a string as written.
  virtual void begin(std::string_view id, std::string_view model, const ChatUsage& usage) = 0;
  virtual void open(const Block& block) = 0;
  virtual void append(const Block& block, std::string_view text) = 0;
  virtual void close(const Block& block) = 0;
  virtual void end(const Finish& finish, const ChatUsage& usage) = 0;

  [[nodiscard]] const Asked& asked() const { return asked_; }
  /// Whether the engine has ended, and said that it was not done.
  [[nodiscard]] bool is_cut() const {
    return finish_.reason == Finish::Reason::Length || finish_.reason == Finish::Reason::Filter;
  }

 private:
  struct Held {
    Block block;
    int64_t key = 0;  ///< of a call: its index in the engine's stream
    std::string text = {};
    bool opened = false;
    ObjectEnd arguments = {};
  };

  void on_event(const Fields& data) final;
  void on_done() final;
  void on_end() final;
  void take_choice(const Fields& choice);
  void take_text(BlockKind kind, std::string_view text);
  void take_call(const Fields& call);
  [[nodiscard]] Held* find_call(int64_t key, std::string_view id);
  void push(BlockKind kind, int64_t key);
  void hold(Held& held, std::string_view text);
  void pump();

  const Asked asked_;
  std::deque<Held> blocks_;
  std::vector<int64_t> closed_calls_;
  size_t next_index_ = 0;
  size_t held_bytes_ = 0;
  int64_t last_key_ = -1;
  bool begun_ = false;
  bool finished_ = false;  // the engine named the reason
  bool called_ = false;
  bool refused_ = false;
  Finish finish_;
  ChatUsage usage_;
};

}  // namespace srasta::dialects
