#include "cli/fields.h"

#include <stdio.h>

#include "cli/lookup.h"
#include "cli/table.h"

static void put_value(struct cli *cli, struct table *table, enum term_style style, struct json value, struct str property)
{
    struct buffer text;
    char moment[MOMENT_SIZE] = "";
    buffer_init(&text, MIB);
    if (str_ends_with(property, STR("_at"))) {
        moment_text(value, moment);
    }
    if (moment[0] != '\0') {
        buffer_append_text(&text, moment);
    } else {
        value_put(cli, &text, value);
    }
    table_put(table, style, buffer_str(&text));
    buffer_release(&text);
}

void fields_put(struct cli *cli, struct json sets, unsigned indent)
{
    static const struct table_column columns[] = {{NULL, TABLE_KEEP}, {NULL, 0}, {NULL, TABLE_KEEP}, {NULL, 0}};
    struct table table;
    table_init(&table, &cli->term, columns, 4);
    table.indent = indent;
    for (struct json_iterator i = each(sets); json_next(&i);) {
        struct str property = get_text(i.value, "property"), key = get_text(i.value, "key");
        table_format(&table, STYLE_NAME, "%.*s%s%.*s", STR_ARGS(property), key.length > 0 ? "." : "",
                     key.length > 24 ? 12 : (int)key.length, key.at);
        put_value(cli, &table, STYLE_DIM, get(i.value, "old"), property);
        table_put(&table, STYLE_PLAIN, STR("→"));
        put_value(cli, &table, STYLE_PLAIN, get(i.value, "new"), property);
    }
    table_write(&table, &cli->out);
    table_release(&table);
}
