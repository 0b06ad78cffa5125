// SPDX-License-Identifier: MIT

package main

// Spawning many goroutines, side by side and one out of the other. A result
// goes to its place in a slice, or through a channel.

import (
	"runtime"
	"sync"
)

func spawnJoin(b *bench) {
	b.start()
	results := make([]uint64, b.n)
	var all sync.WaitGroup
	all.Add(int(b.n))
	for i := uint64(0); i < b.n; i++ {
		go func(i uint64) {
			results[i] = i
			all.Done()
		}(i)
	}
	all.Wait()
	sum := uint64(0)
	for _, one := range results {
		sum += one
	}
	b.stop(b.n)
	check(sum == b.n*(b.n-1)/2, "the sum of the results")
}

// Go has no thread outside of its runtime; the nearest is a goroutine that has
// a thread to itself, which must hand over to another one for any other
// goroutine to run.
func spawnRemote(b *bench) {
	runtime.LockOSThread()
	spawnJoin(b)
	runtime.UnlockOSThread()
}

func chainLink(left uint64, end chan<- struct{}) {
	if left == 0 {
		end <- struct{}{}
	} else {
		go chainLink(left-1, end)
	}
}

func chainedSpawn(b *bench) {
	end := make(chan struct{})
	b.start()
	go chainLink(b.n-1, end)
	<-end
	b.stop(b.n)
}

const children = 10

func node(first, leaves uint64, result chan<- uint64) {
	if leaves == 1 {
		result <- first
		return
	}
	results := make(chan uint64, children)
	for i := uint64(0); i < children; i++ {
		go node(first+i*leaves/children, leaves/children, results)
	}
	sum := uint64(0)
	for i := 0; i < children; i++ {
		sum += <-results
	}
	result <- sum
}

func skynet(b *bench) {
	b.start()
	result := make(chan uint64, 1)
	node(0, b.n, result)
	sum := <-result
	b.stop(b.n)
	check(sum == b.n*(b.n-1)/2, "the sum of the leaves")
}

func spawningFib(n uint64) uint64 {
	if n < 2 {
		return n
	}
	a := make(chan uint64, 1)
	go func() { a <- spawningFib(n - 1) }()
	b := spawningFib(n - 2)
	return <-a + b
}

func fibOf(n uint64) uint64 {
	a, b := uint64(0), uint64(1)
	for ; n > 0; n-- {
		a, b = b, a+b
	}
	return a
}

func fib(b *bench) {
	b.start()
	found := spawningFib(b.n)
	b.stop(fibOf(b.n+1) - 1)
	check(found == fibOf(b.n), "fib")
}
