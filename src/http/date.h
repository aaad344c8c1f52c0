/* date -- the moment a message came, as HTTP writes it.
 * SPDX-License-Identifier: MIT
 *
 * RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".  Not strftime():
 * that one follows the locale.  Pure.
 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <stdint.h>

#define DATE_TEXT_LEN 29

/* Seconds since 1970, up to the year 9999. */
void date_format(int64_t seconds, char out[DATE_TEXT_LEN + 1]);

#endif
