/* Which nodes and edges is a pattern made of? */
#include "queries/parsing.h"

#include <string.h>
#include <strings.h>

/* --- labels ------------------------------------------------------------------------------------------------------- */

/* `app.Session.Inner`, dots without spaces around: one name. */
static struct error *parse_dotted(struct parser *parser, struct name *name)
{
	AUTO(text) struct text text = {0};
	text_init(&text);
	TRY(parser_name(parser, true, name));
	while (parser_at_sign_quietly(parser, ".") && !parser->token.spaced) {
		struct name next;
		TRY(parser_advance(parser));
		TRY(parser_name(parser, true, &next));
		if (text.length == 0)
			text_add_bytes(&text, name->text, name->length);
		text_add_char(&text, '.');
		text_add_bytes(&text, next.text, next.length);
	}
	name->span.length = parser->end - name->span.at;
	TRY(text_error(&text));
	if (text.length == 0)
		return NULL;
	name->text = arena_copy(parser->arena, text_string(&text), text.length);
	name->length = (uint32_t)text.length;
	return name->text == NULL ? error_memory() : NULL;
}

struct error *parse_labels(struct parser *parser, bool one, struct label_test *labels)
{
	bool more;
	TRY(parser_need_sign(parser, ":"));
	TRY(parser_accept_sign(parser, "!", &labels->negated));
	do {
		struct label_name label = {0};
		TRY(parse_dotted(parser, &label.name));
		label.subclasses = parser_at_sign_quietly(parser, "+") && !parser->token.spaced;
		if (label.subclasses)
			TRY(parser_advance(parser));
		TRY(parser_append(parser, labels->names, labels->count, label));
		more = !one && parser_at_sign_quietly(parser, "|");
		if (more)
			TRY(parser_advance(parser));
	} while (more);
	return NULL;
}

/* --- what stands in brackets -------------------------------------------------------------------------------------- */

static struct error *parse_properties(struct parser *parser, struct expression **properties)
{
	if (parser_at_sign(parser, "{"))
		return parse_map(parser, properties);
	return NULL;
}

static struct error *parse_inline_where(struct parser *parser, struct expression **where)
{
	bool found;
	TRY(parser_accept(parser, KEYWORD_WHERE, &found));
	return found ? parse_expression(parser, where) : NULL;
}

static struct error *parse_node(struct parser *parser, struct node_pattern *node)
{
	uint32_t begin = parser->token.span.at;
	node->slot = SLOT_NONE;
	TRY(parser_need_sign(parser, "("));
	if (parser_at_name(parser, false))
		TRY(parser_name(parser, false, &node->variable));
	while (parser_at_sign(parser, ":")) {
		struct label_test labels = {0};
		TRY(parse_labels(parser, false, &labels));
		TRY(parser_append(parser, node->labels, node->label_count, labels));
	}
	TRY(parse_properties(parser, &node->properties));
	TRY(parse_inline_where(parser, &node->where));
	TRY(parser_need_sign(parser, ")"));
	node->span = (struct span){.at = begin, .length = parser->end - begin};
	return NULL;
}

static struct error *parse_bound(struct parser *parser, uint32_t *bound)
{
	parser_expect(parser, "a number of edges");
	if (parser->token.kind != TOKEN_INTEGER)
		return parser_refuse(parser);
	if (parser->token.integer < 0 || parser->token.integer >= REACH_UNLIMITED)
		return parser_refuse_at(parser, parser->token.span.at, "this is more edges than any path has");
	*bound = (uint32_t)parser->token.integer;
	return parser_advance(parser);
}

/* After `*`: nothing, `reach`, 3, 1..3, ..3, 1.. */
static struct error *parse_length(struct parser *parser, struct edge_pattern *edge)
{
	bool range;
	edge->variable_length = true;
	edge->least = 1;
	edge->most = REACH_UNLIMITED;
	parser_expect(parser, "reach");
	if (parser->token.kind == TOKEN_NAME && strcasecmp(parser->token.text, "reach") == 0) {
		edge->reach = true;
		return parser_advance(parser);
	}
	bool least = parser->token.kind == TOKEN_INTEGER;
	if (least)
		TRY(parse_bound(parser, &edge->least));
	TRY(parser_accept_sign(parser, "..", &range));
	if (least && !range)
		edge->most = edge->least;
	if (range && parser->token.kind == TOKEN_INTEGER)
		TRY(parse_bound(parser, &edge->most));
	return NULL;
}

