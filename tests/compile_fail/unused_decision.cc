// A decision that is asked for and then ignored.
#include "access/caller.h"
#include "access/decision.h"

void act(const srasta::access::Caller& caller) {
  decide(caller, srasta::access::Permission::AdminConfig);
}
