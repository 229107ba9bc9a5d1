/* graphiql.h: the page that a browser gets at /graphql. */
#ifndef TRIMODAL_API_GRAPHIQL_H
#define TRIMODAL_API_GRAPHIQL_H

struct exchange;

void answer_graphiql(struct exchange *exchange);

#endif
