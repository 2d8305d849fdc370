#include "load/course.h"

#include <math.h>
#include <stdlib.h>

#include "util/alloc.h"
#include "util/clock.h"

static double seconds_of(uint64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

void course_init_constant(struct course *course, double value)
{
	course_init(course, value, NULL, 0);
}

void course_init(struct course *course, double begin, const struct load_stage *stages,
		 uint32_t count)
{
	struct course_piece piece = {.value = begin};

	*course = (struct course){.pieces = alloc_array(count + 1, sizeof(course->pieces[0]))};
	for (uint32_t i = 0; i < count; i++) {
		const struct load_stage *stage = &stages[i];
		double seconds = seconds_of(stage->duration_ns);

		if (stage->duration_ns > 0) {
			piece.slope = (stage->target - piece.value) / seconds;
			course->pieces[course->count++] = piece;
			piece.integral += (piece.value + stage->target) / 2 * seconds;
			piece.begin_ns += stage->duration_ns;
		}
		piece.value = stage->target;
		piece.slope = 0;
	}
	course->pieces[course->count++] = piece;
}

void course_release(struct course *course)
{
	free(course->pieces);
	*course = (struct course){0};
}

static const struct course_piece *find_piece(const struct course *course, uint64_t offset_ns)
{
	uint32_t i = course->count - 1;

	while (i > 0 && course->pieces[i].begin_ns > offset_ns)
		i--;
	return &course->pieces[i];
}

double course_get_value(const struct course *course, uint64_t offset_ns)
{
	const struct course_piece *piece = find_piece(course, offset_ns);

	return piece->value + piece->slope * seconds_of(offset_ns - piece->begin_ns);
}

double course_get_integral(const struct course *course, uint64_t offset_ns)
{
	const struct course_piece *piece = find_piece(course, offset_ns);
	double seconds = seconds_of(offset_ns - piece->begin_ns);

	return piece->integral + (piece->value + piece->slope * seconds / 2) * seconds;
}

/*
 * ns into the piece at which v t + s t^2 / 2 reaches `area`: written so that it neither divides by
 * a slope near 0 nor subtracts numbers of the same size, and at a constant value rounds once.
 */
static double solve(const struct course_piece *piece, double area)
{
	double root;

	if (area <= 0)
		return 0;
	if (piece->slope == 0)
		return piece->value > 0 ? area * (double)NS_PER_S / piece->value : (double)INFINITY;
	root = piece->value * piece->value + 2 * piece->slope * area;
	return root < 0 ? (double)INFINITY
			: 2 * area * (double)NS_PER_S / (piece->value + sqrt(root));
}

uint64_t course_find_integral(const struct course *course, double wanted, uint32_t *hint)
{
	const struct course_piece *piece;
	double ns;

	while (*hint + 1 < course->count &&
	       (course->pieces[*hint + 1].integral < wanted ||
		/* at the begin of a course that begins with nothing */
		(course->pieces[*hint + 1].integral <= wanted && course->pieces[*hint].value <= 0 &&
		 course->pieces[*hint].slope <= 0)))
		++*hint;
	piece = &course->pieces[*hint];
	ns = solve(piece, wanted - piece->integral);
	return ns < 9e18 ? piece->begin_ns + (uint64_t)ns : COURSE_NEVER;
}
