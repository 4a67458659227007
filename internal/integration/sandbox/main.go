package sandbox

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// Main runs a package's tests with their temporary folders in a Sandbox, so that
// these go too when the tests are interrupted:
//
//	func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }
func Main(m *testing.M) (code int) {
	box, err := New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err = os.Setenv("TMPDIR", box.Dir()); err == nil {
		code = m.Run()
	}
	if err = errors.Join(err, box.Close()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
