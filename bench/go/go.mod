module nanorun/bench

go 1.19
