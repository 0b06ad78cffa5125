#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# http_server with curl, nc and wrk as its clients.
source "$(dirname "$0")/servers.sh"
need curl nc timeout cmp
server=$1

site=$TEST_TMPDIR/site
mkdir -p "$site/sub" "$TEST_TMPDIR/site-beside"
echo secret >"$TEST_TMPDIR/secret.txt"
echo secret >"$TEST_TMPDIR/site-beside/secret.txt"
echo secret >"$site/.hidden"
echo one >"$site/one.txt"
echo sub >"$site/sub/index.html"
echo blank >"$site/a b.txt"
: >"$site/empty.css"
head -c 20000000 /dev/urandom >"$site/large.bin"
echo short >"$site/short~1.txt"
ln -s ../secret.txt "$site/leak.txt"
ln -s ../site-beside/secret.txt "$site/beside.txt"
ln -s .. "$site/up"
ln -s one.txt "$site/inside.txt"
mkfifo "$site/pipe"

start_server "$server" 127.0.0.1:0 "$site" 60000
site_port=$port
base=http://$address

ask() {
    timeout 60 curl -sS --noproxy '*' --path-as-is "$@"
}
status() {
    ask -o /dev/null -w '%{http_code}' "$@"
}
header() {
    local name=$1
    shift
    ask -o /dev/null -D - "$@" | tr -d '\r' | sed -n "s/^$name: //p"
}

# Pages and files.
expect hello "Hello from nanorun." ask "$base/"
expect file one ask "$base/one.txt"
expect index sub ask "$base/sub/"
expect blank blank ask "$base/a%20b.txt?query"
expect link one ask "$base/inside.txt"
expect empty 200 status "$base/empty.css"
expect type text/css header Content-Type "$base/empty.css"
for i in 1 2 3 4; do
    ask -o "$TEST_TMPDIR/large$i" "$base/large.bin" &
    pids[i]=$!
done
for i in 1 2 3 4; do
    wait "${pids[i]}" || fail "download $i"
    cmp "$site/large.bin" "$TEST_TMPDIR/large$i"
done
expect "size in HEAD" 20000000 \
    header Content-Length -I "$base/large.bin"

# Errors.
expect missing 404 status "$base/nothing"
expect directory 404 status "$base/sub"
expect pipe 404 status "$base/pipe"
expect post 405 status -d body "$base/"
expect allow "GET, HEAD" header Allow -X DELETE "$base/"
expect unknown 501 status -X FROB "$base/"
expect body 413 status -X GET -d body "$base/"
expect chunked 501 \
    status -X GET -H 'Transfer-Encoding: chunked' "$base/"
expect long 414 status "$base/$(printf %02000d 0)"
expect large 431 status -H "A: $(printf %09000d 0)" "$base/"

# Nothing outside the directory, nothing hidden in it. On Windows nobody looks
# where a link leads, and a short name may be that of a hidden file.
links=(up/secret.txt leak.txt beside.txt)
if [ "$run" ]; then
    echo "skipped: ${links[*]}"
    links=(short~1.txt)
else
    expect tilde short ask "$base/short~1.txt"
fi
for path in "${links[@]}" ../secret.txt sub/../../secret.txt ..%2fsecret.txt \
    %2e%2e/secret.txt %2e%2e%2fsecret.txt ..%5csecret.txt \
    ../site-beside/secret.txt .hidden %2ehidden \
    "/$TEST_TMPDIR/secret.txt" "$TEST_TMPDIR/secret.txt" one.txt/../one.txt; do
    expect "$path" 404 status "$base/$path"
done
expect zero 400 status "$base/one.txt%00"

# One connection for several requests, also after a 404 and a HEAD.
reused=$(ask -v "$base/" "$base/one.txt" "$base/no" "$base/sub/" 2>&1 |
    grep -c 'Re-using existing connection' || true)
equal reuse "$reused" 3
reused=$(ask -v -I "$base/" "$base/one.txt" 2>&1 |
    grep -c 'Re-using existing connection' || true)
equal "reuse after HEAD" "$reused" 1

