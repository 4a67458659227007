//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package main

import "os"

// terminalColumns returns 0: how to ask a terminal for its width is not in the standard library.
func terminalColumns(*os.File) int { return 0 }
