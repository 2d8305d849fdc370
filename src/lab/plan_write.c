#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lab/plan.h"
#include "lab/plan_node.h"
#include "util/strbuf.h"

/*
 * Everything that is written was read or set as valid UTF-8 of a bounded size: the emitter cannot
 * refuse it.
 */
static void emit(yaml_emitter_t *emitter, yaml_event_t *event, int was_made)
{
	if (!was_made || !yaml_emitter_emit(emitter, event))
		abort();
}

static void emit_text(yaml_emitter_t *emitter, const char *text, enum plan_node_style style)
{
	bool is_quoted = style != PLAN_STYLE_PLAIN;
	yaml_event_t event;

	emit(emitter, &event,
	     yaml_scalar_event_initialize(
		     &event, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text), 1, 1,
		     is_quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE));
}

static void emit_node(yaml_emitter_t *emitter, const struct plan_node *node)
{
	bool is_flow = node->style == PLAN_STYLE_FLOW, is_map = node->kind == PLAN_NODE_MAP;
	yaml_event_t event;

	if (node->kind == PLAN_NODE_TEXT) {
		/* nothing is written as ~: inside {…} the emitter would make '' of it, a text */
		emit_text(emitter, plan_node_is_null(node) ? "~" : node->text, node->style);
		return;
	}
	if (is_map)
		emit(emitter, &event,
		     yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
							 is_flow ? YAML_FLOW_MAPPING_STYLE
								 : YAML_BLOCK_MAPPING_STYLE));
	else
		emit(emitter, &event,
		     yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
							  is_flow ? YAML_FLOW_SEQUENCE_STYLE
								  : YAML_BLOCK_SEQUENCE_STYLE));
	for (uint32_t i = 0; i < node->count; i++) {
		if (is_map)
			emit_text(emitter, node->entries[i].key, PLAN_STYLE_PLAIN);
		emit_node(emitter, node->entries[i].node);
	}
	emit(emitter, &event,
	     is_map ? yaml_mapping_end_event_initialize(&event)
		    : yaml_sequence_end_event_initialize(&event));
}

static int append(void *context, unsigned char *bytes, size_t length)
{
	strbuf_add(context, bytes, length);
	return 1;
}

char *plan_write(const struct plan *plan)
{
	struct strbuf text;
	yaml_emitter_t emitter;
	yaml_event_t event;

	assert(plan->root != NULL);
	strbuf_init(&text, STRBUF_MAX_DEFAULT);
	if (!yaml_emitter_initialize(&emitter))
		abort();
	yaml_emitter_set_output(&emitter, append, &text);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_indent(&emitter, 2);
	yaml_emitter_set_width(&emitter, -1); /* a folded text would be hard to read and to find */
	emit(&emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(&emitter, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	emit_node(&emitter, plan->root);
	emit(&emitter, &event, yaml_document_end_event_initialize(&event, 1));
	emit(&emitter, &event, yaml_stream_end_event_initialize(&event));
	yaml_emitter_delete(&emitter);
	return strbuf_take(&text);
}
