#pragma once

#include "dialects/translation.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

// Private to dialects/.
namespace srasta::dialects {

/// A stream of the engine's that is translated to Chat first, and then to the client's protocol.
class TwoSteps final : public StreamTranslator {
 public:
  TwoSteps(std::unique_ptr<StreamTranslator> to_chat, std::unique_ptr<StreamTranslator> to_client)
      : to_chat_(std::move(to_chat)), to_client_(std::move(to_client)) {}

  [[nodiscard]] std::string feed(std::string_view bytes) override {
    return to_client_->feed(to_chat_->feed(bytes));
  }

  /// An engine that ended early, or left its protocol, is not finished for it.
  [[nodiscard]] std::string finish() override {
    std::string out = to_client_->feed(to_chat_->finish());
    if (to_chat_->state() != State::Running && to_chat_->state() != State::Broken) {
      out += to_client_->finish();
    }
    return out;
  }

  [[nodiscard]] State state() const override {
    const State told = to_client_->state();
    return told == State::Running && to_chat_->state() == State::Broken ? State::Broken : told;
  }

  [[nodiscard]] std::string failure(const Failure& failure) override {
    return to_client_->failure(failure);
  }

 private:
  const std::unique_ptr<StreamTranslator> to_chat_;
  const std::unique_ptr<StreamTranslator> to_client_;
};

}  // namespace srasta::dialects
