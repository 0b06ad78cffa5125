/* SPDX-License-Identifier: MIT */
#include "examples/http_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int status;
    const char *text;
} reasons[] = {
    {200, "200 OK"},
    {400, "400 Bad Request"},
    {404, "404 Not Found"},
    {405, "405 Method Not Allowed"},
    {408, "408 Request Timeout"},
    {413, "413 Content Too Large"},
    {414, "414 URI Too Long"},
    {431, "431 Request Header Fields Too Large"},
    {501, "501 Not Implemented"},
    {503, "503 Service Unavailable"},
    {505, "505 HTTP Version Not Supported"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return "500 Internal Server Error";
}

static http_reply reply_text(int status, const char *text)
{
    return (http_reply){.status = status, .left = strlen(text), .text = text};
}

http_reply http_reply_error(int status)
{
    return reply_text(status, reason_of(status));
}

http_reply http_reply_find(const char *root, const http_request *request)
{
    http_file file;
    http_reply reply;
    int status = root ? http_file_open(root, request->path, &file) : 404;
    if (status == 200)
        reply = (http_reply){.status = 200, .left = file.size, .file = file};
    else if (status == 404 && strcmp(request->path, "/") == 0)
        reply = reply_text(200, "Hello from nanorun.\n");
    else
        reply = http_reply_error(status);
    reply.keep_alive = request->keep_alive;
    return reply;
}

size_t http_reply_head(const http_reply *reply, char *buf, size_t buf_size)
{
    return (size_t)snprintf(
        buf, buf_size,
        "HTTP/1.1 %s\r\n"
        "Content-Type: %s\r\n"
        "Content-Length: %" PRIu64 "\r\n"
        "Connection: %s\r\n"
        "%s\r\n",
        reason_of(reply->status), reply->text ? "text/plain" : reply->file.type,
        reply->left, reply->keep_alive ? "keep-alive" : "close",
        reply->status == 405 ? "Allow: GET, HEAD\r\n" : "");
}

size_t http_reply_read(http_reply *reply, char *buf, size_t buf_size)
{
    size_t size = reply->left < buf_size ? (size_t)reply->left : buf_size;
    if (reply->text) {
        memcpy(buf, reply->text, size);
        reply->text += size;
    } else if (size > 0) {
        size = fread(buf, 1, size, reply->file.stream);
    }
    reply->left -= size;
    return size;
}

void http_reply_close(http_reply *reply)
{
    if (reply->file.stream)
        fclose(reply->file.stream);
    reply->file.stream = NULL;
}
