/* test_snapshot -- counts of references, and overrides set at run time.
 * SPDX-License-Identifier: MIT
 *
 * That everything is freed is seen by the sanitizer's build.
 */
#include <criterion/criterion.h>

#include "config/snapshot.h"
#include "files.h"

Test(config_snapshot, holds_config_and_users)
{
	struct buf faults = { 0 };
	struct config *c = files_load("{" NEEDED_KEYS "}", NULL, &faults);
	struct user_overrides *users = user_overrides_new();
	struct rollout_state state = { .epoch = 7, .stage = "half" };
	struct snapshot *s, *again;

	s = snapshot_new(c, users, NULL, &state);
	config_unref(&c);
	user_overrides_unref(&users);
	cr_expect_null(c);
	cr_expect_null(users);
	again = snapshot_ref(s);
	snapshot_unref(&s);
	cr_expect_eq(again->state.epoch, 7);
	cr_expect_str_eq(again->state.stage, "half");
	cr_expect_eq(again->config->settings.workers, 3);
	snapshot_unref(&again);
	cr_expect_null(again);
	snapshot_unref(&again);
	config_unref(&c);
	user_overrides_unref(&users);
}

Test(config_snapshot, overrides_are_copied_before_a_change)
{
	struct user_overrides *a = user_overrides_new(), *b;
	enum version v;

	user_overrides_set(a, "u1", VERSION_ENHANCED, 0);
	user_overrides_set(a, "u2", VERSION_LEGACY, 0);
	b = user_overrides_copy(a);
	cr_expect(user_overrides_is_same(a, b));
	user_overrides_set(b, "u1", VERSION_LEGACY, 0);
	cr_expect_not(user_overrides_is_same(a, b), "another version");
	cr_expect(user_overrides_remove(b, "u2"));
	cr_expect_not(user_overrides_remove(b, "u2"));
	cr_expect_not(user_overrides_is_same(a, b), "fewer users");
	cr_expect_not(user_overrides_is_same(b, a), "more users");
	cr_expect(user_overrides_get(a, "u1", 2, &v, NULL) && v == VERSION_ENHANCED);
	cr_expect(user_overrides_get(a, "u2", 2, &v, NULL) && v == VERSION_LEGACY);
	cr_expect(user_overrides_get(b, "u1", 2, &v, NULL) && v == VERSION_LEGACY);
	cr_expect_not(user_overrides_get(b, "u2", 2, &v, NULL));
	cr_expect_not(user_overrides_get(NULL, "u1", 2, &v, NULL));
	user_overrides_unref(&a);
	a = user_overrides_ref(b);
	user_overrides_unref(&b);
	cr_expect(user_overrides_get(a, "u1", 2, &v, NULL) && v == VERSION_LEGACY);
	user_overrides_unref(&a);
	cr_expect_null(user_overrides_ref(NULL));
	b = user_overrides_copy(NULL);
	cr_expect_not(user_overrides_get(b, "u1", 2, &v, NULL));
	user_overrides_unref(&b);
}
