// A caller made from a standing that nobody decided on.
#include "access/caller.h"

srasta::access::Caller forge() {
  return srasta::access::Caller(nullptr, {});
}
