/* What does OPTIONAL MATCH find for each row, or nothing?
 */
#include "queries/steps.h"

struct optional {
	struct operator operator;
	const uint32_t *slots; /* that are null where nothing is found */
	uint32_t count;
	bool running, any;
};

static struct error *optional_next(struct operator *operator, bool *found)
{
	struct optional *optional = (struct optional *)operator;
	for (;;) {
		if (!optional->running) {
			TRY(operator_next(operator->input, found));
			if (!*found)
				return NULL;
			operator_rewind(operator->inner);
			optional->running = true;
			optional->any = false;
		}
		TRY(operator_next(operator->inner, &optional->running));
		if (optional->running) {
			optional->any = true;
			return NULL;
		}
		if (!optional->any)
			break;
	}
	for (uint32_t i = 0; i < optional->count; i++)
		operator->evaluation.row[optional->slots[i]] = datum_null();
	return NULL;
}

static void optional_rewind(struct operator *operator)
{
	((struct optional *)operator)->running = false;
}

static const struct operator_kind optional_kind = {
	.name = "optional", .next = optional_next, .rewind = optional_rewind};

struct error *optional_create(struct planner *planner, struct operator *input, struct operator *inner, const uint32_t *slots,
			      uint32_t count, struct operator **result)
{
	struct optional *optional;
	TRY(operator_create(planner, &optional_kind, sizeof *optional, input, &optional));
	optional->operator.inner = inner;
	optional->slots = slots;
	optional->count = count;
	optional->operator.estimate = input->estimate * (inner->estimate > 1 ? inner->estimate : 1);
	*result = &optional->operator;
	return NULL;
}
