// A caller made from facts that nobody verified.
#include "access/caller.h"

srasta::access::Caller forge() {
  return srasta::access::Caller({});
}
