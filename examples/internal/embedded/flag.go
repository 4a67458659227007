package embedded

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// Flag adds the flag -embedded to an example. Where it is given, the program runs in the pod of
// a Cloud, and the process exits with the status that the program returns. All of this happens
// inside flag.Parse, as -help does, so that main needs no code for it. It is called from an init
// function; the program reads its flags from package variables, and returns instead of calling
// os.Exit, so that the Cloud can remove its files.
func Flag(program func(context.Context) int) {
	l := &launcher{program: func(ctx context.Context, _ *Cloud) int { return program(ctx) }}
	l.addFlag()
}

// Flags adds -embedded as Flag does, and -break, which breaks one of Cases first.
func Flags(program func(context.Context, *Cloud) int) {
	l := &launcher{program: program}
	l.addFlag()
	flag.Func("break", "with -embedded: show the failure `CASE`; list: name them all", func(name string) error {
		l.broken = name
		return l.launch()
	})
}

// A launcher is what the flags ask for.
type launcher struct {
	program  func(context.Context, *Cloud) int
	embedded bool
	broken   string
	parsing  bool
}

func (l *launcher) addFlag() {
	const usage = "start issuer, STS and S3 in this process, and run in a pod of theirs"
	flag.BoolFunc("embedded", usage, func(value string) (err error) {
		if l.embedded, err = strconv.ParseBool(value); err != nil {
			return err
		}
		return l.launch()
	})
}

// launch runs the program and exits; it returns only where there is nothing to do. The first of
// the flags calls it while the command line is still being parsed.
func (l *launcher) launch() error {
	if l.parsing || !l.asked() {
		return nil
	}
	// Parsing again, to the end, finds the flags that follow, the program's own included. A
	// misspelt one ends the process here, before there is anything to clean up.
	l.parsing = true
	flag.Parse()
	if l.asked() { // unless a later -embedded=false takes it back
		os.Exit(l.run())
	}
	return nil
}

func (l *launcher) asked() bool { return l.embedded || l.broken != "" }

// run returns the exit status: the program's, or 2 where it could not be started.
func (l *launcher) run() int {
	switch {
	case l.broken == "list":
		for _, c := range cases {
			fmt.Printf("%-24s %s\n", c.Name, c.Shows)
		}
		return 0
	case !l.embedded:
		fmt.Fprintln(os.Stderr, "embedded: -break needs -embedded")
		flag.Usage()
		return 2
	}
	// The program handles signals itself. One that comes before or after it must not end the
	// process either, or the Cloud's files would stay behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cloud, err := Start(l.broken)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer cloud.Close()
	return l.program(ctx, cloud)
}
