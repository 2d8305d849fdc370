#include "model/stack_table.h"

void stack_table_init(struct stack_table *table)
{
	*table = (struct stack_table){0};
	hashmap_init(&table->index);
	for (uint32_t id = 0; id < STACK_FIRST; id++)
		vec_push(&table->nodes, (struct stack_node){.parent = id, .frame = FRAME_NONE});
}

void stack_table_release(struct stack_table *table)
{
	vec_release(&table->nodes);
	hashmap_release(&table->index);
}

uint32_t stack_table_intern(struct stack_table *table, uint32_t parent, uint32_t frame)
{
	uint64_t hash = hashmap_hash_u64((uint64_t)parent << 32 | frame);
	uint32_t slot, id = hashmap_first(&table->index, hash, &slot);

	for (; id != HASHMAP_NONE; id = hashmap_next(&table->index, hash, &slot))
		if (table->nodes.items[id].parent == parent &&
		    table->nodes.items[id].frame == frame)
			return id;
	id = (uint32_t)table->nodes.count;
	vec_push(&table->nodes, (struct stack_node){.parent = parent, .frame = frame});
	hashmap_insert(&table->index, hash, id);
	return id;
}

enum stack_root stack_table_get_root(const struct stack_table *table, uint32_t stack)
{
	while (stack >= STACK_FIRST && stack < table->nodes.count)
		stack = table->nodes.items[stack].parent;
	return stack < STACK_FIRST ? (enum stack_root)stack : STACK_TRUNCATED;
}

uint32_t stack_table_get_frames(const struct stack_table *table, uint32_t stack, uint32_t *frames,
				uint32_t max)
{
	uint32_t count = 0;

	for (; stack >= STACK_FIRST && stack < table->nodes.count && count < max;
	     stack = table->nodes.items[stack].parent)
		frames[count++] = table->nodes.items[stack].frame;
	return count;
}
