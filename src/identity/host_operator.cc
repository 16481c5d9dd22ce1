#include "identity/host_operator.h"

#include "access/admission.h"
#include "identity/forwarded_principal.h"

#include <string>

namespace srasta::identity {

std::shared_ptr<const access::Caller> HostOperator::admit(uid_t peer, uid_t keeper) {
  if (peer != 0 && peer != keeper) return nullptr;
  const std::vector<base::RoleName> roles = {base::RoleName("owner"), base::RoleName("admin")};
  access::Claimed::Facts facts{
      .issuer = std::string(kHostIssuer),
      .principal_issuer = std::string(kHostIssuer),
      .subject = std::string(kHostIssuer) + ":" + std::to_string(peer),
      .tenant = base::TenantId(kPlatformTenant),
      .roles = roles,
      .scopes = access::RoleTable::built_in().permissions_of(roles),
  };
  return access::Admission::admit_vouched(
      std::make_shared<const access::Claimed>(access::Claimed(std::move(facts))));
}

}  // namespace srasta::identity
