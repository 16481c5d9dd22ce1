#pragma once

#include "access/caller.h"
#include "identity/authenticator.h"
#include "net/scope.h"
#include "service/code.h"

#include <memory>
#include <optional>
#include <string_view>

namespace srasta::gateway {

/// Why a generation was ended by us although everybody was willing to go on.
struct Cut {
  service::ErrorCode code = service::ErrorCode::PermissionDenied;
  std::string_view reason;  ///< audit reason
};

/// The generations in flight on one core, so that those end whose caller loses the right to them.
/// For one loop.
class ActiveGenerations {
 public:
  /// One generation; stays in the list as long as it lives. `caller`, what `use` names and `scope`
  /// outlive it. It is cut from the start when the caller lost the right since he was admitted.
  class Entry {
   public:
    Entry(ActiveGenerations& all, const access::Caller& caller, access::Permission permission,
          access::ModelUse use, net::Scope& scope);
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry();

    /// Set once it must end; its scope was cancelled then.
    [[nodiscard]] const std::optional<Cut>& cut() const { return cut_; }
    /// It goes to another engine.
    void goes_to(access::ModelUse use) { use_ = use; }

   private:
    friend class ActiveGenerations;
    ActiveGenerations& all_;
    const access::Caller& caller_;
    const access::Permission permission_;
    access::ModelUse use_;
    net::Scope& scope_;
    std::optional<Cut> cut_;
    Entry* previous_ = nullptr;
    Entry* next_ = nullptr;
  };

  /// What decides from now on; ends every generation that would not be allowed under it.
  void recheck(std::shared_ptr<const identity::IdentitySnapshot> snapshot);

 private:
  static std::optional<Cut> judge(const Entry& entry, const identity::IdentitySnapshot& snapshot);

  std::shared_ptr<const identity::IdentitySnapshot> snapshot_;
  Entry* first_ = nullptr;
};

}  // namespace srasta::gateway
