/* The commands that exist, for cmd.c's list: each is defined at the end of its own file. */
#ifndef CMD_CMD_LIST_H
#define CMD_CMD_LIST_H

#include "cmd/cmd.h"

extern const struct cmd cmd_run, cmd_load, cmd_record, cmd_stat;
extern const struct cmd cmd_show, cmd_report, cmd_annotate, cmd_top, cmd_script, cmd_flame;
extern const struct cmd cmd_prove, cmd_gate;
extern const struct cmd cmd_track, cmd_accept;
extern const struct cmd cmd_compare;
extern const struct cmd cmd_list, cmd_tag, cmd_note, cmd_rm, cmd_export, cmd_import;
extern const struct cmd cmd_doctor, cmd_tune, cmd_selftest, cmd_help;

#endif
