/*
 * What a run ran on: the facts that make two results comparable or not, as one JSON object
 * (docs/formats/store.md lists the keys). What cannot be read is left out, never guessed. Of a
 * dirty git tree the diff is kept, up to 256 KB of it.
 */
#ifndef LAB_ENVIRONMENT_H
#define LAB_ENVIRONMENT_H

/* `directory` is where git is asked (the plan's folder). Caller frees. Takes some milliseconds. */
char *environment_read(const char *directory, const char *version);

#endif
