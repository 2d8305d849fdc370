/*
 * Events by the fields of a device: "cpu/event=0xc0,umask=0x1/". What the fields are is told by the
 * kernel (Documentation/ABI/testing/sysfs-bus-event_source-devices-format): a file a field, with
 * the bits that it fills ("config:0-7,32-35"); and events by name are such terms themselves.
 */
#ifndef CAPTURE_EVENT_DEVICE_H
#define CAPTURE_EVENT_DEVICE_H

#include "capture/event_name.h"

/* `text` is DEVICE/TERMS/. Fills in type, config…, period, name. Errors: event_name_parse()'s. */
int event_device_parse(struct event_name *name, const char *text, const struct procfs *fs,
		       struct err *err);

/*
 * Puts `value` into the bits that `format` ("config1:0-7,32-35") names, the lowest first. -EBADMSG
 * for a format of another form, -ERANGE when the value has more bits than the field. Pure.
 */
int event_device_set_field(struct event_name *name, const char *format, uint64_t value);

#endif
