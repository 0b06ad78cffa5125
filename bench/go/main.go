// SPDX-License-Identifier: MIT

// The workloads of the bench in Go: goroutines, channels and WaitGroups, as
// its users write them; --workers is GOMAXPROCS, the collector's settings are
// the default. bench/nanorun/workloads.h says what each workload is,
// bench/measure.h what is read and printed. A call in place is a plain call in
// Go, so there is no `await`.
package main

import (
	"fmt"
	"os"
	"runtime"
)

var workloads = []struct {
	bench
	run func(*bench)
}{
	{row("spawn_join", 1000000, 2, 1), spawnJoin},
	{row("spawn_remote", 1000000, 2, 1), spawnRemote},
	{row("chained_spawn", 1000000, 2, 1), chainedSpawn},
	{row("skynet", 1000000, 2, 1), skynet},
	{row("fib", 30, 2, 1), fib},
	{row("yield", 1000000, 2, 1), yield},
	{row("yield1", 5000000, 2, 0), yield1},
	{row("ping_pong", 1000000, 2, 1), pingPong},
	{row("ping_pong_chan", 1000000, 2, 1), pingPongChan},
	{row("chan_ping_pong", 1000000, 1, 0), chanPingPong},
	{row("mutex_uncontended", 5000000, 1, 0), mutexUncontended},
	{row("chan_uncontended", 5000000, 1, 0), chanUncontended},
	{row("timers", 1000000, 2, 1), timers},
	{row("timer_churn", 5000000, 2, 0), timerChurn},
	{row("sleep_1ms", 1000, 2, 0), sleep1ms},
	{row("mem", 1000000, 2, 0), mem},
}

func row(workload string, n uint64, workers, warmUps int) bench {
	return bench{workload: workload, n: n, workers: workers, passes: 1,
		warmUps: warmUps}
}

func main() {
	for _, w := range workloads {
		if len(os.Args) < 2 || os.Args[1] != w.workload {
			continue
		}
		b := w.bench
		b.readOptions(os.Args[2:])
		runtime.GOMAXPROCS(b.workers)
		for i := 0; i < b.warmUps; i++ {
			w.run(&b)
		}
		b.ops, b.wallNs, b.cpuNs = 0, 0, 0
		for i := 0; i < b.passes; i++ {
			w.run(&b)
		}
		b.print()
		return
	}
	fmt.Fprintln(os.Stderr, "no such workload:", os.Args[1:])
	os.Exit(2)
}
