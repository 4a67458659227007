package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

// A meter shows how far a download is: on a terminal in one line that changes, elsewhere in one
// line for each complete object.
type meter struct {
	w       io.Writer
	live    bool       // w is a terminal
	columns func() int // the terminal's width; nil for defaultColumns
	name    string
	began   time.Time
}

func newMeter(f *os.File) *meter {
	info, err := f.Stat()
	return &meter{
		w:       f,
		live:    err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb",
		columns: func() int { return columns(f) },
	}
}

// begin starts the time of an object.
func (m *meter) begin(name string) { m.name, m.began = name, time.Now() }

// clearLine erases the line that changes.
const clearLine = "\r\x1b[K"

// progress replaces the line that changes. A line that wrapped could not be erased again, so that
// it is kept shorter than the terminal is wide.
func (m *meter) progress(done, total int64) {
	if !m.live || done == 0 {
		return
	}
	width := defaultColumns
	if m.columns != nil {
		width = m.columns()
	}
	fmt.Fprint(m.w, clearLine+progressLine(m.name, done, total, time.Since(m.began), width-1))
}

// progressLine takes at most width columns. It leaves out what matters least where there is no
// room: first the rate, then the time left, and then the beginning of the name.
func progressLine(name string, done, total int64, took time.Duration, width int) string {
	left := "-"
	if took >= measurable {
		seconds := took.Seconds() * float64(total-done) / float64(done)
		left = time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
	}
	amount := fmt.Sprintf("%s of %s", size(done), size(total))
	quoted := strconv.Quote(name)
	const readable = 16 // columns of a name that still say which it is
	for _, rest := range []string{
		fmt.Sprintf("  %s  %s/s  %s left", amount, rate(done, took), left),
		fmt.Sprintf("  %s  %s left", amount, left),
	} {
		if room := width - len(rest); room >= min(readable, displayColumns(quoted)) {
			return shorten(quoted, room) + rest
		}
	}
	return shorten(quoted+"  "+amount, width)
}

// end prints the line of a complete object.
func (m *meter) end(total int64) {
	m.abort()
	took := time.Since(m.began)
	line := fmt.Sprintf("%q  %s in %s", m.name, size(total), max(took.Round(time.Millisecond), time.Millisecond))
	if took >= measurable {
		line += ", " + rate(total, took) + "/s"
	}
	fmt.Fprintln(m.w, line)
}

// abort erases the line that changes.
func (m *meter) abort() {
	if m.live {
		fmt.Fprint(m.w, clearLine)
	}
}

// measurable is the shortest time that says something about a rate: less is a round trip.
const measurable = 100 * time.Millisecond

// rate returns the bytes per second, or "-" where the time is too short to tell.
func rate(n int64, took time.Duration) string {
	if took < measurable {
		return "-"
	}
	return size(int64(float64(n) / took.Seconds()))
}

// size writes a number of bytes for people.
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
