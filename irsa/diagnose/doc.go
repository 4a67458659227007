// Package diagnose checks everything that can be wrong with a pod's identity, and says what to
// change. The process itself has the token, the environment and STS's answer. A person outside of
// the pod has to gather these from several places.
//
//	report := diagnose.Run(ctx, diagnose.Options{})
//	fmt.Print(report)
//	if report.Err() != nil {
//		os.Exit(1)
//	}
//
// A [Report] is an ordered list of checks, each with what was found and, where that is not as it
// should be, the fix, ready to paste. All checks are always made. They are in the order in which a
// pod gets its identity, so that the first [Fail] is usually the cause of those after it.
//
// A Report holds no secret: it can be attached to a ticket.
package diagnose
