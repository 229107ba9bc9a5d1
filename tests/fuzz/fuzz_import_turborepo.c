#include "import_fuzz.h"

FUZZ_IMPORT("turborepo", true)
