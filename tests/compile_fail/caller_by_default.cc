// A caller made from nothing, as a handler without authentication would need.
#include "access/caller.h"

srasta::access::Caller anonymous;
