package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// A meter shows how far a download is: on a terminal in one line that changes, elsewhere in a line for each object.
type meter struct {
	w     io.Writer
	live  bool
	name  string
	began time.Time
}

func newMeter(f *os.File) *meter {
	info, err := f.Stat()
	return &meter{w: f, live: err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"}
}

func (m *meter) begin(name string) { m.name, m.began = name, time.Now() }

// clear erases the line that changes.
const clear = "\r\x1b[K"

func (m *meter) progress(done, total int64) {
	if !m.live || done == 0 {
		return
	}
	took := time.Since(m.began)
	left := time.Duration(float64(took) * float64(total-done) / float64(done))
	fmt.Fprintf(m.w, clear+"%q  %s of %s  %s/s  %s left", m.name, size(done), size(total), rate(done, took), left.Round(time.Second))
}

func (m *meter) end(total int64) {
	if m.live {
		fmt.Fprint(m.w, clear)
	}
	took := time.Since(m.began)
	fmt.Fprintf(m.w, "%q  %s in %s, %s/s\n", m.name, size(total), took.Round(time.Millisecond), rate(total, took))
}

func (m *meter) abort() {
	if m.live {
		fmt.Fprint(m.w, clear)
	}
}

func rate(n int64, took time.Duration) string {
	return size(int64(float64(n) / max(took.Seconds(), 1e-3)))
}

// size is a number of bytes for people.
func size(n int64) string {
	const units = "KMGTPE"
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	v, unit := float64(n)/(1<<10), 0
	for v >= 1<<10 {
		v, unit = v/(1<<10), unit+1
	}
	return fmt.Sprintf("%.1f %ciB", v, units[unit])
}
