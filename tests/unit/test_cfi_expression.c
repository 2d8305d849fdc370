/* cfi_expression: every operation of DWARF 5, 2.5.1, that call frame information may use. */
#include "unwind/cfi_expression.h"

#include <errno.h>

#include "tap.h"

static const uint8_t stack[24] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0xaa, 0xbb};
static const struct unwind_memory memory = {.bytes = stack, .start = 0x7000, .size = sizeof(stack)};
static const uint64_t cfa = 0x7010;

static int run(const uint8_t *bytes, size_t size, const uint64_t *with_cfa, uint64_t *ret_value)
{
	struct unwind_registers registers = {.known = (uint64_t)1 << 7 | 1 << 16};
	struct cfi_expression_input input = {
		.registers = &registers, .memory = &memory, .bias = 0x100000, .cfa = with_cfa};

	registers.values[7] = 0x7000;
	registers.values[16] = 0x401234;
	return cfi_expression_evaluate(bytes, size, &input, ret_value);
}

#define VALUE(want, what, ...)                                                                     \
	do {                                                                                       \
		static const uint8_t bytes_[] = {__VA_ARGS__};                                     \
		uint64_t value_ = 0xdead;                                                          \
		is_int(run(bytes_, sizeof(bytes_), NULL, &value_), 0, what ": evaluates");         \
		is_int(value_, want, what);                                                        \
	} while (0)

#define FAILS(want, what, ...)                                                                     \
	do {                                                                                       \
		static const uint8_t bytes_[] = {__VA_ARGS__};                                     \
		uint64_t value_;                                                                   \
		is_int(run(bytes_, sizeof(bytes_), NULL, &value_), want, what);                    \
	} while (0)

static void test_constants(void)
{
	VALUE(0, "lit0", 0x30);
	VALUE(31, "lit31", 0x4f);
	VALUE(0x100000 + 0x2000, "addr, in the process", 0x03, 0, 0x20, 0, 0, 0, 0, 0, 0);
	VALUE(255, "const1u", 0x08, 255);
	VALUE(-1, "const1s", 0x09, 255);
	VALUE(0xfffe, "const2u", 0x0a, 0xfe, 0xff);
	VALUE(-2, "const2s", 0x0b, 0xfe, 0xff);
	VALUE(0xfffffffd, "const4u", 0x0c, 0xfd, 0xff, 0xff, 0xff);
	VALUE(-3, "const4s", 0x0d, 0xfd, 0xff, 0xff, 0xff);
	VALUE(0x0807060504030201, "const8u", 0x0e, 1, 2, 3, 4, 5, 6, 7, 8);
	VALUE(-4, "const8s", 0x0f, 0xfc, 255, 255, 255, 255, 255, 255, 255);
	VALUE(624485, "constu", 0x10, 0xe5, 0x8e, 0x26);
	VALUE(-123456, "consts", 0x11, 0xc0, 0xbb, 0x78);
	VALUE(0x6ff8, "breg7", 0x77, 0x78);
	VALUE(0x401235, "breg16", 0x80, 1);
	VALUE(0x7008, "bregx", 0x92, 7, 8);
	FAILS(-ENXIO, "a register that is not known", 0x73, 0);
	FAILS(-ENXIO, "a register that there is not", 0x92, 0x80, 1, 0);
	FAILS(-EBADMSG, "a cut constant", 0x0c, 1, 2, 3);
}

static void test_stack(void)
{
	VALUE(6, "dup", 0x33, 0x12, 0x22);
	VALUE(1, "drop", 0x31, 0x32, 0x13);
	VALUE(1, "over", 0x31, 0x32, 0x14);
	VALUE(1, "pick", 0x31, 0x32, 0x33, 0x15, 2);
	VALUE(1, "swap", 0x31, 0x32, 0x16, 0x1c);
	VALUE(2, "rot: the second is the top", 0x31, 0x32, 0x33, 0x17);
	VALUE(1, "rot: the third is the second", 0x31, 0x32, 0x33, 0x17, 0x13);
	VALUE(3, "rot: the top is the third", 0x31, 0x32, 0x33, 0x17, 0x13, 0x13);
	VALUE(5, "nop", 0x35, 0x96);
	FAILS(-EBADMSG, "an empty expression's value", 0x96);
	FAILS(-EBADMSG, "drop of nothing", 0x13);
	FAILS(-EBADMSG, "dup of nothing", 0x12);
	FAILS(-EBADMSG, "pick too deep", 0x31, 0x15, 1);
	FAILS(-EBADMSG, "swap of one", 0x31, 0x16);
	FAILS(-EBADMSG, "rot of two", 0x31, 0x31, 0x17);
	FAILS(-EBADMSG, "plus of one", 0x31, 0x22);
	FAILS(-EBADMSG, "deref of nothing", 0x06);
	FAILS(-EBADMSG, "reg0 is a place", 0x50);
	FAILS(-EBADMSG, "an unknown operation", 0xff);
}

