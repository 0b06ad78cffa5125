// SPDX-License-Identifier: MIT

package main

// Goroutines that take turns, channels, and a mutex.

import (
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	tasks = 1000
	room  = 16
)

func turnsEach(n, tasks uint64) uint64 {
	if n < tasks {
		return 1
	}
	return n / tasks
}

func yield(b *bench) {
	turns := turnsEach(b.n, tasks)
	var all sync.WaitGroup
	var sum uint64
	b.start()
	all.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func() {
			for done := uint64(0); done < turns; done++ {
				runtime.Gosched()
			}
			atomic.AddUint64(&sum, turns)
			all.Done()
		}()
	}
	all.Wait()
	b.stop(sum)
	check(sum == tasks*turns, "the yields")
}

func yield1(b *bench) {
	b.start()
	for done := uint64(0); done < b.n; done++ {
		runtime.Gosched()
	}
	b.stop(b.n)
}

// Channels of one empty item are Go's notify: one permit is stored.
func pingPong(b *bench) {
	turns := turnsEach(b.n, tasks)
	var all sync.WaitGroup
	var sum uint64
	b.start()
	all.Add(2 * tasks)
	for i := 0; i < tasks; i++ {
		ping, pong := make(chan struct{}, 1), make(chan struct{}, 1)
		go func() {
			for done := uint64(0); done < turns; done++ {
				ping <- struct{}{}
				<-pong
			}
			atomic.AddUint64(&sum, turns)
			all.Done()
		}()
		go func() {
			for done := uint64(0); done < turns; done++ {
				<-ping
				pong <- struct{}{}
			}
			atomic.AddUint64(&sum, turns)
			all.Done()
		}()
	}
	all.Wait()
	b.stop(sum / 2)
	check(sum == 2*tasks*turns, "the turns")
}

func play(b *bench, count uint64) {
	turns := turnsEach(b.n, count)
	var all sync.WaitGroup
	var sum uint64
	b.start()
	all.Add(int(2 * count))
	for i := uint64(0); i < count; i++ {
		there, back := make(chan uint64, 1), make(chan uint64, 1)
		go func() {
			ball := uint64(0)
			for done := uint64(0); done < turns; done++ {
				there <- ball
				ball = <-back
			}
			atomic.AddUint64(&sum, ball)
			all.Done()
		}()
		go func() {
			for done := uint64(0); done < turns; done++ {
				back <- <-there + 1
			}
			all.Done()
		}()
	}
	all.Wait()
	b.stop(sum)
	check(sum == count*turns, "the round trips")
}

func pingPongChan(b *bench) { play(b, tasks) }

func chanPingPong(b *bench) { play(b, 1) }

func mutexUncontended(b *bench) {
	var lock sync.Mutex
	guarded := uint64(0)
	b.start()
	for i := uint64(0); i < b.n; i++ {
		lock.Lock()
		guarded++
		lock.Unlock()
	}
	b.stop(guarded)
	check(guarded == b.n, "the locks")
}

func chanUncontended(b *bench) {
	c := make(chan uint64, room)
	sum := uint64(0)
	b.start()
	for i := uint64(0); i < b.n; i++ {
		c <- i
		sum += <-c
	}
	b.stop(b.n)
	check(sum == b.n*(b.n-1)/2, "the items")
}
