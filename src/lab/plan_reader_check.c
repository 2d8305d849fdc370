#include <errno.h>
#include <string.h>

#include "lab/plan_reader.h"
#include "wire/url.h"

enum { NAME_BYTES = 63 };

int plan_reader_check_list(const struct plan_reader *reader, const struct plan_node *node,
			   const char *key, uint32_t max)
{
	if (node->kind != PLAN_NODE_LIST)
		return plan_reader_refuse(reader, node, key, "a list");
	if (node->count > max)
		return plan_reader_fail(reader, node, "'%s' has %u entries; the most is %u", key,
					node->count, max);
	return 0;
}

int plan_reader_check_name(const struct plan_reader *reader, const struct plan_node *node,
			   const char *what, const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	if (name[0] != '\0' && strlen(name) <= NAME_BYTES && name[strspn(name, allowed)] == '\0')
		return 0;
	return plan_reader_fail(reader, node,
				"the name of %s has up to %d letters, digits, '_', '.' and '-'; %s "
				"is not such a name",
				what, NAME_BYTES, plan_reader_quote(reader, name));
}

int plan_reader_check_url(const struct plan_reader *reader, const struct plan_node *node,
			  const char *key, bool may_have_path)
{
	struct url url;
	struct err why = {0};

	if (url_parse(&url, node->text, &why) < 0)
		return plan_reader_fail(reader, node,
					"'%s' must be a URL like http://127.0.0.1:8080: %s", key,
					err_text(&why));
	if (!may_have_path && strcmp(url.path, "/") != 0)
		return plan_reader_fail(reader, node,
					"'%s' is the server alone; %s belongs into 'requests'", key,
					plan_reader_quote(reader, url.path));
	return 0;
}

int plan_reader_check_address(const struct plan_reader *reader, const struct plan_node *node,
			      const char *key)
{
	struct url_address address;

	if (url_parse_address(&address, node->text, NULL) == 0 &&
	    (address.port != 0 || address.socket_path[0] != '\0'))
		return 0;
	return plan_reader_refuse(reader, node, key,
				  "an address like 127.0.0.1:5432, :5432 or unix:/run/x.sock");
}
