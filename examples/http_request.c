/* SPDX-License-Identifier: MIT */
#include "examples/http_request.h"

#include <ctype.h>
#include <string.h>

#include "examples/http_text.h"

/* What counts only when all fields are known. */
typedef struct fields {
    unsigned hosts;
    bool close, keep_alive;
} fields;

static int read_method(http_text method, http_request *out)
{
    static const char *const others[] = {
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"};
    out->is_head = http_text_is(method, "HEAD");
    if (out->is_head || http_text_is(method, "GET"))
        return 200;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (http_text_is(method, others[i]))
            return 405;
    }
    return http_text_is_token(method) ? 501 : 400;
}

/* "GET /path HTTP/1.1". Of 1.0 a connection does not stay by itself. */
static int read_request_line(http_text line, http_request *out)
{
    http_text method, target;
    if (!http_text_take(&line, ' ', &method) ||
        !http_text_take(&line, ' ', &target))
        return 400;
    if (line.size != 8 || memcmp(line.at, "HTTP/", 5) != 0 ||
        !isdigit((unsigned char)line.at[5]) || line.at[6] != '.' ||
        !isdigit((unsigned char)line.at[7]))
        return 400;
    if (line.at[5] != '1')
        return 505;
    out->keep_alive = line.at[7] != '0';
    int status = read_method(method, out);
    return status == 200 ? http_target_decode(target, out->path) : status;
}

/* "Name: value". A folded line begins with a blank, which no name does. Of
 * requests only those without a body are taken: 413, 501. */
static int read_field(http_text line, fields *seen)
{
    http_text name, option;
    if (!http_text_take(&line, ':', &name) || !http_text_is_token(name))
        return 400;
    line = http_text_trim(line);
    if (http_text_is_nocase(name, "content-length"))
        return !http_text_is_number(line) ? 400
               : http_text_is(line, "0")  ? 200
                                          : 413;
    if (http_text_is_nocase(name, "transfer-encoding"))
        return 501;
    if (http_text_is_nocase(name, "host"))
        seen->hosts++;
    while (http_text_is_nocase(name, "connection") && line.size > 0) {
        http_text_take(&line, ',', &option);
        option = http_text_trim(option);
        seen->close |= http_text_is_nocase(option, "close");
        seen->keep_alive |= http_text_is_nocase(option, "keep-alive");
    }
    return seen->hosts < 2 ? 200 : 400;
}

/* Checks a line that ended in LF, and cuts its CR off. */
static int end_line(http_text *line)
{
    if (line->size == 0 || line->at[line->size - 1] != '\r')
        return 400;
    line->size--;
    for (size_t i = 0; i < line->size; i++) {
        unsigned char c = (unsigned char)line->at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return 400;
    }
    return 200;
}

/* What needs all fields. HTTP/1.1, which keeps alive so far, wants a Host. */
static http_verdict finish(const fields *seen, http_request *out)
{
    out->status = out->keep_alive && seen->hosts == 0 ? 400 : 200;
    out->keep_alive = (out->keep_alive || seen->keep_alive) && !seen->close;
    return out->status == 200 ? HTTP_PARSED : HTTP_BAD;
}

http_verdict http_request_parse(const char *buf, size_t len, http_request *out)
{
    http_text line, rest = {buf, len < HTTP_HEAD_MAX ? len : HTTP_HEAD_MAX};
    fields seen = {0, false, false};
    bool in_fields = false;
    while (http_text_take(&rest, '\n', &line)) {
        out->status = end_line(&line);
        if (out->status == 200 && line.size > 0)
            out->status = in_fields ? read_field(line, &seen)
                                    : read_request_line(line, out);
        if (out->status != 200)
            return HTTP_BAD;
        /* An empty line ends the fields, and means nothing before a request
         * line (RFC 9112, section 2.2). */
        if (line.size > 0) {
            in_fields = true;
        } else if (in_fields) {
            out->size = (size_t)(rest.at - buf);
            return finish(&seen, out);
        }
    }
    out->status = in_fields ? 431 : 414;
    return len < HTTP_HEAD_MAX ? HTTP_NEED_MORE : HTTP_BAD;
}