static void test_arithmetic(void)
{
	VALUE(5, "abs", 0x09, 0xfb, 0x19);
	VALUE(8, "and", 0x3c, 0x3a, 0x1a);
	VALUE(-3, "div is signed", 0x09, 0xfa, 0x32, 0x1b);
	VALUE(-7, "div by -1", 0x37, 0x09, 0xff, 0x1b);
	VALUE(INT64_MIN, "div of the least by -1", 0x31, 0x08, 63, 0x24, 0x09, 0xff, 0x1b);
	VALUE(-2, "minus", 0x31, 0x33, 0x1c);
	VALUE(1, "mod", 0x37, 0x33, 0x1d);
	VALUE(0xffff, "mod is unsigned", 0x09, 0xff, 0x0c, 0, 0, 1, 0, 0x1d);
	VALUE(21, "mul", 0x37, 0x33, 0x1e);
	VALUE(-7, "neg", 0x37, 0x1f);
	VALUE(-8, "not", 0x37, 0x20);
	VALUE(7, "or", 0x35, 0x32, 0x21);
	VALUE(10, "plus", 0x37, 0x33, 0x22);
	VALUE(0x87, "plus_uconst", 0x37, 0x23, 0x80, 1);
	VALUE(56, "shl", 0x37, 0x33, 0x24);
	VALUE(0, "shl by 64", 0x37, 0x08, 64, 0x24);
	VALUE(INT64_MAX, "shr", 0x09, 0xff, 0x31, 0x25);
	VALUE(0, "shr by 64", 0x09, 0xff, 0x08, 64, 0x25);
	VALUE(-2, "shra", 0x09, 0xfc, 0x31, 0x26);
	VALUE(-1, "shra by 64", 0x09, 0xfc, 0x08, 64, 0x26);
	VALUE(6, "xor", 0x35, 0x33, 0x27);
	VALUE(1, "eq", 0x35, 0x35, 0x29);
	VALUE(0, "ge is signed", 0x09, 0xff, 0x31, 0x2a);
	VALUE(1, "gt", 0x32, 0x31, 0x2b);
	VALUE(1, "le", 0x31, 0x31, 0x2c);
	VALUE(1, "lt is signed", 0x09, 0xff, 0x31, 0x2d);
	VALUE(1, "ne", 0x32, 0x31, 0x2e);
	FAILS(-EBADMSG, "div by 0", 0x31, 0x30, 0x1b);
	FAILS(-EBADMSG, "mod by 0", 0x31, 0x30, 0x1d);
}

static void test_memory(void)
{
	VALUE((int64_t)0x8877665544332211, "deref", 0x77, 0, 0x06);
	VALUE(0xbbaa, "deref_size", 0x77, 8, 0x94, 2);
	FAILS(-EBADMSG, "deref_size of 9", 0x77, 8, 0x94, 9);
	FAILS(-EFAULT, "deref outside of memory", 0x77, 17, 0x06);
}

static void test_jumps(void)
{
	VALUE(1, "skip", 0x31, 0x2f, 1, 0, 0x13);
	VALUE(2, "bra taken", 0x32, 0x31, 0x28, 1, 0, 0x13);
	VALUE(1, "bra not taken", 0x31, 0x32, 0x30, 0x28, 1, 0, 0x13);
	/* 5 4 3 2 1 0: counts down */
	VALUE(0, "bra back", 0x35, 0x31, 0x1c, 0x12, 0x28, 0xfa, 0xff);
	FAILS(-EBADMSG, "an endless loop ends", 0x2f, 0xfd, 0xff);
	FAILS(-EBADMSG, "a jump before the start", 0x31, 0x2f, 0xf0, 0xff);
	FAILS(-EBADMSG, "a jump behind the end", 0x31, 0x2f, 1, 0);
	FAILS(-EBADMSG, "an endless push", 0x31, 0x2f, 0xfc, 0xff);
	FAILS(-EBADMSG, "bra of nothing", 0x28, 0, 0);
}

static void test_uses(void)
{
	static const uint8_t plt[] = {0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22};
	static const uint8_t below_cfa[] = {0x38, 0x1c}, nothing[1] = {0};
	uint64_t value;

	is_int(run(plt, sizeof(plt), NULL, &value), 0, "a PLT's CFA");
	is_int(value, 0x7008, "before its push");
	is_int(run(below_cfa, sizeof(below_cfa), &cfa, &value), 0, "of a register");
	is_int(value, 0x7008, "begins with the CFA on the stack");
	is_int(run(nothing, 0, &cfa, &value), 0, "no operations");
	is_int(value, 0x7010, "leave the CFA");
	is_int(run(nothing, 0, NULL, &value), -EBADMSG, "or nothing");
}

int main(void)
{
	test_constants();
	test_stack();
	test_arithmetic();
	test_memory();
	test_jumps();
	test_uses();
	return tap_done();
}
