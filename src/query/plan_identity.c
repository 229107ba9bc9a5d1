/* What a subscription says, whatever it is said from.
 *
 * Who comes back after a while asks the same question as before, but for one argument: where to go on. That argument decides
 * what is sent at first, and nothing of how updates look. So two requests are one subject where their tokens are the same but
 * for this argument's literal; or for the variable's value, where a variable gives it and stands nowhere else in the document.
 * Comparing tokens rather than what they mean is on the safe side: what differs in any other way has subjects of its own. */
#include <string.h>

#include "base/sha256.h"
#include "query/lex.h"
#include "query/plan.h"

#define USES_MAX 8 /* of the root field's argument, where the field is asked for in several places */

struct uses {
    uint32_t count;
    const struct ast_value *values[USES_MAX];
    struct str variable; /* that gives all of them; absent otherwise */
};

static bool add_use(struct uses *uses, const struct ast_selection *field, const char *argument)
{
    const struct ast_argument *at = field->arguments;
    while (at != NULL && !str_is(at->name, argument)) {
        at = at->next;
    }
    if (at == NULL) {
        return true;
    }
    if (uses->count == USES_MAX) {
        return false;
    }
    uses->values[uses->count++] = at->value;
    return true;
}

/* False: there are more than are looked at; then all is part of the identity. */
static bool find_uses(const struct query_plan *plan, const char *argument, struct uses *uses)
{
    *uses = (struct uses){.variable = STR_NONE};
    for (uint32_t i = 0; i < plan->root->count; i++) {
        const struct plan_field *field = plan->root->entries[i].field;
        for (uint32_t n = 0; n < field->node_count; n++) {
            if (!add_use(uses, field->nodes[n].field, argument)) {
                return false;
            }
        }
    }
    if (uses->count > 0 && uses->values[0]->kind == AST_VARIABLE) {
        uses->variable = uses->values[0]->text;
    }
    return true;
}

static bool is_left_out(const struct uses *uses, const struct token *token)
{
    for (uint32_t i = 0; i < uses->count; i++) {
        const struct ast_value *value = uses->values[i];
        if ((token->kind == TOKEN_STRING || token->kind == TOKEN_INT) && value->kind != AST_LIST && value->kind != AST_OBJECT &&
            value->place.line == token->place.line && value->place.column == token->place.column) {
            return true;
        }
    }
    return false;
}

static void add_token(struct sha256 *hash, const struct token *token)
{
    const uint64_t head[] = {token->kind, token->text.length};
    sha256_add(hash, head, sizeof head);
    if (token->text.length > 0) {
        sha256_add(hash, token->text.at, token->text.length);
    }
}

bool query_plan_identify(const struct query_plan *plan, const char *argument, struct sha256 *hash, struct str *variable)
{
    struct uses uses;
    struct lexer lexer;
    struct query_faults faults;
    struct token token = {0};
    uint32_t variable_count = 0;
    *variable = STR_NONE;
    if (!find_uses(plan, argument, &uses)) {
        uses = (struct uses){.variable = STR_NONE};
    }
    faults_init(&faults, plan->scratch, 1);
    bool fine = lexer_init(&lexer, plan->text, plan->scratch, &faults);
    for (bool after_dollar = false; fine; after_dollar = token.kind == TOKEN_DOLLAR) {
        fine = lexer_next(&lexer, &token);
        if (!fine || token.kind == TOKEN_END) {
            break;
        }
        variable_count += after_dollar && uses.variable.at != NULL && str_equal(token.text, uses.variable) ? 1 : 0;
        const struct token nothing = {.kind = TOKEN_END};
        add_token(hash, is_left_out(&uses, &token) ? &nothing : &token);
    }
    const struct token name = {.kind = TOKEN_NAME, .text = plan->operation->name};
    add_token(hash, &name);
    if (variable_count == uses.count + 1) { /* where it is declared */
        *variable = uses.variable;
    }
    arena_clear(plan->scratch);
    return fine;
}