# raw TEXT: the reply's bytes to this request, without carriage returns.
raw() {
    printf "$1" | exchange "$site_port" | tr -d '\r'
}
first_line() {
    raw "$1" | sed -n 1p
}
bad="HTTP/1.1 400 Bad Request"
expect garbage "$bad" first_line 'garbage\r\n'
expect "bare LF" "$bad" first_line 'GET / HTTP/1.1\nHost: a\n\n'
expect "no host" "$bad" first_line 'GET / HTTP/1.1\r\n\r\n'
expect version "HTTP/1.1 505 HTTP Version Not Supported" \
    first_line 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'
expect "absolute target" "HTTP/1.1 200 OK" \
    first_line 'GET http://a/one.txt HTTP/1.1\r\nHost: a\r\n\r\n'
expect "not even a line" "" raw 'GET / HT'

# Who is refused while still sending gets the reply, not a reset.
flood() {
    {
        printf 'GET / HTTP/1.1\r\nA: '
        head -c 4000000 /dev/zero | tr '\0' a
    } | exchange "$site_port" | sed -n 1p
}
expect flood $'HTTP/1.1 431 Request Header Fields Too Large\r' flood

# Pipelined requests are answered in order, and none after an error.
reply() {
    printf 'HTTP/1.1 %s\nContent-Type: text/plain\nContent-Length: %d\n' \
        "$1" "$2"
    printf 'Connection: %s\n\n%s' "$3" "$4"
}
host='HTTP/1.1\r\nHost: a\r\n'
raw "GET /one.txt $host\r\nHEAD /one.txt $host\r\nGET /no $host\r\nGET / \
$host\r\nBAD\r\nGET / $host\r\n" >"$TEST_TMPDIR/pipelined"
{
    reply "200 OK" 4 keep-alive $'one\n'
    reply "200 OK" 4 keep-alive ""
    reply "404 Not Found" 13 keep-alive "404 Not Found"
    reply "200 OK" 20 keep-alive $'Hello from nanorun.\n'
    reply "400 Bad Request" 15 close "400 Bad Request"
} >"$TEST_TMPDIR/expected"
cmp "$TEST_TMPDIR/pipelined" "$TEST_TMPDIR/expected"

# A request in pieces; others are served in between.
exec {slow}<>"/dev/tcp/127.0.0.1/$site_port"
for piece in G 'ET /one' '.txt HTTP/1.1\r' '\nHost: a\r\nConnection: cl' \
    'ose\r\n\r'; do
    printf "$piece" >&"$slow"
    expect "in between" one ask "$base/one.txt"
done
printf '\n' >&"$slow"
expect pieces one timeout 60 tail -n 1 <&"$slow"
exec {slow}>&-

# HTTP/1.0 closes after the reply unless it is asked not to.
exec {old}<>"/dev/tcp/127.0.0.1/$site_port"
printf 'GET /one.txt HTTP/1.0\r\n\r\n' >&"$old"
expect "HTTP/1.0" one timeout 60 tail -n 1 <&"$old"
exec {old}>&-

if command -v wrk >/dev/null; then
    load=$(timeout 60 wrk -t1 -c32 -d2s --timeout 60s "$base/one.txt")
    echo "$load"
    [[ $load =~ ([0-9]+)\ requests\ in && ${BASH_REMATCH[1]} -gt 0 ]] ||
        fail "wrk: no request was answered"
    [[ $load != *"Socket errors"* && $load != *"Non-2xx"* ]] ||
        fail "wrk: errors"
else
    echo "skipped: wrk is not installed"
fi

# Who is idle is closed; who has begun a request is told so first.
start_server "$server" 127.0.0.1:0 "$site" 200
exec {idle}<>"/dev/tcp/127.0.0.1/$port"
expect idle "" timeout 60 cat <&"$idle"
exec {late}<>"/dev/tcp/127.0.0.1/$port"
printf 'GET / HT' >&"$late"
expect late $'HTTP/1.1 408 Request Timeout\r' \
    timeout 60 sed -n 1p <&"$late"

# Without a directory there is the one page.
start_server "$server" 127.0.0.1:0
expect "no directory" "Hello from nanorun." ask "http://$address/"
expect "no file" 404 status "http://$address/one.txt"
status=0
timeout 60 $run "$server" 127.0.0.1:0 "$TEST_TMPDIR/missing" 2>/dev/null || status=$?
failed "missing directory" "$status"
