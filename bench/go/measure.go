// SPDX-License-Identifier: MIT

package main

// The command line, the clocks and the line of figures: bench/measure.h in Go.

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type bench struct {
	workload                 string
	n                        uint64
	workers, passes, warmUps int
	ops, wallNs, cpuNs       uint64 // of all measured passes
	startCPUNs               uint64
	startWall                time.Time
	extraName                string
	extra                    float64
}

func (b *bench) readOptions(args []string) {
	for _, arg := range args {
		name, text, _ := strings.Cut(arg, "=")
		value, err := strconv.Atoi(text)
		switch {
		case err != nil:
			misuse(arg)
		case name == "--n":
			b.n = uint64(value)
		case name == "--workers":
			b.workers = value
		case name == "--passes":
			b.passes = value
		case name == "--warm_ups":
			b.warmUps = value
		default:
			misuse(arg)
		}
	}
}

func misuse(arg string) {
	fmt.Fprintln(os.Stderr, "not understood:", arg)
	os.Exit(2)
}

// Of the whole process, user and system.
func cpuNs() uint64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return uint64(usage.Utime.Nano() + usage.Stime.Nano())
}

func (b *bench) start() {
	b.startCPUNs = cpuNs()
	b.startWall = time.Now()
}

func (b *bench) stop(ops uint64) {
	b.wallNs += uint64(time.Since(b.startWall))
	b.cpuNs += cpuNs() - b.startCPUNs
	b.ops += ops
}

func check(isRight bool, what string) {
	if !isRight {
		fmt.Fprintln(os.Stderr, "wrong:", what)
		os.Exit(1)
	}
}

func residentBytes() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	check(err == nil, "no /proc")
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	check(err == nil, "odd /proc")
	return uint64(pages * os.Getpagesize())
}

func peakKib() string {
	text, err := os.ReadFile("/proc/self/status")
	check(err == nil, "no /proc")
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	return strings.Fields(rest)[0]
}

func (b *bench) print() {
	ops := float64(b.ops)
	fmt.Printf("{\"workload\":\"%s\",\"n\":%d,\"workers\":%d,"+
		"\"ns_per_op\":%.2f,\"cpu_ns_per_op\":%.2f,\"peak_kib\":%s",
		b.workload, b.n, b.workers, float64(b.wallNs)/ops,
		float64(b.cpuNs)/ops, peakKib())
	if b.extraName != "" {
		fmt.Printf(",\"%s\":%.2f", b.extraName, b.extra)
	}
	fmt.Println("}")
}
