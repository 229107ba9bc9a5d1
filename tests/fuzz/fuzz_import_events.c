#include "import_fuzz.h"

FUZZ_IMPORT("events", false)
