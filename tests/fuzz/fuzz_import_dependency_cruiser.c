#include "import_fuzz.h"

FUZZ_IMPORT("dependency-cruiser", true)
