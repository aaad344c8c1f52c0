/* hopper -- see hopper.h.
 * SPDX-License-Identifier: MIT
 */
#include "store/hopper.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/ring.h"
#include "config/config_box.h"
#include "observe/redact.h"
#include "store/crypt.h"
#include "store/packed.h"

/* At 20,000 legs a second the rings bridge 0.8 s of a slow disk. */
#define RING_LEGS 16384
#define RING_COMPARISONS 2048
#define RING_KEPT 128
#define RING_MINUTES 1024 /* several minutes of all routes and versions */
/* Of kept samples in the ring, so that large ones do not fill the memory. */
#define KEPT_WAITING_BYTES ((size_t)32 << 20)

struct hopper {
	struct ring *legs;         /* owns; of struct packed, like the next */
	struct ring *comparisons;  /* owns */
	struct ring *kept;         /* owns; of struct kept_sample *, owned */
	_Atomic size_t kept_bytes; /* of those */
	struct ring *minutes;      /* owns; of struct minute_record *, owned */
	struct hash_box keys;      /* from the carrier */
	struct config_box configs; /* from the control thread */

	/* the recorder's own */
	struct hasher *hasher;     /* owns; NULL until there is a key */
	struct config *config;     /* owns a reference; NULL at first */
	struct redactor redactor;  /* owns; by the rules of the leg at hand */
};

struct hopper *
hopper_new(void)
{
	struct hopper *h = mem_zalloc(sizeof *h);

	h->legs = ring_new(RING_LEGS, sizeof(struct packed));
	h->comparisons = ring_new(RING_COMPARISONS, sizeof(struct packed));
	h->kept = ring_new(RING_KEPT, sizeof(struct kept_sample *));
	h->minutes = ring_new(RING_MINUTES, sizeof(struct minute_record *));
	hash_box_init(&h->keys);
	config_box_init(&h->configs);
	return h;
}

void
hopper_free(struct hopper **slot)
{
	struct hopper *h = *slot;
	struct minute_record *m;
	struct kept_sample *k;

	if (h == NULL)
		return;
	while (ring_take(h->minutes, &m))
		minute_record_free(&m);
	ring_free(&h->minutes);
	while (ring_take(h->kept, &k))
		kept_sample_free(&k);
	ring_free(&h->kept);
	ring_free(&h->legs);
	ring_free(&h->comparisons);
	hash_box_fini(&h->keys);
	config_box_fini(&h->configs);
	hasher_free(&h->hasher);
	redactor_fini(&h->redactor);
	config_unref(&h->config);
	free(h);
	*slot = NULL;
}

/* --- putting --------------------------------------------------------------- */

static bool
put(struct ring *to, struct packed *p)
{
	if (ring_put(to, p))
		return true;
	packed_drop(p);
	return false;
}

bool
hopper_put_leg(struct hopper *h, const struct leg_record *leg)
{
	struct packed p;

	pack_leg(leg, &p);
	return put(h->legs, &p);
}

bool
hopper_put_comparison(struct hopper *h, const struct comparison_record *c)
{
	struct packed p;

	pack_comparison(c, &p);
	return put(h->comparisons, &p);
}

bool
hopper_put_kept(struct hopper *h, struct kept_sample *k)
{
	size_t bytes = kept_sample_bytes(k);

	if (atomic_fetch_add(&h->kept_bytes, bytes) <= KEPT_WAITING_BYTES &&
	    ring_put(h->kept, &k))
		return true;
	atomic_fetch_sub(&h->kept_bytes, bytes);
	return false;
}

bool
hopper_put_minute(struct hopper *h, struct minute_record *m)
{
	return ring_put(h->minutes, &m);
}

void
hopper_apply(struct hopper *h, struct config *config)
{
	config_box_put(&h->configs, config);
}

struct hash_box *
hopper_keys(struct hopper *h)
{
	return &h->keys;
}

size_t
hopper_count(struct hopper *h)
{
	return ring_count(h->legs) + ring_count(h->comparisons) +
	    ring_count(h->kept) + ring_count(h->minutes);
}

bool
hopper_is_pressed(struct hopper *h)
{
	return ring_count(h->legs) > RING_LEGS / 2 ||
	    ring_count(h->comparisons) > RING_COMPARISONS / 2 ||
	    ring_count(h->kept) > RING_KEPT / 2;
}