static struct error *parse_edge_names(struct parser *parser, struct edge_pattern *edge)
{
	bool more;
	TRY(parser_need_sign(parser, ":"));
	do {
		struct name name;
		TRY(parser_name(parser, true, &name));
		TRY(parser_append(parser, edge->names, edge->name_count, name));
		TRY(parser_accept_sign(parser, "|", &more));
		if (more && parser_at_sign_quietly(parser, ":"))
			TRY(parser_advance(parser));
	} while (more);
	return NULL;
}

static struct error *parse_edge_body(struct parser *parser, struct edge_pattern *edge)
{
	bool length;
	if (parser_at_name(parser, false))
		TRY(parser_name(parser, false, &edge->variable));
	if (parser_at_sign(parser, ":"))
		TRY(parse_edge_names(parser, edge));
	TRY(parser_accept_sign(parser, "*", &length));
	if (length)
		TRY(parse_length(parser, edge));
	TRY(parse_properties(parser, &edge->properties));
	TRY(parse_inline_where(parser, &edge->where));
	if (edge->where != NULL && edge->variable_length)
		return parser_refuse_at(parser, edge->where->span.at, "WHERE in an edge of variable length is not known; "
								      "ask of all edges with all(e IN edges(p) WHERE ...)");
	return parser_need_sign(parser, "]");
}

/* -[]->, <-[]-, -[]-, <-[]->, and without brackets. */
static struct error *parse_edge(struct parser *parser, struct edge_pattern *edge)
{
	bool in, out, body;
	uint32_t begin = parser->token.span.at;
	*edge = (struct edge_pattern){.least = 1, .most = 1, .slot = SLOT_NONE};
	TRY(parser_accept_sign(parser, "<", &in));
	TRY(parser_need_sign(parser, "-"));
	TRY(parser_accept_sign(parser, "[", &body));
	if (body)
		TRY(parse_edge_body(parser, edge));
	TRY(parser_need_sign(parser, "-"));
	TRY(parser_accept_sign(parser, ">", &out));
	edge->direction = in == out ? DIRECTION_BOTH : in ? DIRECTION_IN : DIRECTION_OUT;
	edge->span = (struct span){.at = begin, .length = parser->end - begin};
	return NULL;
}

/* --- patterns ----------------------------------------------------------------------------------------------------- */

static struct error *parse_chain(struct parser *parser, struct pattern *pattern)
{
	uint32_t nodes = 0;
	struct node_pattern node = {0};
	TRY(parse_node(parser, &node));
	TRY(parser_append(parser, pattern->nodes, nodes, node));
	while (parser_at_sign(parser, "-") || parser_at_sign(parser, "<")) {
		struct edge_pattern edge;
		TRY(parse_edge(parser, &edge));
		TRY(parser_append(parser, pattern->edges, pattern->edge_count, edge));
		node = (struct node_pattern){0};
		TRY(parse_node(parser, &node));
		TRY(parser_append(parser, pattern->nodes, nodes, node));
	}
	return NULL;
}

static enum pattern_shape shape_of(const struct token *token)
{
	if (token->kind != TOKEN_NAME || token->quoted)
		return PATTERN_WALK;
	if (strcasecmp(token->text, "shortestPath") == 0)
		return PATTERN_SHORTEST;
	return strcasecmp(token->text, "allShortestPaths") == 0 ? PATTERN_ALL_SHORTEST : PATTERN_WALK;
}

static struct error *parse_shape(struct parser *parser, struct pattern *pattern)
{
	pattern->shape = shape_of(&parser->token);
	if (pattern->shape == PATTERN_WALK)
		return parse_chain(parser, pattern);
	TRY(parser_advance(parser));
	TRY(parser_need_sign(parser, "("));
	TRY(parse_chain(parser, pattern));
	return parser_need_sign(parser, ")");
}

struct error *parse_pattern(struct parser *parser, bool named, struct pattern *pattern)
{
	uint32_t begin = parser->token.span.at;
	*pattern = (struct pattern){.slot = SLOT_NONE};
	struct parser_mark mark = parser_mark(parser);
	if (named && parser_at_name(parser, false)) {
		TRY(parser_name(parser, false, &pattern->variable));
		if (parser_at_sign_quietly(parser, "=")) {
			TRY(parser_advance(parser));
		} else {
			pattern->variable = (struct name){0};
			TRY(parser_give_up(parser, &mark, NULL));
		}
	}
	TRY(parse_shape(parser, pattern));
	pattern->span = (struct span){.at = begin, .length = parser->end - begin};
	return NULL;
}
