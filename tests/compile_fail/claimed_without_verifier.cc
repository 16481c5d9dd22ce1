// Claims of a credential that nobody verified.
#include "access/claimed.h"

srasta::access::Claimed forge() {
  return srasta::access::Claimed(srasta::access::Claimed::Facts{});
}
