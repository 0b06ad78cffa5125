#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# chat_server with a few who talk, and its end by Ctrl-C.
source "$(dirname "$0")/servers.sh"
need nc mkfifo
server=$1

declare -A to from

# enter NAME: one more is connected, for good.
enter() {
    local fd
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    to[$1]=$fd from[$1]=$fd
}

# enter_by_nc NAME: one more, which may leave: nc ends one direction and goes on
# in the other. It waits for its stdin, though, when the server ends first.
enter_by_nc() {
    local fifo=$TEST_TMPDIR/$1 fd
    mkfifo "$fifo"
    exec {fd}< <(exec nc -N 127.0.0.1 "$port" <"$fifo")
    children+=($!)
    from[$1]=$fd
    exec {fd}>"$fifo"
    to[$1]=$fd
}

# says NAME LINE
says() {
    echo "$2" >&"${to[$1]}"
}

# hears NAME LINE: what comes to it next is this.
hears() {
    local line
    IFS= read -r -t 60 -u "${from[$1]}" line ||
        fail "$1 waits in vain for '$2', read: status $?, '$line'"
    equal "$1 hears" "$line" "$2"
}

# ends NAME: nothing more comes to it, and then the end.
ends() {
    local line status=0
    IFS= read -r -t 60 -u "${from[$1]}" line || status=$?
    [[ $status == 1 && -z $line ]] ||
        fail "$1 waits in vain for its end, read: status $status, '$line'"
}

# leaves NAME: ends what it says. Its own end comes once its room has let go.
leaves() {
    local fd=${to[$1]}
    exec {fd}>&-
    ends "$1"
}

start_server "$server" 127.0.0.1:0

enter anna
says anna 1
hears anna "1 here"
enter_by_nc bert
says bert 1
hears bert "2 here"
enter carl
says carl 2
hears carl "1 here"

# Everybody in the room hears a line but who says it: what anna hears first is
# bert's.
enter dora
says dora 1
hears dora "3 here"
says anna "hello, all"
hears bert "hello, all"
hears dora "hello, all"
says bert "hello, anna"
hears anna "hello, anna"
hears dora "hello, anna"

# Nothing of it was heard in the other room.
enter eric
says eric 2
hears eric "2 here"
says eric "is it quiet here"
hears carl "is it quiet here"

# One leaves, one is turned away, and the others go on; who comes is told that
# one is missing.
leaves bert
enter fred
says fred 9
ends fred
enter gina
says gina 1
hears gina "3 here"
says anna "bert has left"
hears dora "bert has left"
hears gina "bert has left"

# Ctrl-C ends it for all, in order.
kill -INT "$server_pid"
for name in anna carl dora eric gina; do
    ends "$name"
done
read_line "$server_out" "everybody has left" >/dev/null
wait "$server_pid" || fail "after Ctrl-C: exit status $?"
