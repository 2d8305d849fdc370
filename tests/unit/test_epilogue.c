/* Code and stack made by hand. */
#include "unwind/epilogue.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

enum { STACK = 0x7000, CODE = 0x400100, CALLER = 0x400200 };

static uint8_t code[32];
static uint64_t stack[8];
static struct cfi_registers registers;
static uint64_t cfa;

static bool find_code(void *arg, uint64_t avma, struct unwind_code *ret_code)
{
	(void)arg;
	*ret_code = (struct unwind_code){0};
	return avma >= 0x400000 && avma < 0x500000;
}

static bool read_code(void *arg, uint64_t avma, uint64_t *ret_word)
{
	(void)arg;
	if (avma < CODE || avma + 8 > CODE + sizeof(code))
		return false;
	memcpy(ret_word, code + (avma - CODE), 8);
	return true;
}

static int step(const char *bytes, size_t size)
{
	struct unwind_memory memory = {.bytes = (const uint8_t *)stack,
				       .start = STACK,
				       .size = sizeof(stack),
				       .read = read_code};

	memset(code, 0xcc, sizeof(code));
	memcpy(code, bytes, size);
	registers = (struct cfi_registers){
		.pc = CODE, .sp = STACK, .fp = 77, .has_fp = true, .is_return = true};
	return epilogue_step(CFI_X86_64, &memory, find_code, NULL, &registers, &cfa);
}

#define STEP(bytes) step((bytes), sizeof(bytes) - 1)

int main(void)
{
	stack[1] = CALLER;
	is_int(STEP("\x48\x83\xc4\x08\xc3"), 0, "add $8, %%rsp; ret");
	ok(registers.pc == CALLER && registers.sp == STACK + 16 && cfa == STACK + 16 &&
		   registers.fp == 77 && registers.has_fp && registers.is_return,
	   "the caller, with the same frame pointer");
	stack[0] = 0x7038;
	is_int(STEP("\x5d\xc3"), 0, "pop %%rbp; ret");
	ok(registers.pc == CALLER && registers.sp == STACK + 16 && registers.fp == 0x7038,
	   "the caller, with the frame pointer that was saved");
	stack[2] = 0x7040;
	stack[3] = CALLER;
	is_int(STEP("\x48\x81\xc4\x10\x00\x00\x00\x5d\xc3"), 0, "add $16, %%rsp; pop; ret");
	ok(registers.sp == STACK + 32 && registers.fp == 0x7040, "both");
	stack[0] = CALLER;
	is_int(STEP("\xc3"), 0, "ret alone");
	ok(registers.sp == STACK + 8, "frees its return address");
	is_int(STEP("\x48\x89\xc7\xe8"), -ENXIO, "other code says nothing");
	is_int(STEP("\x48\x83\xc4\xf8\xc3"), -ENXIO, "a frame that grows does not return");
	is_int(STEP("\x48\x83\xc4\x70\xc3"), -EFAULT, "a return address that was not copied");
	is_int(cfa, STACK + 0x78, "but its place is known");
	stack[1] = 0x1234;
	is_int(STEP("\x48\x83\xc4\x08\xc3"), -ENXIO, "one that leads to no code");
	registers.is_return = false;
	is_int(epilogue_step(CFI_X86_64, &(struct unwind_memory){0}, find_code, NULL, &registers,
			     &cfa),
	       -ENXIO, "what runs may be at any place of its function");
	return tap_done();
}