bool
hopper_fills_batch(struct hopper *h)
{
	return ring_count(h->legs) >= BATCH_LEGS_MAX ||
	    ring_count(h->comparisons) >= BATCH_COMPARISONS_MAX ||
	    ring_count(h->kept) >= BATCH_KEPT_MAX;
}

void
hopper_wake(struct hopper *h)
{
	ring_wake(h->legs);
}

/* --- taking ---------------------------------------------------------------- */

void
hopper_wait(struct hopper *h, unsigned timeout_ms)
{
	if (hopper_count(h) == 0)
		ring_wait(h->legs, timeout_ms);
}

void
hopper_set_key(struct hopper *h, const unsigned char key[HASH_KEY_BYTES])
{
	hasher_free(&h->hasher);
	h->hasher = hasher_new(key);
}

static void
take_orders(struct hopper *h)
{
	unsigned char key[HASH_KEY_BYTES];

	if (hash_box_take(&h->keys, key))
		hopper_set_key(h, key);
	(void)config_box_take(&h->configs, &h->config);
}

const struct keep_settings *
hopper_keep(struct hopper *h)
{
	take_orders(h);
	return h->config != NULL ? &h->config->settings.keep : NULL;
}

static void
hide_id(struct hopper *h, enum hash_domain domain,
    char id[RECORD_ID_MAX + 1])
{
	char hash[HASH_TEXT_LEN + 1];

	if (h->config != NULL &&
	    h->config->settings.keep.users == KEEP_PLAIN) {
		redact_field(&h->redactor, id, RECORD_ID_MAX + 1);
		return;
	}
	hasher_text(h->hasher, domain, id, hash);
	memcpy(id, hash, sizeof hash);
}

static void
take_leg(struct hopper *h, struct packed *packed, struct leg_record *leg)
{
	unpack_leg(packed, leg);
	if (h->config != NULL)
		h->redactor.rules = &config_rules(h->config,
		    leg->rollout)->redact;
	hide_id(h, HASH_USER, leg->user);
	hide_id(h, HASH_SESSION, leg->session);
	redact_leg(&h->redactor, leg);
}

/* By the newest key of the rules that it was kept under. */
static void
encrypt(struct kept_sample *k)
{
	static struct log_limit limit;
	const struct keep_settings *keep = &k->config->settings.keep;
	unsigned long held = 0;
	struct err err = { "" };

	if (keep->key_count > 0 &&
	    !crypt_seal_sample(&keep->keys[keep->key_count - 1], k, &err) &&
	    log_limit_pass(&limit, &held))
		log_event(LOG_ERROR, "store", "answers were not kept: %s (%lu "
		    "others lately)", err.text, held);
}

static void
take_kept(struct hopper *h, struct kept_sample *k, struct batch *b)
{
	atomic_fetch_sub(&h->kept_bytes, kept_sample_bytes(k));
	encrypt(k);
	b->kept[b->kept_count++] = k;
}

static bool
take(struct ring *from, const struct batch *b, _Atomic unsigned *pending,
    void *out)
{
	if (ring_count(from) == 0)
		return false;
	atomic_store(pending, batch_count(b) + 1);
	return ring_take(from, out);
}

void
hopper_take(struct hopper *h, struct batch *b, struct pace *pace,
    _Atomic unsigned *pending)
{
	struct packed packed;
	struct kept_sample *k;

	take_orders(h);
	pace_begin(pace);
	while (b->leg_count < BATCH_LEGS_MAX &&
	    take(h->legs, b, pending, &packed)) {
		take_leg(h, &packed, &b->legs[b->leg_count++]);
		if (b->leg_count % PACE_ROWS == 0)
			pace_keep(pace);
	}
	while (b->comparison_count < BATCH_COMPARISONS_MAX &&
	    take(h->comparisons, b, pending, &packed))
		unpack_comparison(&packed,
		    &b->comparisons[b->comparison_count++]);
	while (b->kept_count < BATCH_KEPT_MAX &&
	    take(h->kept, b, pending, &k)) {
		take_kept(h, k, b);
		pace_keep(pace);
	}
	while (b->minute_count < BATCH_MINUTES_MAX &&
	    ring_take(h->minutes, &b->minutes[b->minute_count]))
		b->minute_count++;
	atomic_store(pending, batch_count(b));
}
