#include "api/graphiql.h"

#include "api/api_private.h"
#include "api/assets.h"

/* As PAGE_SECURITY_POLICY, and two things more, that GraphiQL's packages bring along: fonts within its style sheet, and one
 * piece of style, allowed by its hash, that keeps the page still behind an open dialog (react-remove-scroll-bar). */
#define GRAPHIQL_SECURITY_POLICY                                                                                       \
    "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-Y/huXlwoYkVyQlxwSVcCi1RCDGDCSVBzDt0hYP9qlTc='; "   \
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "            \
    "frame-ancestors 'none'"

void answer_graphiql(struct exchange *exchange)
{
    answer_page_under(exchange, "graphiql.html", GRAPHIQL_SECURITY_POLICY);
}
