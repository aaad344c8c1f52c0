/* status -- what the registered statuses are called.
 * SPDX-License-Identifier: MIT
 *
 * IANA's registry of HTTP status codes.
 */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

/* "Bad Request"; "" if the status is not a registered one. */
const char *status_reason(unsigned status);

#endif
