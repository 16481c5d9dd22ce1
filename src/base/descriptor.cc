#include "base/descriptor.h"

#include <unistd.h>

namespace srasta::base {

void Descriptor::reset(int number) {
  if (number_ >= 0) ::close(number_);
  number_ = number;
}

}  // namespace srasta::base
