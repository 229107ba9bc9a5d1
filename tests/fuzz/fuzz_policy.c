/* Policy files: any bytes give a policy or an error with a place; a policy that was read decides alike when it is read again. */
#include <assert.h>
#include <stdlib.h>

#include "lens/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy first, second;
    struct error error = {0};
    struct str yaml = {(const char *)data, size};
    enum status status = policy_load_text(yaml, "fuzz.yaml", &first, &error);
    if (status != STATUS_OK) {
        if (error.text[0] == '\0') {
            abort();
        }
        return 0;
    }
    if (policy_load_text(yaml, "fuzz.yaml", &second, &error) != STATUS_OK) {
        abort();
    }
    struct buffer a, b;
    buffer_init(&a, 65536);
    buffer_init(&b, 65536);
    policy_canonical(&first, &a);
    policy_canonical(&second, &b);
    if (!str_equal(buffer_str(&a), buffer_str(&b))) {
        abort();
    }
    buffer_release(&a);
    buffer_release(&b);
    return 0;
}
