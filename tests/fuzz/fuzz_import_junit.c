#include "import_fuzz.h"

FUZZ_IMPORT("junit", true)
