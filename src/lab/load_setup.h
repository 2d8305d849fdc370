/*
 * From the plan's load section to the load generator's configuration: reads the data files, bodies,
 * target and timing files and certificates, chooses threads and CPUs. Owns what load_config points
 * to.
 */
#ifndef LAB_LOAD_SETUP_H
#define LAB_LOAD_SETUP_H

#include "lab/load_files.h"
#include "lab/plan.h"
#include "load/load.h"
#include "load/script.h"
#include "load/tls.h"
#include "util/arena.h"
#include "util/err.h"

struct load_setup {
	struct arena arena;
	/* points into the arena, the plan and what follows */
	struct load_config config;
	struct load_files files;
	struct tls_context *tls;
	struct script_program *script;
};

/*
 * `plan` is expanded and outlives the setup. With services pinned to some CPUs, the generator takes
 * the others. Release also after an error. Sentences name file and line.
 */
int load_setup_make(struct load_setup *setup, const struct plan *plan, uint64_t seed,
		    struct err *err);

/*
 * Runs the plan's script up to and with its init(), if it has one, into config.script and
 * config.depth: apart from load_setup_make(), since it may print, and so is for the real run and
 * not for a check. Before load_new().
 */
int load_setup_start_script(struct load_setup *setup, const struct plan *plan, struct err *err);

void load_setup_release(struct load_setup *setup);

#endif
