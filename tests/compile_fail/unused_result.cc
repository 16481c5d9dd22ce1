// A failure that nobody looks at.
#include "base/result.h"

srasta::base::Result<void> save();

void act() {
  save();
}
