#pragma once

#include "access/caller.h"
#include "access/permission.h"
#include "identity/authenticator.h"
#include "net/scope.h"

#include <memory>
#include <optional>
#include <string_view>

namespace srasta::service {

/// Answers in flight on one core that have no end of their own, so that those end whose caller
/// loses the right to them. For one loop.
class OpenAnswers {
 public:
  /// One answer; stays in the list as long as it lives. `caller` and `scope` outlive it. It is cut
  /// from the start when the caller lost the right since he was admitted.
  class Entry {
   public:
    Entry(OpenAnswers& all, const access::Caller& caller, access::Permission permission,
          net::Scope& scope);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();

    /// Why it must end, an audit reason; its scope was cancelled then.
    [[nodiscard]] const std::optional<std::string_view>& cut() const { return cut_; }

   private:
    friend class OpenAnswers;
    OpenAnswers& all_;
    const access::Caller& caller_;
    const access::Permission permission_;
    net::Scope& scope_;
    std::optional<std::string_view> cut_;
    Entry* previous_ = nullptr;
    Entry* next_ = nullptr;
  };

  /// What decides from now on; ends every answer that would not be allowed under it.
  void recheck(std::shared_ptr<const identity::IdentitySnapshot> snapshot);

 private:
  static std::optional<std::string_view> judge(const Entry& entry,
                                               const identity::IdentitySnapshot& snapshot);

  std::shared_ptr<const identity::IdentitySnapshot> snapshot_;
  Entry* first_ = nullptr;
};

}  // namespace srasta::service
