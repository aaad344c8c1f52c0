/* test_load_rules -- rule files by themselves, for who only judges.
 * SPDX-License-Identifier: MIT
 */
#include <criterion/criterion.h>

#include "files.h"

static struct config *
load(struct memory_files *files, size_t count, struct buf *faults)
{
	struct config_ports ports = files_ports(files);

	return config_load_rules(&ports, files->paths, count,
	    RULES_FOR_JUDGING, faults);
}

Test(load_rules, takes_what_judging_needs)
{
	struct memory_files files = { { "a.json", "b.json", NULL }, {
	    "{'compare':{'ignore':['/id']},'redact':{'headers':['x-a']}}",
	    "{'noise':{'pins':[{'path':'/a','as':'noise'}]},'inspect':false}" } };
	struct buf faults = { 0 };
	struct config *c = load(&files, 2, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(c->rules.compare.ignore_count, 1);
	cr_expect_eq(c->rules.redact.header_count, 1);
	cr_expect_eq(c->rules.noise.pin_count, 1);
	cr_expect_not(c->rules.inspect);
	cr_expect(c->rules.given);
	cr_expect_not_null(c->rules.reads);
	config_unref(&c);
}

Test(load_rules, leaves_the_rest_alone)
{
	struct memory_files files = { { "a.json", NULL }, {
	    "{'rewrite':{'enhanced':{'headers':[{'name':'x-a','value_file':"
	    "'/none'}]}},'guard':[{}],'identity':[{'header':'x'}]}" } };
	struct buf faults = { 0 };
	struct config *c = load(&files, 1, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(c->rules.identity.count, 0);
	cr_expect_eq(c->rules.guard_count, 0);
	config_unref(&c);
}

Test(load_rules, without_files_there_are_defaults)
{
	struct memory_files files = { { NULL }, { NULL } };
	struct buf faults = { 0 };
	struct config *c = load(&files, 0, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_not(c->rules.given);
	cr_expect_eq(c->rules.compare.text_similarity, 1);
	config_unref(&c);
}

/* With the settings left at zero. */
Test(load_rules, takes_all_of_them_for_anything)
{
	static const char *const path = "a.json";
	struct memory_files files = { { "a.json", NULL }, {
	    "{'rollout':{'stages':[{'name':'a'},{'name':'b','percent':5}]},"
	    "'guard':[{'name':'g','metric':'error_rate','above':'1%',"
	    "'action':'alert'}]}" } };
	struct config_ports ports = files_ports(&files);
	struct buf faults = { 0 };
	struct config *c = config_load_rules(&ports, &path, 1,
	    RULES_FOR_ANYTHING, &faults);

	cr_assert_not_null(c, "%s", faults.bytes);
	cr_expect_eq(c->rules.stage_count, 2);
	cr_expect_eq(c->rules.guard_count, 1);
	cr_expect_null(c->settings.store);
	config_unref(&c);
}

Test(load_rules, names_every_fault)
{
	static const char *const wants[] = {
		"a.json:1:2: /compera: ", "a.json:1:39: /redact: must be an object",
		"b.json:1:2: /redact: is already given in a.json",
		"c.json:1:1: /: cannot be read (No such file or directory)",
	};
	static const char *const asked[] = { "a.json", "b.json", "c.json" };
	struct memory_files files = { { "a.json", "b.json", NULL }, {
	    "{'compera':{},'inspect':true,'redact':[]}", "{'redact':{}}" } };
	struct config_ports ports = files_ports(&files);
	struct buf faults = { 0 };

	cr_assert_null(config_load_rules(&ports, asked, 3,
	    RULES_FOR_JUDGING, &faults));
	for (size_t i = 0; i < COUNT_OF(wants); i++)
		cr_expect_not_null(strstr(faults.bytes, wants[i]),
		    "no \"%s\" in\n%s", wants[i], faults.bytes);
	buf_fini(&faults);
}
