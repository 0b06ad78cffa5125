// SPDX-License-Identifier: MIT

package main

// Timers, and goroutines that wait for them.

import (
	"sync"
	"time"
)

func delay(i uint64) time.Duration {
	return time.Duration(1+uint32(i)*2654435761%10000) * time.Millisecond
}

func timers(b *bench) {
	b.start()
	armed := make([]*time.Timer, b.n)
	for i := range armed {
		armed[i] = time.NewTimer(delay(uint64(i)))
	}
	for _, timer := range armed {
		timer.Stop() // also one that has fired meanwhile
	}
	b.stop(b.n)
}

func timerChurn(b *bench) {
	stopped := uint64(0)
	timer := time.NewTimer(time.Second)
	timer.Stop()
	b.start()
	for i := uint64(0); i < b.n; i++ {
		timer.Reset(time.Second)
		if timer.Stop() {
			stopped++
		}
	}
	b.stop(b.n)
	check(stopped == b.n, "the timers")
}

func sleep1ms(b *bench) {
	var late time.Duration
	b.start()
	for i := uint64(0); i < b.n; i++ {
		began := time.Now()
		time.Sleep(time.Millisecond)
		slept := time.Since(began)
		check(slept >= time.Millisecond, "a sleep that ended early")
		late += slept - time.Millisecond
	}
	b.stop(b.n)
	b.extraName = "late_us"
	b.extra = float64(late.Nanoseconds()) / 1000 / float64(b.n)
}

func mem(b *bench) {
	var awake sync.WaitGroup
	before := residentBytes()
	b.start()
	awake.Add(int(b.n))
	for i := uint64(0); i < b.n; i++ {
		go func() {
			awake.Done()
			time.Sleep(time.Hour)
		}()
	}
	awake.Wait()
	b.stop(b.n)
	b.extraName = "bytes_per_task"
	b.extra = float64(residentBytes()-before) / float64(b.n)
}
