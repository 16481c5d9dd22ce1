// A secret in a stream.
#include "base/secret.h"

#include <ostream>

void print(std::ostream& stream, const srasta::base::Secret& secret) {
  stream << secret;
}
