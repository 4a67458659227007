// Package diagnose goes through everything that can be wrong with a pod's identity
// and says what to change. The process itself has its token, its environment and
// STS's answer: it can tell what takes a person an afternoon.
//
//	report := diagnose.Run(ctx, diagnose.Options{})
//	fmt.Print(report)
//	if report.Err() != nil {
//		os.Exit(1)
//	}
//
// A Report is an ordered list of checks, each with what was found and, where that
// is not as it should be, the fix, ready to paste. No check keeps another from
// being made. The order is the one in which a pod comes by its identity: the first
// that failed is usually the cause of those after it.
//
// Nothing secret is in a Report: it can go into a ticket.
package diagnose
