#include "import_fuzz.h"

FUZZ_IMPORT("cucumber-messages", true)
