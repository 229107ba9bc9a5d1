/* config_file.h: a YAML file of nested keys, read as pairs of a dotted key and a text.
 *
 *     cors:
 *       origins: [https://a.example, https://b.example]
 *       credentials: true
 *
 * gives "cors.origins" = "https://a.example,https://b.example" and "cors.credentials" = "true". What the keys mean, whoever
 * takes them knows. Anchors, tags and lists of anything but texts have no meaning here and are refused.
 */
#ifndef TRIMODAL_SERVER_CONFIG_FILE_H
#define TRIMODAL_SERVER_CONFIG_FILE_H

#include "base/status.h"

#define CONFIG_KEY_SIZE 96
#define CONFIG_TEXT_SIZE 1024 /* of a value, with its NUL */

/* Each pair in the order of the file; what `take` returns besides STATUS_OK ends it. Errors are STATUS_INVALID and name file
 * and line. */
typedef enum status (*config_take)(void *context, const char *key, const char *value, struct error *error);
enum status config_file_read(const char *path, config_take take, void *context, struct error *error) must_check;

#endif
