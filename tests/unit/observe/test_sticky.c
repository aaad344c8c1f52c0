/* Sticky versions: kept while the session lives, and no longer.
 * SPDX-License-Identifier: MIT
 */
#include "observe/sticky.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

#define HOUR_MS UINT64_C(3600000)
#define HOUR_US (INT64_C(3600) * 1000000)
#define NOW (INT64_C(1790000000) * 1000000)

static struct sticky *
make(uint32_t sessions)
{
	struct sticky *s = sticky_new();

	sticky_make_room(s, sessions, 7);
	return s;
}

static void
keep(struct sticky *s, const char *session, enum version v, int64_t now_us)
{
	sticky_keep(s, session, strlen(session), 24 * HOUR_MS, now_us, v);
}

/* 'l', 'e', or '-' for none. */
static char
found(const struct sticky *s, const char *session, int64_t now_us)
{
	enum version v;

	if (!sticky_find(s, session, strlen(session), 24 * HOUR_MS, now_us, &v))
		return '-';
	return v == VERSION_ENHANCED ? 'e' : 'l';
}

static const struct {
	const char *why;
	char act;           /* keep as 'l' or 'e'; look ' ' */
	const char *session;
	int64_t hours;
	char want;          /* afterwards */
} steps[] = {
	{ "nobody is known", ' ', "a", 0, '-' },
	{ "it begins", 'e', "a", 0, 'e' },
	{ "another one", 'l', "b", 0, 'l' },
	{ "the first version counts", 'l', "a", 1, 'e' },
	{ "of each", 'e', "b", 1, 'l' },
	{ "a day after it was seen", ' ', "a", 25, 'e' },
	{ "seen again", 'e', "a", 25, 'e' },
	{ "so it lives on", ' ', "a", 48, 'e' },
	{ "unlike the other", ' ', "b", 29, '-' },
	{ "which begins anew", 'e', "b", 29, 'e' },
	{ "long after", ' ', "a", 60, '-' },
};

Test(sticky, keeps_what_a_session_began_with)
{
	struct sticky *s = make(1000);

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		int64_t now = NOW + steps[i].hours * HOUR_US;

		if (steps[i].act != ' ')
			keep(s, steps[i].session, steps[i].act == 'e' ?
			    VERSION_ENHANCED : VERSION_LEGACY, now);
		cr_expect_eq(found(s, steps[i].session, now), steps[i].want,
		    "%s: %c", steps[i].why, found(s, steps[i].session, now));
	}
	sticky_free(&s);
	cr_expect_null(s);
}

/* However it comes and goes, it is never forgotten before its time. */
Test(sticky, lasts_its_whole_time_after_each_request)
{
	struct sticky *s = make(1000);

	keep(s, "a", VERSION_ENHANCED, NOW);
	for (int64_t at = NOW; at < NOW + 100 * HOUR_US; at += HOUR_US / 7) {
		keep(s, "a", VERSION_LEGACY, at);
		cr_assert_eq(found(s, "a", at + 24 * HOUR_US), 'e');
	}
	sticky_free(&s);
}

#define SESSIONS 20000

static void
keep_number(struct sticky *s, unsigned i, int64_t now_us)
{
	char session[16];

	snprintf(session, sizeof session, "s-%u", i);
	keep(s, session, i % 2 == 0 ? VERSION_ENHANCED : VERSION_LEGACY, now_us);
}

static unsigned
count_right(const struct sticky *s, unsigned from, unsigned to, int64_t now_us)
{
	unsigned right = 0;
	char session[16];

	for (unsigned i = from; i < to; i++) {
		snprintf(session, sizeof session, "s-%u", i);
		right += found(s, session, now_us) == (i % 2 == 0 ? 'e' : 'l');
	}
	return right;
}

Test(sticky, has_room_for_as_many_as_was_said)
{
	struct sticky *s = make(SESSIONS);

	for (unsigned i = 0; i < SESSIONS; i++)
		keep_number(s, i, NOW);
	cr_expect_eq(count_right(s, 0, SESSIONS, NOW), SESSIONS);
	cr_expect_eq(sticky_count(s, 24 * HOUR_MS, NOW), SESSIONS);
	sticky_free(&s);
}

/* Ten times as many: memory stays, and the newest are known. */
Test(sticky, forgets_who_was_quiet_the_longest)
{
	struct sticky *s = make(SESSIONS);
	size_t pages = sticky_pages(s);

	for (unsigned i = 0; i < 10 * SESSIONS; i++)
		keep_number(s, i, NOW + (int64_t)i * 1000000);
	cr_expect_eq(sticky_pages(s), pages);
	cr_expect_leq(sticky_count(s, 24 * HOUR_MS * 30, NOW),
	    pages * STICKY_PAGE);
	cr_expect_geq(count_right(s, 9 * SESSIONS, 10 * SESSIONS,
	    NOW + 10 * SESSIONS * INT64_C(1000000)), SESSIONS * 99 / 100);
	sticky_free(&s);
}

Test(sticky, forgets_all_when_told)
{
	struct sticky *s = make(SESSIONS);

	for (unsigned i = 0; i < SESSIONS; i++)
		keep_number(s, i, NOW);
	cr_expect_eq(sticky_forgotten(s), 0);
	sticky_forget(s);
	cr_expect_eq(sticky_forgotten(s), 1);
	cr_expect_eq(sticky_count(s, 24 * HOUR_MS, NOW), 0);
	sticky_free(&s);
}

Test(sticky, goes_by_pages)
{
	struct sticky *one = make(SESSIONS), *two = make(SESSIONS);
	uint64_t words[STICKY_PAGE];

	for (unsigned i = 0; i < SESSIONS; i++)
		keep_number(one, i, NOW);
	for (size_t i = 0; i < sticky_pages(one); i++) {
		sticky_read_page(one, i, words);
		sticky_write_page(two, i, words);
	}
	cr_expect_eq(count_right(two, 0, SESSIONS, NOW), SESSIONS);
	sticky_free(&one);
	sticky_free(&two);
}

Test(sticky, is_nothing_without_room)
{
	struct sticky *s = sticky_new();

	cr_expect_eq(sticky_pages(s), 0);
	cr_expect_eq(sticky_count(s, HOUR_MS, NOW), 0);
	sticky_forget(s);
	sticky_free(&s);
}

/* --- several at once ------------------------------------------------------- */

#define THREADS 4

static struct sticky *shared;

static void *
work(void *arg UNUSED)
{
	for (unsigned round = 0; round < 5; round++)
		for (unsigned i = 0; i < SESSIONS; i++)
			keep_number(shared, i, NOW + (int64_t)round * HOUR_US * 4);
	return NULL;
}

Test(sticky, many_may_keep_at_once)
{
	pthread_t threads[THREADS];

	shared = make(SESSIONS);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(count_right(shared, 0, SESSIONS, NOW + 16 * HOUR_US),
	    SESSIONS);
	sticky_free(&shared);
}
